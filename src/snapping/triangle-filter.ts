/**
 * Smooths a map by a triangle filter in both directions: weights 1 … r+1 … 1, divided by (r+1)². Beyond the frame the
 * map is mirrored, its outermost pixels first (`b a | a b c`).
 *
 * @param map `[height, width]`; not changed
 * @param radius whole number of pixels; 0 gives a copy
 */
export function triangleFilter(
  map: ArrayLike<number>,
  width: number,
  height: number,
  radius: number,
): Float64Array {
  const across = new Float64Array(width * height);
  const both = new Float64Array(width * height);
  for (let y = 0; y < height; y++)
    filterLine(map, across, { from: y * width, step: 1, length: width }, radius);
  for (let x = 0; x < width; x++) filterLine(across, both, { from: x, step: width, length: height }, radius);
  return both;
}

interface Line {
  from: number;
  step: number;
  length: number;
}

function filterLine(
  source: ArrayLike<number>,
  target: Float64Array,
  { from, step, length }: Line,
  radius: number,
): void {
  const scale = 1 / (radius + 1) ** 2;
  for (let i = 0; i < length; i++) {
    let sum = (radius + 1) * source[from + i * step];
    for (let k = 1; k <= radius; k++) {
      const before = source[from + mirrored(i - k, length) * step];
      const after = source[from + mirrored(i + k, length) * step];
      sum += (radius + 1 - k) * (before + after);
    }
    target[from + i * step] = sum * scale;
  }
}

/** Place inside 0 … length−1 that a place outside is the mirror image of. */
export function mirrored(i: number, length: number): number {
  const turn = ((i % (2 * length)) + 2 * length) % (2 * length);
  return turn < length ? turn : 2 * length - 1 - turn;
}
