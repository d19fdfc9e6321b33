/** A synthetic clip as files in the layout of DAVIS, so that the jobs for data sets and their scorer run on it. */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { encode } from 'fast-png';
import sharp from 'sharp';
import { OsvosError } from '../../errors.js';
import type { Frame } from '../../frame.js';
import type { LabelMap } from '../../label-map.js';
import type { Report } from '../../progress.js';
import { writeFileAtomically } from '../atomic-file.js';
import { encodeIndexedPng } from '../indexed-png.js';
import { isTemporary, removeLeftovers } from '../leftover-files.js';
import type { SyntheticOptions } from './defaults.js';
import { createSyntheticClip } from './synthetic-clip.js';

/** Name of the only sequence, and of the split that lists it. */
export const syntheticSequence = 'reef';
export const syntheticSplit = 'val';

/** Says which options the files were made from, and whether all of them are there. */
const MARKER = 'synthetic.json';
/** As photographs come; DAVIS itself is compressed about as much. */
const JPEG_QUALITY = 92;

/**
 * Writes `JPEGImages/480p/reef/00000.jpg …`, `Annotations/480p/reef/00000.png …` and the list of the split `val`.
 * One object: grey annotations of 0 and 255 and a list of 2016, as in DAVIS 2016. Several: indexed PNG and a list of
 * 2017. A folder that holds this very clip is left as it is, an interrupted one is written again.
 *
 * @returns false where the clip was there already
 * @throws OsvosError `usage` for options out of range, `output-exists` where another clip is there (unless `force`),
 * `interrupted`, `cannot-write`
 */
export async function writeSyntheticClip(
  folder: string,
  options: SyntheticOptions,
  { force = false, report, signal }: { force?: boolean; report?: Report; signal?: AbortSignal } = {},
): Promise<boolean> {
  const clip = createSyntheticClip(options);
  const { width, height, frames, objects, seed } = options;
  const markerFile = path.join(folder, MARKER);
  const marker = (complete: boolean) =>
    `${JSON.stringify({ width, height, frames, objects, seed, complete })}\n`;
  const there = await readMarker(markerFile);
  if (there === marker(true) && !force) return false;
  if (!force && there !== marker(false)) await requireEmpty(folder, there);
  await removeFormerClip(folder);
  await removeLeftovers(folder);
  await removeLeftovers(path.join(folder, 'ImageSets'), { deep: true });
  await writeFileAtomically(markerFile, marker(false));
  report?.({ kind: 'stage', stage: 'making the clip', total: frames, unit: 'frames' });
  for (let i = 0; i < frames; i++) {
    if (signal?.aborted) throw new OsvosError('interrupted', `stopped after ${i} frames of the clip`, folder);
    const frame = clip.frame(i);
    const file = (kind: string, ending: string) =>
      path.join(folder, kind, '480p', syntheticSequence, `${frame.name}.${ending}`);
    await writeFileAtomically(file('JPEGImages', 'jpg'), await encodeJpeg(frame));
    const labels = clip.labels(i);
    await writeFileAtomically(
      file('Annotations', 'png'),
      objects === 1 ? encodeBlackAndWhite(labels) : encodeIndexedPng(labels),
    );
    report?.({ kind: 'step', done: i + 1 });
  }
  const year = objects === 1 ? '2016' : '2017';
  await writeFileAtomically(
    path.join(folder, 'ImageSets', year, `${syntheticSplit}.txt`),
    `${syntheticSequence}\n`,
  );
  await writeFileAtomically(markerFile, marker(true));
  return true;
}

async function readMarker(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new OsvosError('clip-unreadable', (error as Error).message, file, undefined, { cause: error });
  }
}

/** Throws `output-exists` where another clip or anything else is in the folder. */
async function requireEmpty(folder: string, marker: string | undefined): Promise<void> {
  if (marker !== undefined)
    throw new OsvosError('output-exists', `the folder holds another clip (${marker.trim()})`, folder);
  const there = existsSync(folder) ? await readdir(folder) : [];
  const names = there.filter((name) => !isTemporary(name));
  if (names.length > 0)
    throw new OsvosError('output-exists', `the folder holds other files (${names[0]}, …)`, folder);
}

/** Removes what this module wrote, so that no frame of a longer clip stays; other files stay. */
async function removeFormerClip(folder: string): Promise<void> {
  const parts = [
    ...['JPEGImages', 'Annotations'].map((kind) => path.join(kind, '480p', syntheticSequence)),
    ...['2016', '2017'].map((year) => path.join('ImageSets', year, `${syntheticSplit}.txt`)),
  ];
  for (const part of parts) await rm(path.join(folder, part), { recursive: true, force: true });
}

function encodeJpeg({ width, height, rgb }: Frame): Promise<Buffer> {
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: JPEG_QUALITY })
    .toBuffer();
}

/** Object 1 as white, the rest black. */
function encodeBlackAndWhite({ width, height, data }: LabelMap): Uint8Array {
  return encode({ width, height, data: data.map((id) => (id === 0 ? 0 : 255)), depth: 8, channels: 1 });
}
