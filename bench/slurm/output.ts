/** What a comparison has written so far: which frames are done, and when their masks were written. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { RunRecord } from '../../src/jobs/run-record.js';
import { FRAME_LOG } from '../../src/jobs/segment-frame-log.js';

export interface Written {
  /** Masks of frames that count as done, by their path below `masks/`: what every writing changes. */
  done: Map<string, string>;
  /** All masks that are there. */
  all: Map<string, string>;
}

/** Looks at `OUT/masks/<variant>/<sequence>`. */
export function lookAt(out: string): Written {
  const written: Written = { done: new Map(), all: new Map() };
  for (const folder of sequenceFolders(out)) {
    const done = doneFrames(path.join(out, 'masks', folder));
    for (const file of readdirSync(path.join(out, 'masks', folder)).filter((name) => name.endsWith('.png'))) {
      const mask = path.join(folder, file);
      const { ino, mtimeMs } = statSync(path.join(out, 'masks', mask));
      const writing = `${ino} at ${mtimeMs}`;
      written.all.set(mask, writing);
      if (done.has(path.parse(file).name)) written.done.set(mask, writing);
    }
  }
  return written;
}

/** `<variant>/<sequence>` of all that have been begun. */
export function sequenceFolders(out: string): string[] {
  const foldersIn = (folder: string) =>
    existsSync(folder)
      ? readdirSync(folder, { withFileTypes: true }).filter(
          (entry) => entry.isDirectory() && !entry.name.endsWith('.tmp'),
        )
      : [];
  return foldersIn(path.join(out, 'masks'))
    .flatMap(({ name }) =>
      foldersIn(path.join(out, 'masks', name)).map((below) => path.join(name, below.name)),
    )
    .sort();
}

/** Frames that a run will not do again: those of its log, or of its record once it is finished. */
function doneFrames(folder: string): Set<string> {
  const record = path.join(folder, 'run.json');
  const log = path.join(folder, 'checkpoints', FRAME_LOG);
  if (existsSync(log)) {
    const lines = readFileSync(log, 'utf8').split('\n').slice(0, -1);
    return new Set(lines.map((line) => (JSON.parse(line) as { name: string }).name));
  }
  if (!existsSync(record)) return new Set();
  const { status, frames } = JSON.parse(readFileSync(record, 'utf8')) as RunRecord;
  return new Set(status === 'finished' ? frames.map(({ name }) => name) : []);
}

/** Frames of a sequence that are done; undefined where it is not under way. */
export function framesUnderWay(out: string, folder: string): number | undefined {
  const own = path.join(out, 'masks', folder);
  return existsSync(path.join(own, 'checkpoints', FRAME_LOG)) ? doneFrames(own).size : undefined;
}

/** Masks that were written again since. */
export function writtenAgain(before: ReadonlyMap<string, string>, now: Written): string[] {
  return [...before].filter(([mask, writing]) => now.all.get(mask) !== writing).map(([mask]) => mask);
}

/** Files of an unfinished or killed run that should be gone at the end. */
export function leftBehind(out: string): string[] {
  return readdirSync(out, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.tmp') || path.basename(name) === 'checkpoints',
  );
}
