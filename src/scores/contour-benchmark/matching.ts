/** One-to-one correspondence between the pixels of two contour maps (Martin, Fowlkes & Malik 2004, appendix B). */
import { assign, NONE, type Candidates } from './assignment.js';

/** Largest distance between partners as a share of the image's diagonal. */
const REACH = 0.0075;

/** Pixels by which partners may be apart: 4.337 at 481×321. */
export function matchingReach(width: number, height: number): number {
  return REACH * Math.sqrt(width * width + height * height);
}

export interface MatchingOptions {
  /** Of both maps; pixels are numbered row by row. */
  width: number;
  height: number;
  /** Largest distance between partners, in pixels. */
  reach: number;
}

/**
 * Pairs pixels of `a` with pixels of `b` within reach: as many pairs as possible, among these the least total distance.
 * Gives for each pixel of `a` the place of its partner in `b`, or NONE. Numbers in each list differ.
 */
export function matchPixels(a: Int32Array, b: Int32Array, options: MatchingOptions): Int32Array {
  if (a.length <= b.length) return assign(findCandidates(a, b, options));
  const partners = new Int32Array(a.length).fill(NONE);
  assign(findCandidates(b, a, options)).forEach((i, j) => {
    if (i !== NONE) partners[i] = j;
  });
  return partners;
}

/** For each pixel of `rows` those of `columns` within reach, nearest first. */
function findCandidates(
  rows: Int32Array,
  columns: Int32Array,
  { width, height, reach }: MatchingOptions,
): Candidates {
  const margin = Math.floor(reach);
  const stride = width + 2 * margin;
  const place = (pixel: number) => {
    const y = Math.floor(pixel / width);
    return (y + margin) * stride + (pixel - y * width) + margin;
  };
  const at = new Int32Array(stride * (height + 2 * margin)).fill(NONE);
  columns.forEach((pixel, j) => (at[place(pixel)] = j));
  const { steps, distances } = disk(reach, stride);
  const starts = new Int32Array(rows.length + 1);
  let column = new Int32Array(16 * rows.length + steps.length);
  let cost = new Float64Array(column.length);
  let count = 0;
  for (let r = 0; r < rows.length; r++) {
    const centre = place(rows[r]);
    if (count + steps.length > column.length) {
      column = copyOf(column, new Int32Array(2 * column.length));
      cost = copyOf(cost, new Float64Array(2 * cost.length));
    }
    for (let k = 0; k < steps.length; k++) {
      const j = at[centre + steps[k]];
      if (j === NONE) continue;
      column[count] = j;
      cost[count++] = distances[k];
    }
    starts[r + 1] = count;
  }
  return {
    rows: rows.length,
    columns: columns.length,
    starts,
    column: column.subarray(0, count),
    cost: cost.subarray(0, count),
  };
}

function copyOf<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Steps to all pixels within a radius on a grid of that row length, nearest first. */
function disk(radius: number, stride: number): { steps: Int32Array; distances: Float64Array } {
  const whole = Math.floor(radius);
  const offsets: { step: number; distance: number }[] = [];
  for (let dy = -whole; dy <= whole; dy++) {
    for (let dx = -whole; dx <= whole; dx++) {
      const distance = Math.sqrt(dx * dx + dy * dy);
      if (distance <= radius) offsets.push({ step: dy * stride + dx, distance });
    }
  }
  offsets.sort((p, q) => p.distance - q.distance || p.step - q.step);
  return {
    steps: Int32Array.from(offsets, ({ step }) => step),
    distances: Float64Array.from(offsets, ({ distance }) => distance),
  };
}
