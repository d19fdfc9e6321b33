/** What a read of the memory looked at: the weights that `readMemory` sums values with, to be looked at themselves. */
import * as tf from '@tensorflow/tfjs';
import { tidyAsync } from '../../engine/tensors.js';
import type { Grid } from '../../engine/kernels/memory-scores.js';
import { keyScores, type MemoryReadOptions } from './memory-read.js';

/** How some cells of the query read one frame of the memory. */
export interface FrameWeights {
  /** Weight of each cell of the frame, mean over the cells that were asked for. */
  weights: Float32Array;
  /** Their sum; over all frames 1. */
  share: number;
  /** Where there is a kernel: what the weights would be without it and without `topK`. */
  plain?: Float32Array;
  /** Where there is a kernel: the query's cell that each cell of the frame resembles most. */
  matches?: Int32Array;
}

/** A cell of the memory. */
export interface MemoryCell {
  /** Place of its frame in the memory. */
  frame: number;
  cell: number;
}

/** The two directions in which a kernelised memory matches (Seong et al. 2020, § 3.2). */
export interface KernelMatches {
  /** σ of the kernel, in cells. */
  sigma: number;
  /** For each cell that was asked for the memory's cell that it resembles most: query to memory, as without a kernel. */
  found: MemoryCell[];
  /** Cell of the memory that would weigh most without a kernel. */
  best: MemoryCell;
  /** The query's cell that `best` resembles most: memory to query. Its kernel stands there. */
  centre: number;
  /** The kernel of `best` on the query's grid: 1 at `centre`. */
  gaussian: Float32Array;
}

export interface MemoryWeights {
  /** In the memory's order. */
  frames: FrameWeights[];
  kernel?: KernelMatches;
}

const SCORE_BYTES = 64 * 2 ** 20;

/**
 * Weights with which cells of the query read the memory: after kernel and `topK`, as `readMemory` uses them (of equal
 * scores the first belong to the best). The scores of all cells never exist as a whole.
 *
 * @param query `[cells, key]`, row by row
 * @param memory keys of each frame, `[cells, key]`
 * @param cells of the query, at least one
 * @param scoreBytes bytes that scores may take at once, on either side of the engine
 */
export async function memoryWeights(
  query: tf.Tensor2D,
  memory: readonly tf.Tensor2D[],
  cells: readonly number[],
  options: MemoryReadOptions,
  scoreBytes = SCORE_BYTES,
): Promise<MemoryWeights> {
  const sizes = memory.map(({ shape }) => shape[0]);
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0));
  const total = sizes.reduce((a, b) => a + b, 0);
  const { sigma, grid } = options;
  const kernel =
    sigma === undefined ? undefined : { sigma, matches: await matchesOf(query, memory, options, scoreBytes) };

  const weights = new Float64Array(total);
  const plain = new Float64Array(kernel ? total : 0);
  const found: number[] = [];
  const rows = Math.max(1, Math.floor(scoreBytes / (4 * total)));
  for (let from = 0; from < cells.length; from += rows) {
    const part = cells.slice(from, from + rows);
    const scores = await scoresOfCells(query, memory, part, options);
    part.forEach((cell, i) => {
      const row = scores.subarray(i * total, (i + 1) * total);
      if (kernel) {
        found.push(largestOf(row));
        addSoftmax(plain, row, undefined, cells.length);
        subtractDistances(row, cell, kernel.matches, kernel.sigma, grid);
      }
      addSoftmax(weights, row, options.topK, cells.length);
    });
  }

  const cut = (x: Float64Array, frame: number) =>
    Float32Array.from(x.subarray(starts[frame], starts[frame] + sizes[frame]));
  const frames = sizes.map((size, frame): FrameWeights => ({
    weights: cut(weights, frame),
    share: weights.subarray(starts[frame], starts[frame] + size).reduce((a, b) => a + b, 0),
    plain: kernel && cut(plain, frame),
    matches: kernel?.matches.slice(starts[frame], starts[frame] + size),
  }));
  if (!kernel) return { frames };
  const locate = (place: number): MemoryCell => {
    const frame = starts.findLastIndex((start) => start <= place);
    return { frame, cell: place - starts[frame] };
  };
  const best = largestOf(plain);
  const centre = kernel.matches[best];
  const gaussian = gaussianAround(centre, kernel.sigma, grid);
  return {
    frames,
    kernel: { sigma: kernel.sigma, found: found.map(locate), best: locate(best), centre, gaussian },
  };
}

/** For every cell of the memory the query's cell that it resembles most, the first of equal ones. */
async function matchesOf(
  query: tf.Tensor2D,
  memory: readonly tf.Tensor2D[],
  { keys }: MemoryReadOptions,
  scoreBytes: number,
): Promise<Int32Array> {
  const parts: Int32Array[] = [];
  const most = Math.max(1, Math.floor(scoreBytes / (4 * query.shape[0])));
  for (const frame of memory) {
    for (let from = 0; from < frame.shape[0]; from += most) {
      const size = Math.min(most, frame.shape[0] - from);
      await tidyAsync(async () => {
        const scores = keyScores(query, tf.slice(frame, [from, 0], [size, -1]), keys);
        parts.push(Int32Array.from(await tf.argMax(scores, 0).data<'int32'>()));
      });
    }
  }
  return joined(parts, (length) => new Int32Array(length));
}

/** Scores of some cells of the query over the whole memory, without a kernel, `[cells, memory cells]`. */
async function scoresOfCells(
  query: tf.Tensor2D,
  memory: readonly tf.Tensor2D[],
  cells: readonly number[],
  { keys }: MemoryReadOptions,
): Promise<Float32Array> {
  const total = memory.reduce((sum, { shape }) => sum + shape[0], 0);
  const scores = new Float32Array(cells.length * total);
  let start = 0;
  for (const frame of memory) {
    await tidyAsync(async () => {
      const asked = tf.gather(query, tf.tensor1d([...cells], 'int32'));
      const values = await keyScores(asked, frame, keys).data<'float32'>();
      const size = frame.shape[0];
      cells.forEach((_, i) => scores.set(values.subarray(i * size, (i + 1) * size), i * total + start));
    });
    start += frame.shape[0];
  }
  return scores;
}

/** Multiplies a softmax by the kernel, in the log domain: squared distance from what each cell of the memory matches. */
function subtractDistances(
  scores: Float32Array,
  cell: number,
  matches: Int32Array,
  sigma: number,
  { width }: Grid,
): void {
  const [y, x] = [Math.floor(cell / width), cell % width];
  for (let p = 0; p < scores.length; p++) {
    const [dy, dx] = [Math.floor(matches[p] / width) - y, (matches[p] % width) - x];
    scores[p] -= (dy * dy + dx * dx) / (2 * sigma * sigma);
  }
}

/** Adds the softmax of some scores, of the best `topK` alone where that is given, divided by `count`. */
function addSoftmax(sum: Float64Array, scores: Float32Array, topK: number | undefined, count: number): void {
  let largest = -Infinity;
  for (const score of scores) if (score > largest) largest = score;
  const { least, room } = topK === undefined ? { least: -Infinity, room: 0 } : kthBest(scores, topK);
  let ties = 0;
  const chosen = (score: number) => score > least || (score === least && ties++ < room);
  const weights = Float64Array.from(scores, (score) => (chosen(score) ? Math.exp(score - largest) : 0));
  const norm = count * weights.reduce((a, b) => a + b, 0);
  for (let p = 0; p < weights.length; p++) sum[p] += weights[p] / norm;
}

/** The k-th best of some scores, and how many of that very score are among the best. */
function kthBest(scores: Float32Array, k: number): { least: number; room: number } {
  const best = new Float64Array(k).fill(-Infinity); // ascending
  for (const score of scores) {
    if (score <= best[0]) continue;
    let place = 0;
    for (; place + 1 < k && best[place + 1] < score; place++) best[place] = best[place + 1];
    best[place] = score;
  }
  return { least: best[0], room: best.filter((score) => score === best[0]).length };
}

/** The first of the largest. */
function largestOf(values: Float32Array | Float64Array): number {
  let place = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[place]) place = i;
  return place;
}

function gaussianAround(centre: number, sigma: number, { height, width }: Grid): Float32Array {
  return Float32Array.from({ length: height * width }, (_, cell) => {
    const [dy, dx] = [
      Math.floor(cell / width) - Math.floor(centre / width),
      (cell % width) - (centre % width),
    ];
    return Math.exp(-(dy * dy + dx * dx) / (2 * sigma * sigma));
  });
}

function joined<T extends Int32Array | Float32Array>(parts: readonly T[], create: (length: number) => T): T {
  const all = create(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    all.set(part, start);
    start += part.length;
  }
  return all;
}
