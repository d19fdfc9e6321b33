/** In which direction the outlines of a contour map run. */
import type { ContourMap } from './contour-map.js';
import { triangleFilter } from './triangle-filter.js';
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
  const smooth = triangleFilter(contours, RADIUS, work);
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
      angles[i] = halfTurn(Math.atan2(cross > 0 ? -dy : dy, dx));
    }
  }
  return angles;
}

/** The same direction in [0, π), also after rounding to single precision. */
function halfTurn(angle: number): number {
  const positive = Math.fround(angle < 0 ? angle + Math.PI : angle);
  return positive >= Math.PI ? 0 : positive;
}
