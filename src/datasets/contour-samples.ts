/** Pictures with contour maps to learn from. */
import path from 'node:path';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { OsvosError } from '../errors.js';
import { VOID } from '../label-map.js';
import { squaredDistances } from '../snapping/distances.js';
import type { Sample } from './sample.js';

/**
 * Photographs of BSDS500 with 1 where at least the share `agreement` of the annotators marks a contour, 0 where none
 * does, void between.
 */
export async function readBsdsSamples(
  root: string,
  splits: readonly string[],
  agreement: number,
): Promise<Sample[]> {
  const table = path.join(root, 'annotators.csv');
  const text = await readFile(table, 'utf8').catch((error: Error) => {
    throw new OsvosError('data-set', error.message, table, 'name the folder of BSDS500 with --bsds', {
      cause: error,
    });
  });
  const samples: Sample[] = [];
  for (const line of text.trim().split('\n').slice(1)) {
    const [split, id, annotators] = line.split(',');
    if (!splits.includes(split)) continue;
    const picture = await raw(path.join(root, 'images', split, `${id}.jpg`), 3);
    const counts = await raw(path.join(root, 'counts', split, `${id}.png`), 1);
    const needed = agreement * Number(annotators);
    const labels = counts.data.map((count) => (count === 0 ? 0 : count >= needed ? 1 : VOID));
    samples.push({ width: picture.width, height: picture.height, rgb: picture.data, labels });
  }
  return samples;
}

async function raw(
  file: string,
  channels: 1 | 3,
): Promise<{ width: number; height: number; data: Uint8Array }> {
  if (!existsSync(file)) throw new OsvosError('data-set', 'a file is missing', file);
  const picture = sharp(file).toColourspace(channels === 1 ? 'b-w' : 'srgb');
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  if (info.channels !== channels)
    throw new OsvosError('data-set', `${info.channels} channels, not ${channels}`, file);
  return { width: info.width, height: info.height, data };
}

/** Around an outline: what is nearer is part of it, what is farther may be a contour of something else; pixels. */
const OUTLINE_MARGIN = [2, 12] as const;

/**
 * What a mask tells of contours: its outline is one, and beside it there is none. All else is void, since it was never
 * looked at.
 *
 * @param sample a picture with an object mask
 */
export function outlineSample({ width, height, rgb, labels }: Sample): Sample {
  const outline = new Uint8Array(width * height);
  // a mark stands for the corner at the lower right of its pixel
  for (let y = 0; y < height - 1; y++) {
    for (let x = 0; x < width - 1; x++) {
      const i = y * width + x;
      const corner = [labels[i], labels[i + 1], labels[i + width], labels[i + width + 1]];
      if (corner.includes(1) && corner.includes(0)) outline[i] = 1;
    }
  }
  const [near, far] = OUTLINE_MARGIN;
  const squares = squaredDistances({ width, height, data: outline }, 1);
  const learnt = outline.map((mark, i) =>
    mark === 1 ? 1 : squares[i] > near * near && squares[i] <= far * far ? 0 : VOID,
  );
  return { width, height, rgb, labels: learnt };
}
