/** Where the masks to be scored are. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { OsvosError } from '../errors.js';
import { scoredFrames } from '../scores/protocols.js';
import type { Truth, TruthSequence } from './evaluate-truth.js';

/** Folder of the masks of each sequence. */
export type ResultFolders = Map<TruthSequence, string>;

/**
 * Finds the folder of each sequence: `RESULTS/<sequence>`, or RESULTS itself where it holds masks and is named after
 * the one sequence (or the annotations have but one). Throws `results-incomplete` (exit 3).
 */
export async function locateResults(
  results: string,
  truth: Truth,
): Promise<{ truth: Truth; folders: ResultFolders }> {
  if (!existsSync(results)) {
    throw new OsvosError(
      'results-incomplete',
      'there is no such folder of results',
      results,
      'give the --out of a run',
    );
  }
  const nested = truth.sequences.some(({ name }) => existsSync(path.join(results, name)));
  const isFlat = !nested && (await readdir(results)).some((file) => /\.png$/i.test(file));
  if (!isFlat)
    return { truth, folders: new Map(truth.sequences.map((s) => [s, path.join(results, s.name)])) };
  const name = path.basename(path.resolve(results));
  const [only, ...more] = truth.sequences;
  const sequence = more.length === 0 ? only : truth.sequences.find((candidate) => candidate.name === name);
  if (sequence === undefined) {
    throw new OsvosError(
      'results-incomplete',
      `the folder holds masks of one sequence, but no sequence is named ${name}`,
      results,
      `say which it is, such as --sequences ${only.name}`,
    );
  }
  return { truth: { ...truth, sequences: [sequence] }, folders: new Map([[sequence, results]]) };
}

/** The mask of a frame. */
export function maskFile(folder: string, frameName: string): string {
  return path.join(folder, `${frameName}.png`);
}

/** Throws one `results-incomplete` that names every scored frame without a mask. */
export async function ensureComplete(folders: ResultFolders): Promise<void> {
  const missing: string[] = [];
  let count = 0;
  let wanted = 0;
  for (const [sequence, folder] of folders) {
    const there = new Set(existsSync(folder) ? await readdir(folder) : []);
    const frames = scoredFrames(sequence.frames);
    const gaps = frames.filter(({ name }) => !there.has(`${name}.png`));
    wanted += frames.length;
    count += gaps.length;
    if (gaps.length === 0) continue;
    const whole = gaps.length === frames.length;
    missing.push(
      ...(whole ? [`${folder} (all ${gaps.length})`] : gaps.map(({ name }) => maskFile(folder, name))),
    );
  }
  if (count > 0) {
    throw new OsvosError('results-incomplete', `${count} of ${wanted} masks are missing`, missing.join(', '));
  }
}
