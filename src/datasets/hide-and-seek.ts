import type { Random } from '../random.js';
import type { Sample } from './sample.js';

/** Sides of a hidden cell, pixels: a cell of the memory. */
const CELL = 16;

/**
 * Hide-and-Seek (Singh & Lee 2017) as Seong et al. 2020 use it: each cell of a grid is hidden by chance, black in the
 * picture and background in the mask, so that a network learns to find parts of objects, with borders that are exact.
 * In place.
 *
 * @param probability of each cell, 0–1
 */
export function hideCells({ width, height, rgb, labels }: Sample, probability: number, random: Random): void {
  for (let top = 0; top < height; top += CELL) {
    for (let left = 0; left < width; left += CELL) {
      if (!random.chance(probability)) continue;
      const right = Math.min(left + CELL, width);
      for (let y = top; y < Math.min(top + CELL, height); y++) {
        rgb.fill(0, 3 * (y * width + left), 3 * (y * width + right));
        labels.fill(0, y * width + left, y * width + right);
      }
    }
  }
}
