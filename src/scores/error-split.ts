/**
 * What kind of wrong pixels a mask has (Caelles et al. 2017, section 5, misclassified pixels): false positives near the
 * object are inaccurate contours, those far from it are other things taken for the object, false negatives parts of it
 * that were lost.
 */
import type { Mask } from './region.js';
import { mean } from './statistics.js';

export const errorNames = ['FP-Close', 'FP-Far', 'FN'] as const;
export type ErrorName = (typeof errorNames)[number];

/** Shares of the frame's pixels, 0–1. */
export type ErrorSplit = Record<ErrorName, number>;

/** Pixels from the object up to which a false positive is near it. */
const NEAR = 20;

/**
 * Wrong pixels of one object as shares of the frame. A false positive is near where the centre of some object pixel is
 * at most `NEAR` pixels away, Euclidean and exact; all are far where the object is not there. Both masks have the same size.
 */
export function errorSplit(prediction: Mask, truth: Mask): ErrorSplit {
  const { data } = prediction;
  const { data: reference, width } = truth;
  let missed = 0;
  let wrong = 0;
  let first = -1;
  let last = -1;
  for (let i = 0; i < data.length; i++) {
    if (reference[i] === 0) {
      if (data[i] !== 0) wrong++;
      continue;
    }
    if (first < 0) first = i;
    last = i;
    if (data[i] === 0) missed++;
  }
  const rows = { top: Math.floor(first / width), bottom: Math.floor(last / width) };
  const near = wrong === 0 || first < 0 ? 0 : countNear(prediction, truth, rows);
  const pixels = data.length;
  return { 'FP-Close': near / pixels, 'FP-Far': (wrong - near) / pixels, FN: missed / pixels };
}

/** Means, each value on its own; undefined of nothing. */
export function meanErrors(splits: readonly ErrorSplit[]): ErrorSplit | undefined {
  if (splits.length === 0) return undefined;
  const values = errorNames.map((name) => [name, mean(splits.map((split) => split[name]))]);
  return Object.fromEntries(values) as ErrorSplit;
}

interface Rows {
  /** First and last row that hold a pixel of the object. */
  top: number;
  bottom: number;
}

/**
 * False positives within the disk of radius `NEAR` around some pixel of the object. In time proportional to the pixels: a
 * column whose nearest object pixel is dy rows away reaches the columns up to √(NEAR² − dy²) beside it, and of these
 * stretches only the ends are noted.
 */
function countNear(prediction: Mask, truth: Mask, { top, bottom }: Rows): number {
  const { width, height } = truth;
  const from = Math.max(0, top - NEAR);
  const to = Math.min(height - 1, bottom + NEAR);
  const distances = columnDistances(truth, from, to);
  const reach = Int32Array.from({ length: NEAR + 1 }, (_, dy) =>
    Math.floor(Math.sqrt(NEAR * NEAR - dy * dy)),
  );
  const changes = new Int32Array(width + 1);
  let near = 0;
  for (let y = from; y <= to; y++) {
    const row = (y - from) * width;
    changes.fill(0);
    for (let x = 0; x < width; x++) {
      const distance = distances[row + x];
      if (distance > NEAR) continue;
      changes[Math.max(0, x - reach[distance])]++;
      changes[Math.min(width, x + reach[distance] + 1)]--;
    }
    for (let x = 0, covering = 0, i = y * width; x < width; x++, i++) {
      covering += changes[x];
      if (covering > 0 && prediction.data[i] !== 0 && truth.data[i] === 0) near++;
    }
  }
  return near;
}

/** Rows to the nearest object pixel of the same column, for the rows `from` … `to`; `NEAR + 1` stands for all above. */
function columnDistances({ width, data }: Mask, from: number, to: number): Uint8Array {
  const distances = new Uint8Array((to - from + 1) * width);
  for (let i = 0, k = from * width; i < distances.length; i++, k++) {
    if (data[k] !== 0) continue;
    distances[i] = i < width ? NEAR + 1 : Math.min(NEAR + 1, distances[i - width] + 1);
  }
  for (let i = distances.length - width - 1; i >= 0; i--) {
    const below = distances[i + width] + 1;
    if (below < distances[i]) distances[i] = below;
  }
  return distances;
}
