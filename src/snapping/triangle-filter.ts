import type { ContourMap } from './contour-map.js';
import { createWorkspace, type Workspace } from './workspace.js';

/**
 * Smooths a contour map, `[height, width]`, by a triangle filter in both directions: weights 1 … r+1 … 1, divided by
 * (r+1)². Beyond the frame the map is mirrored, its outermost pixels first (`b a | a b c`). Less than 0 counts as 0.
 *
 * @param radius whole number of pixels; 0 gives a copy
 */
export function triangleFilter(
  { width, height, data }: ContourMap,
  radius: number,
  work: Workspace = createWorkspace(),
): Float32Array {
  const across = work.float32('triangle.across', width * height);
  const smooth = work.float32('triangle.smooth', width * height);
  const columns = mirroredPlaces(width, radius);
  const rows = mirroredPlaces(height, radius);
  const norm = (radius + 1) ** 2;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = -radius; k <= radius; k++) {
        const value = data[y * width + columns[x + k + radius]];
        if (value > 0) sum += (radius + 1 - Math.abs(k)) * value;
      }
      across[y * width + x] = sum / norm;
    }
  }
  const sums = work.float64('triangle.sums', width);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let k = -radius; k <= radius; k++) {
      const weight = (radius + 1 - Math.abs(k)) / norm;
      const row = rows[y + k + radius] * width;
      for (let x = 0; x < width; x++) sums[x] += weight * across[row + x];
    }
    smooth.set(sums, y * width);
  }
  return smooth;
}

/** Place of coordinate `k − radius` where the picture goes on mirrored, also over and over. */
export function mirroredPlaces(size: number, radius: number): Int32Array {
  return Int32Array.from({ length: size + 2 * radius }, (_, k) => {
    const place = (((k - radius) % (2 * size)) + 2 * size) % (2 * size);
    return place < size ? place : 2 * size - 1 - place;
  });
}
