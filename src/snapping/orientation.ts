/** In which direction the outlines of a contour map run. */
import type { ContourMap } from './contour-map.js';
import { createWorkspace, type Workspace } from './workspace.js';

/** Radius of the smoothing, in pixels. */
const RADIUS = 4;

/**
 * Angle of the outline's *normal* at each pixel, `[H, W]`, in radians from 0 to π with y down: 0 on a vertical line, π/2 on a
 * horizontal one, 3π/4 on one that goes down to the right. The map is smoothed, then its second differences are
 * compared (as in the structured edges of Dollár & Zitnick 2015, from where OSVOS has it).
 */
export function findOrientations(contours: ContourMap, work: Workspace = createWorkspace()): Float32Array {
  const { width, height } = contours;
  const smooth = smoothed(contours, work);
  const angles = work.float32('orientation.angles', width * height);
  for (let y = 0, i = 0; y < height; y++) {
    const up = y > 0 ? -width : 0;
    const down = y < height - 1 ? width : 0;
    for (let x = 0; x < width; x++, i++) {
      const left = x > 0 ? -1 : 0;
      const right = x < width - 1 ? 1 : 0;
      const dx = 2 * smooth[i] - smooth[i + left] - smooth[i + right];
      const dy = 2 * smooth[i] - smooth[i + up] - smooth[i + down];
      const cross =
        smooth[i + up + left] - smooth[i + up + right] - smooth[i + down + left] + smooth[i + down + right];
      const angle = Math.atan2(cross > 0 ? -dy : dy, dx);
      angles[i] = angle < 0 ? angle + Math.PI : angle === Math.PI ? 0 : angle;
    }
  }
  return angles;
}

/** Triangle filter of `RADIUS` along rows and columns; the border is mirrored. Less than 0 counts as 0. */
function smoothed({ width, height, data }: ContourMap, work: Workspace): Float32Array {
  const rows = work.float32('orientation.rows', width * height);
  const result = work.float32('orientation.smooth', width * height);
  const columns = mirrored(width);
  const lines = mirrored(height);
  const norm = (RADIUS + 1) ** 2;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = -RADIUS; k <= RADIUS; k++) {
        const value = data[y * width + columns[x + k + RADIUS]];
        if (value > 0) sum += (RADIUS + 1 - Math.abs(k)) * value;
      }
      rows[y * width + x] = sum / norm;
    }
  }
  const sums = work.float64('orientation.sums', width);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let k = -RADIUS; k <= RADIUS; k++) {
      const weight = (RADIUS + 1 - Math.abs(k)) / norm;
      const row = lines[y + k + RADIUS] * width;
      for (let x = 0; x < width; x++) sums[x] += weight * rows[row + x];
    }
    result.set(sums, y * width);
  }
  return result;
}

/** Place of coordinate `k − RADIUS` where the picture goes on mirrored (`cba|abc|cba`), also over and over. */
function mirrored(size: number): Int32Array {
  return Int32Array.from({ length: size + 2 * RADIUS }, (_, k) => {
    const place = (((k - RADIUS) % (2 * size)) + 2 * size) % (2 * size);
    return place < size ? place : 2 * size - 1 - place;
  });
}
