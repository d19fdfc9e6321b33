/** The read of a space-time memory as its formulas stand, in double precision and all at once: an oracle for tests. */
import type { MemoryReadOptions } from '../../../src/networks/memory/memory-read.js';

export type Matrix = number[][];

/** A query and the frames of a memory, one row for each cell. */
export interface ReadCase {
  grid: { height: number; width: number };
  query: Matrix;
  blocks: { keys: Matrix; values: Matrix }[];
}

export type PlainOptions = Pick<MemoryReadOptions, 'keys' | 'sigma' | 'topK'>;

/** Row `q` is what cell `q` of the query reads. */
export function plainRead(
  { grid, query, blocks }: ReadCase,
  { keys: form, sigma, topK }: PlainOptions,
): Matrix {
  const keys = blocks.flatMap((block) => block.keys);
  const values = blocks.flatMap((block) => block.values);
  const scale = 1 / Math.sqrt(query[0].length);
  const scores = query.map((q) =>
    keys.map((k) => {
      const alike = q.reduce((sum, x, c) => sum + (form === 'masked' ? x * k[c] : -((x - k[c]) ** 2)), 0);
      return scale * alike;
    }),
  );
  if (sigma !== undefined) {
    const placeOf = (cell: number) => [Math.floor(cell / grid.width), cell % grid.width];
    keys.forEach((_, p) => {
      const [row, column] = placeOf(bestCell(scores.map((of) => of[p])));
      scores.forEach((of, q) => {
        const [y, x] = placeOf(q);
        of[p] -= ((y - row) ** 2 + (x - column) ** 2) / (2 * sigma ** 2);
      });
    });
  }
  return scores.map((of) => {
    const order = of.map((_, p) => p).sort((a, b) => of[b] - of[a] || a - b);
    const read = order.slice(0, topK);
    const weights = read.map((p) => Math.exp(of[p] - of[order[0]]));
    const sum = weights.reduce((a, b) => a + b, 0);
    return values[0].map((_, v) => read.reduce((total, p, i) => total + weights[i] * values[p][v], 0) / sum);
  });
}

/** The first of the largest. */
export function bestCell(column: number[]): number {
  return column.indexOf(Math.max(...column));
}
