/** Inputs of reads: those of the golden tables, and others without a pattern. */
import * as tf from '@tensorflow/tfjs';
import { tidyAsync } from '../../../src/engine/tensors.js';
import { readMemory, type MemoryReadOptions } from '../../../src/networks/memory/memory-read.js';
import { createRandom } from '../../../src/random.js';
import type { Matrix, ReadCase } from './plain-read.js';

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** Two frames of 2×3 cells by the golden tables' formulas. */
export function goldenCase(key: number, values: number): ReadCase {
  const [frames, height, width] = [2, 2, 3];
  const cells = range(height * width).map((i) => [Math.floor(i / width), i % width]);
  const wave = (c: number, t: number, y: number, x: number) =>
    2 * Math.sin(0.7 * (c + 1) + t + 0.9 * y + 0.4 * x * (c + 1));
  const value = (v: number, t: number, y: number, x: number) =>
    Math.cos(0.3 * (v + 1) + 0.5 * t - 0.8 * y + 0.6 * x);
  return {
    grid: { height, width },
    query: cells.map(([y, x]) => range(key).map((c) => wave(c, 0.5, y, x))),
    blocks: range(frames).map((t) => ({
      keys: cells.map(([y, x]) => range(key).map((c) => wave(c, 1.3 * t, y, x))),
      values: cells.map(([y, x]) => range(values).map((v) => value(v, t, y, x))),
    })),
  };
}

/** Normal numbers; keys with a deviation of their own, which tells how sharp the softmax is. */
export function randomCase(
  { grid = { height: 3, width: 4 }, frames = 3, key = 4, values = 3, deviation = 1.5 } = {},
  seed = 1,
): ReadCase {
  const random = createRandom(seed);
  const matrix = (rows: number, columns: number, scale: number): Matrix =>
    range(rows).map(() => range(columns).map(() => scale * random.normal()));
  const cells = grid.height * grid.width;
  return {
    grid,
    query: matrix(cells, key, deviation),
    blocks: range(frames).map(() => ({
      keys: matrix(cells, key, deviation),
      values: matrix(cells, values, 1),
    })),
  };
}

/** Keys of whole numbers: many cells score exactly alike, on every engine. */
export function tiedCase(seed = 1): ReadCase {
  const random = createRandom(seed);
  const drawn = randomCase({ frames: 4 }, seed);
  const whole = (rows: Matrix) => rows.map((row) => row.map(() => random.integer(3) - 1));
  return {
    ...drawn,
    query: whole(drawn.query),
    blocks: drawn.blocks.map(({ keys, values }) => ({ keys: whole(keys), values })),
  };
}

/** The same memory cut into frames of so many cells. */
export function cutInto(size: number, { blocks, ...rest }: ReadCase): ReadCase {
  const keys = blocks.flatMap((block) => block.keys);
  const values = blocks.flatMap((block) => block.values);
  const count = Math.ceil(keys.length / size);
  const part = (rows: Matrix, i: number) => rows.slice(i * size, (i + 1) * size);
  return { ...rest, blocks: range(count).map((i) => ({ keys: part(keys, i), values: part(values, i) })) };
}

export type Options = Partial<Omit<MemoryReadOptions, 'grid'>>;

/** What the program reads on the engine that runs. */
export async function read({ grid, query, blocks }: ReadCase, options: Options = {}): Promise<Matrix> {
  return tidyAsync(async () => {
    const memory = blocks.map(({ keys, values }) => ({
      keys: tf.tensor2d(keys),
      values: tf.tensor2d(values),
    }));
    return await readMemory(tf.tensor2d(query), memory, { keys: 'masked', grid, ...options }).array();
  });
}

/** The largest difference. */
export function apart(a: Matrix, b: Matrix): number {
  return Math.max(...a.flatMap((row, i) => row.map((x, j) => Math.abs(x - b[i][j]))));
}
