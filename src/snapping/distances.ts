/** How far pixels are from an object. */
import type { LabelMap } from '../label-map.js';

/**
 * Squared Euclidean distance of every pixel to the nearest pixel of object `id`, `[height, width]`; `Infinity` all
 * over where the object is not there. Exact, in time proportional to the pixels: columns first, then in each row the
 * lower envelope of the columns' parabolas (Felzenszwalb & Huttenlocher 2012, *Distance Transforms of Sampled
 * Functions*).
 */
export function squaredDistances({ width, height, data }: LabelMap, id: number): Float64Array {
  const squares = new Float64Array(width * height).fill(Infinity);
  for (let x = 0; x < width; x++) measureColumn(squares, data, id, x, width, height);
  const row = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    row.set(squares.subarray(y * width, (y + 1) * width));
    measureRow(row, squares.subarray(y * width, (y + 1) * width));
  }
  return squares;
}

/** Squared distances within a column, by one sweep down and one up. */
function measureColumn(
  squares: Float64Array,
  data: Uint8Array,
  id: number,
  x: number,
  width: number,
  height: number,
): void {
  for (const [start, step] of [
    [0, 1],
    [height - 1, -1],
  ]) {
    let distance = Infinity;
    for (let y = start; y >= 0 && y < height; y += step) {
      const i = y * width + x;
      distance = data[i] === id ? 0 : distance + 1;
      squares[i] = Math.min(squares[i], distance * distance);
    }
  }
}

/** Least of `heights[c] + (x − c)²` over all columns c, for every x. */
function measureRow(heights: Float64Array, result: Float64Array): void {
  const columns: number[] = []; // whose parabolas make the lower envelope, from left to right
  const from: number[] = []; // x from which each of them is the lowest
  for (let column = 0; column < heights.length; column++) {
    if (heights[column] === Infinity) continue;
    let start = -Infinity;
    while (columns.length > 0) {
      const last = columns[columns.length - 1];
      start = (heights[column] + column * column - heights[last] - last * last) / (2 * (column - last));
      if (start > from[from.length - 1]) break;
      columns.pop();
      from.pop();
      start = -Infinity;
    }
    columns.push(column);
    from.push(start);
  }
  if (columns.length === 0) return;
  for (let x = 0, k = 0; x < result.length; x++) {
    while (k + 1 < columns.length && from[k + 1] <= x) k++;
    result[x] = heights[columns[k]] + (x - columns[k]) ** 2;
  }
}
