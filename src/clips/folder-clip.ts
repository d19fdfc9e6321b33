import path from 'node:path';
import { OsvosError } from '../errors.js';
import { formatSize, type Frame } from '../frame.js';
import type { Clip } from './clip.js';
import { decodePicture, readPictureHeader, type PictureHeader } from './decode-picture.js';
import { listFrameFiles, stem } from './frame-files.js';
import { resolveRange } from './frame-keys.js';
import { readAhead } from './read-ahead.js';

const READ_AHEAD = 3; // frames being decoded while the network is busy
const HEADERS_AT_ONCE = 8;

/**
 * Opens a folder of pictures as a clip. All headers are looked at first, so that frames of another size are
 * found before minutes of work. Throws `clip-unreadable`, `frame-sizes`, `unknown-frame`.
 */
export async function openFolder(
  folder: string,
  range: { from?: string; to?: string },
  name = path.basename(path.resolve(folder)),
): Promise<Clip> {
  const listed = await listFrameFiles(folder);
  const files = listed.files.map((file) => path.join(folder, file));
  const names = files.map(stem);
  const { first, last } = resolveRange(names, range);
  const headers = await readHeaders(files.slice(first, last + 1));
  const { width, height } = headers[0];

  const decode = async (index: number): Promise<Frame> => {
    const picture = await decodePicture(files[index]).catch((error: unknown) =>
      unreadable(error, files[index]),
    );
    refuseOtherSize(picture, headers[0], files[index], files[first]);
    return { index, name: names[index], ...picture };
  };
  headers.forEach((header, i) => refuseOtherSize(header, headers[0], files[first + i], files[first]));

  return {
    name,
    source: folder,
    kind: 'folder',
    width,
    height,
    names,
    first,
    last,
    notes: [...listed.notes, ...describeHeaders(headers)],
    frames: (from = first, to = last) => readAhead(startEach(from, to, decode), READ_AHEAD),
    frame: decode,
  };
}

function* startEach<T>(from: number, to: number, start: (index: number) => T): Generator<T, void, undefined> {
  for (let index = from; index <= to; index++) yield start(index);
}

async function readHeaders(files: readonly string[]): Promise<PictureHeader[]> {
  const headers: PictureHeader[] = [];
  const read = (i: number) =>
    readPictureHeader(files[i]).catch((error: unknown) => unreadable(error, files[i]));
  for await (const header of readAhead(startEach(0, files.length - 1, read), HEADERS_AT_ONCE))
    headers.push(header);
  return headers;
}

function unreadable(error: unknown, file: string): never {
  const reason = (error as Error).message.trim().replace(/\s*\n\s*/g, ', ');
  throw new OsvosError(
    'clip-unreadable',
    `frame ${stem(file)} is damaged or no picture (${reason})`,
    file,
    'export this frame again, or leave it out with --from or --to',
    { cause: error },
  );
}

type Size = { width: number; height: number };

function refuseOtherSize(size: Size, expected: Size, file: string, firstFile: string): void {
  if (size.width === expected.width && size.height === expected.height) return;
  throw new OsvosError(
    'frame-sizes',
    `frame ${stem(file)} is ${formatSize(size)}, frame ${stem(firstFile)} is ${formatSize(expected)}`,
    file,
    'export all frames at one size, or move pictures of other origin out of the folder',
  );
}

/** One line for each thing that is done to the pixels of some frames. */
function describeHeaders(headers: readonly PictureHeader[]): string[] {
  const facts: [keyof PictureHeader, string][] = [
    ['rotated', 'turned to their displayed orientation (EXIF)'],
    ['deep', 'more than 8 bits per channel, read as 8 bits'],
    ['cmyk', 'CMYK, converted to sRGB'],
    ['grey', 'grey, read as RGB'],
    ['alpha', 'alpha channel, shown over black'],
  ];
  const notes = facts.map(([key, text]) => [headers.filter((header) => header[key]).length, text] as const);
  const paged = headers.filter((header) => header.pages > 1).length;
  return [...notes, [paged, 'several pictures in one file, only the first is read'] as const]
    .filter(([count]) => count > 0)
    .map(
      ([count, text]) =>
        `${count === headers.length ? 'all' : `${count} of ${headers.length}`} frames: ${text}`,
    );
}
