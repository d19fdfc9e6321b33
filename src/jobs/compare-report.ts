/** Writes the page of a comparison. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { writeFileAtomically } from '../clips/atomic-file.js';
import type { Clip } from '../clips/clip.js';
import type { Report } from '../progress.js';
import type { Comparison } from '../report/comparison.js';
import { renderPage } from '../report/page/page.js';
import { picturesOf, type PicturedSequence } from '../report/page/pictures.js';
import { worstFrames } from '../report/page/worst-frames.js';

/** What a sequence of the comparison is made of. */
export interface ReportedSequence {
  name: string;
  clip: () => Promise<Clip>;
  /** File of a frame's annotation. */
  annotationFile?: (frame: string) => string;
  /** Folder of its masks in a method's folder. */
  folder: string;
}

/** Frames of a sequence that the page holds, evenly spread, besides the worst ones. */
const FRAMES = 40;
/** Bytes above which the page is said to be large. */
const LARGE = 60e6;

/** Writes `report.html`. */
export async function writeReport(
  comparison: Comparison,
  sequences: readonly ReportedSequence[],
  out: string,
  report: Report,
): Promise<string> {
  report({ kind: 'stage', stage: 'drawing the report', total: sequences.length, unit: 'sequences' });
  const worst = worstFrames(comparison);
  const pictures: PicturedSequence[] = [];
  for (const { name, clip, annotationFile, folder } of sequences) {
    const opened = await clip();
    const there = (file: string | undefined) => (file !== undefined && existsSync(file) ? file : undefined);
    const masks = comparison.methods.flatMap(({ label, folders }) =>
      folders.length === 0 ? [] : [[label, path.join(out, folders[0], folder)] as const],
    );
    const source = {
      ...{ name, clip: opened, protocol: comparison.protocol },
      truth: (frame: string) => there(annotationFile?.(frame)),
      masks: new Map(
        masks.map(([label, own]) => [label, (frame: string) => there(path.join(own, `${frame}.png`))]),
      ),
    };
    const own = worst.filter(({ sequence }) => sequence === name).map(({ index }) => index);
    pictures.push(await picturesOf(source, spread(opened.first, opened.last, own)));
    report({ kind: 'step', done: pictures.length });
  }
  const file = path.join(out, 'report.html');
  const page = await renderPage(comparison, pictures);
  await writeFileAtomically(file, page);
  if (page.length > LARGE) {
    report({
      kind: 'note',
      text: `the report has ${Math.round(page.length / 1e6)} MB: compare on fewer --sequences for a lighter one`,
    });
  }
  return file;
}

/** Indices from first to last, ascending: so many evenly spread, and those asked for. */
function spread(first: number, last: number, also: readonly number[]): number[] {
  const count = Math.min(FRAMES, last - first + 1);
  const even = Array.from(
    { length: count },
    (_, i) => first + Math.round((i * (last - first)) / Math.max(1, count - 1)),
  );
  return [...new Set([...even, ...also])].sort((a, b) => a - b);
}
