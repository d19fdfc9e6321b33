import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { OsvosError } from '../errors.js';
import { readStart } from './decode-picture.js';

const collator = new Intl.Collator('en', { numeric: true });

/** Orders names as people number them: `frame2` before `frame10`. */
export function compareNaturally(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** Whether a file name ends as pictures do. */
export function isPictureName(name: string): boolean {
  return pictureExtensions.test(name);
}

const pictureExtensions = /\.(jpe?g|jpe|jfif|png|webp|tiff?|gif|avif|heif|heic)$/i;

/** File's name without folder and extension; names the frame. */
export function stem(file: string): string {
  return path.basename(file, path.extname(file));
}

export interface FrameFiles {
  /** File names inside the folder, in natural order. */
  files: string[];
  notes: string[];
}

/**
 * Picture files of a folder in natural order; files that are no pictures are left out, which a note says.
 * Throws `clip-unreadable` where there is none, or where two files would be the same frame.
 */
export async function listFrameFiles(folder: string): Promise<FrameFiles> {
  const entries = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name);
  const files: string[] = [];
  const others: string[] = [];
  for (const name of entries) {
    const picture = isPictureName(name) || (await looksLikePicture(path.join(folder, name)));
    (picture ? files : others).push(name);
  }
  if (files.length === 0) {
    const found = others.length > 0 ? ` (${listSome(others.sort(compareNaturally))})` : '';
    throw new OsvosError(
      'clip-unreadable',
      `no frames in this folder${found}`,
      folder,
      'give a folder with JPEG, PNG, WebP, TIFF or AVIF pictures, or a video file',
    );
  }
  files.sort(compareNaturally);
  refuseDoubles(folder, files);
  const notes: string[] = [];
  if (others.length > 0) notes.push(`not a picture, left out: ${listSome(others.sort(compareNaturally))}`);
  if ([...files].sort().some((name, i) => name !== files[i])) {
    notes.push(`frames are in the order of their numbers: ${files[0]} … ${files[files.length - 1]}`);
  }
  return { files, notes: [...notes, ...describeTypes(files), ...describeNumbering(files.map(stem))] };
}

/** Signatures of JPEG, PNG, GIF, TIFF and WebP, for files without a telling extension. */
async function looksLikePicture(file: string): Promise<boolean> {
  const head = Buffer.from(await readStart(file, 12)).toString('latin1');
  return /^(\xff\xd8\xff|\x89PNG|GIF8|II\*\0|MM\0\*|RIFF....WEBP)/s.test(head);
}

function refuseDoubles(folder: string, files: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const file of files) {
    const earlier = seen.get(stem(file));
    if (earlier !== undefined) {
      throw new OsvosError(
        'clip-unreadable',
        `two files are the frame ${stem(file)}: ${earlier} and ${file}`,
        folder,
        'move one of them out of the folder, masks are named after their frames',
      );
    }
    seen.set(stem(file), file);
  }
}

function describeTypes(files: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const file of files) {
    const type = path.extname(file).toLowerCase() || 'without extension';
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  if (counts.size < 2) return [];
  return [`frames of several types: ${[...counts].map(([type, count]) => `${count} ${type}`).join(', ')}`];
}

/** Says where numbers are left out: by hand-picked frames, or by frames that got lost. */
function describeNumbering(names: readonly string[]): string[] {
  const numbers = names.map((name) => Number(/\d+$/.exec(name)?.[0] ?? NaN));
  if (numbers.length < 2 || numbers.some((number) => !Number.isSafeInteger(number))) return [];
  const steps = numbers.slice(1).map((number, i) => number - numbers[i]);
  const usual = Math.min(...steps);
  if (usual <= 0) return []; // several numberings in one folder say nothing about gaps
  const gaps = steps.flatMap((step, i) => (step > usual ? [`${names[i]} and ${names[i + 1]}`] : []));
  const notes = usual > 1 ? [`frame numbers go in steps of ${usual}`] : [];
  if (gaps.length > 0) notes.push(`frame numbers are missing between ${listSome(gaps)}`);
  return notes;
}

/** Some of a list, and how many more there are. */
export function listSome(items: readonly string[], most = 3): string {
  const more = items.length - most;
  return items.slice(0, most).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
