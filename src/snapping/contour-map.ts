/** How much each pixel of a frame looks like part of an outline. */
import { OsvosError } from '../errors.js';
import { formatSize } from '../frame.js';

export interface ContourMap {
  width: number;
  height: number;
  /** `[height, width]`, 0–1; less than 0 counts as 0. */
  data: Float32Array;
}

interface Sized {
  width: number;
  height: number;
}

/**
 * The greatest strength in the map, 0 where there is none.
 *
 * @throws OsvosError `not-a-number` where a value is NaN or infinite
 */
export function greatestStrength({ width, data }: ContourMap): number {
  let greatest = 0;
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (!Number.isFinite(value)) {
      throw new OsvosError(
        'not-a-number',
        `the contour map holds ${value}`,
        `column ${i % width}, row ${Math.floor(i / width)}`,
        'check the weights of the contour network',
      );
    }
    if (value > greatest) greatest = value;
  }
  return greatest;
}

/**
 * @param names of both, for the message, as in `['the labels are', 'the contour map']`
 * @throws OsvosError `mask-size`
 */
export function checkSameSize(one: Sized, other: Sized, names: readonly [string, string]): void {
  if (one.width === other.width && one.height === other.height) return;
  throw new OsvosError(
    'mask-size',
    `${names[0]} ${formatSize(one)}, ${names[1]} ${formatSize(other)}`,
    '',
    'make both at the size of the frame',
  );
}
