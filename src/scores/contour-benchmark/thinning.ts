/**
 * Thinning of lines to one pixel (Guo & Hall 1989, first algorithm; Lam, Lee & Suen 1992, section III), as the
 * benchmark applies it to every map of contours before matching.
 */
import type { Mask } from '../region.js';

/** Neighbours anticlockwise from the east one, as bits 0–7 of an index into the tables. */
const EAST = 1 << 0;
const NORTH_EAST = 1 << 1;
const NORTH_WEST = 1 << 3;
const WEST = 1 << 4;
const SOUTH_WEST = 1 << 5;
const SOUTH = 1 << 6;
const SOUTH_EAST = 1 << 7;

/** For each of the 256 neighbourhoods, whether the first (bit 0) and the second pass (bit 1) removes its pixel. */
const removable = Uint8Array.from({ length: 256 }, (_, neighbours) => {
  if (!isSimple(neighbours) || !hasFewLines(neighbours)) return 0;
  const any = (bits: number) => (neighbours & bits) !== 0;
  const first = !(any(EAST) && (any(NORTH_EAST | (1 << 2)) || !any(SOUTH_EAST)));
  const second = !(any(WEST) && (any(SOUTH_WEST | SOUTH) || !any(NORTH_WEST)));
  return (first ? 1 : 0) | (second ? 2 : 0);
});

/** One run of set neighbours around the pixel: removing it neither cuts nor joins. */
function isSimple(neighbours: number): boolean {
  let runs = 0;
  for (let side = 0; side < 8; side += 2) {
    const at = (k: number) => (neighbours >> (k & 7)) & 1;
    if (!at(side) && (at(side + 1) || at(side + 2))) runs++;
  }
  return runs === 1;
}

/** Two or three set pairs in the smaller of both ways to pair neighbours: neither a line's end nor an inner pixel. */
function hasFewLines(neighbours: number): boolean {
  let ahead = 0;
  let behind = 0;
  for (let side = 0; side < 8; side += 2) {
    const at = (k: number) => (neighbours >> (k & 7)) & 1;
    ahead += at(side) | at(side + 1);
    behind += at(side + 1) | at(side + 2);
  }
  const fewer = Math.min(ahead, behind);
  return fewer === 2 || fewer === 3;
}

/**
 * Thins the set pixels (≠ 0) until nothing changes; all outside the frame counts as not set. The result holds 0 and 1.
 * A pixel is looked at again only where its neighbourhood has changed.
 */
export function thin({ width, height, data }: Mask): Uint8Array {
  const stride = width + 2;
  const padded = new Uint8Array(stride * (height + 2));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[y * width + x] !== 0) padded[(y + 1) * stride + x + 1] = 1;
    }
  }
  const around = [1, 1 - stride, -stride, -stride - 1, -1, stride - 1, stride, stride + 1];
  thinPadded(padded, around);
  const thinned = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = (y + 1) * stride + 1;
    thinned.set(padded.subarray(from, from + width), y * width);
  }
  return thinned;
}

/** `around`: steps to the eight neighbours in the order of the bits. */
function thinPadded(set: Uint8Array, around: readonly number[]): void {
  const neighboursOf = (i: number) => {
    let neighbours = 0;
    for (let k = 0; k < 8; k++) neighbours |= set[i + around[k]] << k;
    return neighbours;
  };
  // pixels to be looked at by each of the two passes
  const waiting: [number[], number[]] = [[], []];
  const queued = new Uint8Array(set.length);
  for (let i = 0; i < set.length; i++) {
    if (set[i] === 0 || neighboursOf(i) === 0xff) continue;
    waiting[0].push(i);
    waiting[1].push(i);
    queued[i] = 3;
  }
  const removed: number[] = [];
  for (let pass = 0; waiting[0].length + waiting[1].length > 0; pass ^= 1) {
    const bit = 1 << pass;
    removed.length = 0;
    for (const i of waiting[pass]) {
      queued[i] &= ~bit;
      if (set[i] !== 0 && removable[neighboursOf(i)] & bit) removed.push(i);
    }
    waiting[pass] = [];
    for (const i of removed) set[i] = 0; // all at once: decisions of one pass do not see each other
    for (const i of removed) {
      for (const step of around) {
        const j = i + step;
        if (set[j] === 0) continue;
        if (!(queued[j] & 1)) waiting[0].push(j);
        if (!(queued[j] & 2)) waiting[1].push(j);
        queued[j] = 3;
      }
    }
  }
}
