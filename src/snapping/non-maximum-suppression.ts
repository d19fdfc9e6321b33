/**
 * Thins a contour map to its ridges: a pixel stays only where it is not exceeded across the contour. The habit of
 * edge detection (Dollár & Zitnick 2015, authors' code), which raw maps of networks need before they are scored.
 */
import { findOrientations } from './orientation.js';
import { triangleFilter } from './triangle-filter.js';

export interface SuppressionOptions {
  /** Radius of the triangle filter by which the map is smoothed first; 0 for none. */
  smoothing: number;
  /** Pixels along the frame over which the map fades to 0. */
  fade: number;
}

/** What raw maps are scored with. */
export const suppressionDefaults: SuppressionOptions = { smoothing: 1, fade: 5 };

/** How much larger than a pixel its neighbour across the contour must be to remove it. */
const MARGIN = 1.01;

/**
 * Ridges of a contour map, `[height, width]`; all else is 0.
 *
 * @param map contour strength, `[height, width]`; not changed
 */
export function suppressNonMaxima(
  map: Float32Array,
  width: number,
  height: number,
  options: SuppressionOptions = suppressionDefaults,
): Float32Array {
  const smooth = triangleFilter({ width, height, data: map }, options.smoothing);
  const angles = findOrientations({ width, height, data: smooth });
  const ridges = new Float32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const value = smooth[i];
      if (value === 0) continue;
      const dx = Math.cos(angles[i]);
      const dy = Math.sin(angles[i]);
      const least = MARGIN * value;
      if (least < between(smooth, width, height, x + dx, y + dy)) continue;
      if (least < between(smooth, width, height, x - dx, y - dy)) continue;
      ridges[i] = value;
    }
  }
  fadeBorder(ridges, width, height, options.fade);
  return ridges;
}

/** Value at a place between pixels, by bilinear interpolation; places outside read as the nearest inside. */
function between(map: Float32Array, width: number, height: number, x: number, y: number): number {
  const inX = Math.min(Math.max(x, 0), width - 1);
  const inY = Math.min(Math.max(y, 0), height - 1);
  const left = Math.floor(inX);
  const top = Math.floor(inY);
  const right = Math.min(left + 1, width - 1);
  const bottom = Math.min(top + 1, height - 1);
  const shareX = inX - left;
  const shareY = inY - top;
  const upper = map[top * width + left] * (1 - shareX) + map[top * width + right] * shareX;
  const lower = map[bottom * width + left] * (1 - shareX) + map[bottom * width + right] * shareX;
  return upper * (1 - shareY) + lower * shareY;
}

/** Multiplies the outermost pixels by 0, the next by 1/fade, … in both directions. */
function fadeBorder(map: Float32Array, width: number, height: number, fade: number): void {
  const factor = (i: number, length: number) => Math.min(1, i / fade, (length - 1 - i) / fade);
  for (let y = 0, i = 0; fade > 0 && y < height; y++) {
    const fadeY = factor(y, height);
    for (let x = 0; x < width; x++, i++) map[i] *= fadeY * factor(x, width);
  }
}
