/** Pictures with contour maps to learn from. */
import { VOID } from '../label-map.js';
import { squaredDistances } from '../snapping/distances.js';
import { readBsds } from './bsds.js';
import type { Sample } from './sample.js';

/**
 * Photographs of BSDS500 with 1 where at least the share `agreement` of the annotators marks a contour, 0 where none
 * does, void between. Throws `data-set`.
 */
export async function readBsdsSamples(
  root: string,
  splits: readonly string[],
  agreement: number,
): Promise<Sample[]> {
  const bsds = readBsds(root);
  const samples: Sample[] = [];
  for (const image of splits.flatMap((split) => bsds.list(split))) {
    const { width, height, rgb } = await bsds.photograph(image);
    const counts = await bsds.counts(image);
    const needed = agreement * image.annotators;
    const labels = counts.data.map((count) => (count === 0 ? 0 : count >= needed ? 1 : VOID));
    samples.push({ width, height, rgb, labels });
  }
  return samples;
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
