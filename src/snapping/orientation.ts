import { mirrored, triangleFilter } from './triangle-filter.js';

/** Radius of the smoothing before differences are taken, as in the oriented watershed of COB. */
const RADIUS = 4;

/**
 * Angle of the normal of the contour at each pixel, in radians, [0, π), x to the right and y down: a vertical line has
 * 0, a horizontal one π/2, one running down to the right 3π/4. From the second differences of the smoothed map
 * (Maninis et al. 2018, authors' code).
 *
 * @param map contour strength, `[height, width]`
 */
export function orientationOf(map: Float32Array, width: number, height: number): Float32Array {
  const smooth = triangleFilter(map, width, height, RADIUS);
  const angles = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const above = mirrored(y - 1, height) * width;
    const row = y * width;
    const below = mirrored(y + 1, height) * width;
    for (let x = 0; x < width; x++) {
      const left = mirrored(x - 1, width);
      const right = mirrored(x + 1, width);
      const twice = 2 * smooth[row + x];
      const across = twice - smooth[row + left] - smooth[row + right];
      const down = twice - smooth[above + x] - smooth[below + x];
      const diagonal =
        smooth[above + left] - smooth[above + right] - smooth[below + left] + smooth[below + right];
      angles[row + x] = halfTurn(Math.atan2(diagonal > 0 ? -down : down, across));
    }
  }
  return angles;
}

/** The same direction in [0, π), also after rounding to single precision. */
function halfTurn(angle: number): number {
  const positive = Math.fround(angle < 0 ? angle + Math.PI : angle);
  return positive >= Math.PI ? 0 : positive;
}
