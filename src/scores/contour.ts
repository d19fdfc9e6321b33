/**
 * Contour accuracy F (Perazzi et al. 2016, section 5.1; Martin et al. 2004): contours match within a tolerance.
 * As in the official tools it is no one-to-one matching: one contour pixel may serve many.
 */
import type { Mask } from './region.js';

/** Tolerance as a share of the frame's diagonal, as in the official tools. */
const TOLERANCE = 0.008;

/** Pixels by which two contours may be apart: 8 at 854×480, 18 at 1920×1080. */
export function contourTolerance(width: number, height: number): number {
  return Math.ceil(TOLERANCE * Math.sqrt(width * width + height * height));
}

/** Contour pixels of a mask, row by row, and the smallest box around them (both ends included; of none it means nothing). */
export interface Contour {
  xs: Int32Array;
  ys: Int32Array;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** First and last row that hold an object pixel; `undefined` for an empty mask. */
function objectRows({ width, data }: Mask): { top: number; bottom: number } | undefined {
  let first = 0;
  while (first < data.length && data[first] === 0) first++;
  if (first === data.length) return undefined;
  let last = data.length - 1;
  while (data[last] === 0) last--;
  return { top: Math.floor(first / width), bottom: Math.floor(last / width) };
}

/**
 * Pixels that differ from their right, lower or lower-right neighbour: one pixel wide, half a pixel towards the top
 * left. The frame's border is no contour: a mask that touches it is open there.
 */
export function contourOf(mask: Mask): Contour {
  const { width, height, data } = mask;
  const xs: number[] = [];
  const ys: number[] = [];
  const rows = objectRows(mask);
  const from = rows ? Math.max(0, rows.top - 1) : height;
  const to = rows ? rows.bottom : -1;
  for (let y = from; y <= to; y++) {
    const row = y * width;
    const end = row + width - 1;
    const down = y + 1 < height ? width : 0; // in the last row only the right neighbour counts
    let here = data[row];
    let below = data[row + down];
    for (let i = row; i < end; i++) {
      const right = data[i + 1];
      const diagonal = data[i + 1 + down];
      // most pixels leave here: four equal bytes
      if ((here !== below || here !== right || here !== diagonal) && isMixed(here, below, right, diagonal)) {
        xs.push(i - row);
        ys.push(y);
      }
      here = right;
      below = diagonal;
    }
    if (isMixed(here, here, below, below)) {
      xs.push(width - 1); // in the last column only the lower neighbour counts
      ys.push(y);
    }
  }
  return { xs: Int32Array.from(xs), ys: Int32Array.from(ys), ...boxOf(xs, ys) };
}

/** Object and background both occur among four pixels. */
function isMixed(a: number, b: number, c: number, d: number): boolean {
  return (a === 0 || b === 0 || c === 0 || d === 0) && (a !== 0 || b !== 0 || c !== 0 || d !== 0);
}

/** Rows ascend. */
function boxOf(
  xs: readonly number[],
  ys: readonly number[],
): Pick<Contour, 'left' | 'right' | 'top' | 'bottom'> {
  let left = Infinity;
  let right = -1;
  for (const x of xs) {
    if (x < left) left = x;
    if (x > right) right = x;
  }
  return { left, right, top: ys[0], bottom: ys[ys.length - 1] };
}

/**
 * Distance of each pixel to the nearest contour pixel of its own column, the first pass of the exact Euclidean
 * distance transform (Felzenszwalb & Huttenlocher 2012). Covers the contour's box and `tolerance` rows around it;
 * larger distances read `tolerance + 1`.
 */
function columnDistances(contour: Contour, tolerance: number): { distances: Uint16Array; columns: number } {
  const columns = contour.right - contour.left + 1;
  const rows = contour.bottom - contour.top + 1 + 2 * tolerance;
  const far = tolerance + 1;
  const distances = new Uint16Array(rows * columns).fill(far);
  for (let i = 0; i < contour.xs.length; i++) {
    distances[(contour.ys[i] - contour.top + tolerance) * columns + contour.xs[i] - contour.left] = 0;
  }
  for (let i = columns; i < distances.length; i++) {
    const above = distances[i - columns] + 1;
    if (above < distances[i]) distances[i] = above;
  }
  for (let i = distances.length - columns - 1; i >= 0; i--) {
    const below = distances[i + columns] + 1;
    if (below < distances[i]) distances[i] = below;
  }
  return { distances, columns };
}

/** Half heights of a disk: `reach[dx]` = the largest dy with dx² + dy² ≤ radius². */
function diskReach(radius: number): Int32Array {
  return Int32Array.from({ length: radius + 1 }, (_, dx) => {
    let dy = radius;
    while (dx * dx + dy * dy > radius * radius) dy--;
    return dy;
  });
}

/** How many pixels of `contour` have a pixel of `other` within the tolerance. */
function countMatches(contour: Contour, other: Contour, tolerance: number): number {
  const { distances, columns } = columnDistances(other, tolerance);
  const reach = diskReach(tolerance);
  let matches = 0;
  for (let i = 0; i < contour.xs.length; i++) {
    const y = contour.ys[i];
    if (y < other.top - tolerance || y > other.bottom + tolerance) continue;
    const row = (y - other.top + tolerance) * columns;
    const x = contour.xs[i] - other.left;
    const last = Math.min(columns - 1, x + tolerance);
    for (let column = Math.max(0, x - tolerance); column <= last; column++) {
      if (distances[row + column] <= reach[Math.abs(column - x)]) {
        matches++;
        break;
      }
    }
  }
  return matches;
}

/**
 * F = 2PR / (P + R), 0–1, with P the share of the prediction's contour near the truth's, and R the reverse.
 * Two masks without contour agree (F = 1), also an empty and a full one; one without: F = 0.
 * Both masks have the same size. Symmetric.
 */
export function contourAccuracy(prediction: Mask, truth: Mask): number {
  const predicted = contourOf(prediction);
  const real = contourOf(truth);
  if (predicted.xs.length === 0 && real.xs.length === 0) return 1;
  if (predicted.xs.length === 0 || real.xs.length === 0) return 0;
  const tolerance = contourTolerance(truth.width, truth.height);
  const precision = countMatches(predicted, real, tolerance) / predicted.xs.length;
  const recall = countMatches(real, predicted, tolerance) / real.xs.length;
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}
