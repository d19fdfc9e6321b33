/** The read of a space-time memory by the library's own operations, for every engine. */
import * as tf from '@tensorflow/tfjs';

/** Cells of a frame, as a grid. */
export interface Grid {
  height: number;
  width: number;
}

/** What is remembered of one frame. */
export interface MemoryBlock {
  /** `[cells, key]`. */
  keys: tf.Tensor2D;
  /** `[cells, values]`; several objects that share their keys stand side by side. */
  values: tf.Tensor2D;
}

/** How alike two keys are: their product (Oh et al. 2019), or minus their squared distance (Cheng et al. 2021). */
export type Similarity = 'product' | 'distance';

export interface ReadOptions {
  similarity: Similarity;
  /** Of the query's cells. */
  grid: Grid;
  /** σ of the kernel, in cells; none when left out (Seong et al. 2020, eq. 5–7). */
  sigma?: number;
  /** Cells of the memory that each cell of the query reads: its best, the first of equal ones; all when left out. */
  topK?: number;
  /** Bytes that the work on one block may take: larger frames are read in parts. `BLOCK_BYTES` when left out. */
  blockBytes?: number;
}

export const BLOCK_BYTES = 64 * 2 ** 20;

/** Arrays as large as a block's scores that are alive at once: for all of the memory, and for the best of it. */
const ARRAYS = { all: 3, best: 10 } as const;

/** What is kept from block to block. */
type Running = {
  /** Largest score of each cell of the query, `[cells, 1]`. */
  largest: tf.Tensor2D;
  /** Sum of the weights, `[cells, 1]`, and of the weighted values, `[cells, values]`, with `largest` as their unit. */
  sum: tf.Tensor2D;
  read: tf.Tensor2D;
  /** Cells of the memory that score as the last of the best does and are among them, `[cells, 1]`. */
  ties?: tf.Tensor2D;
};

/** Which cells of the memory are the best of each cell of the query; both `[cells, 1]`. */
interface Bound {
  least: tf.Tensor2D;
  /** How many of those that score `least` belong to them. */
  room: tf.Tensor2D;
}

/**
 * Each cell of the query gets the mean of all values, weighted by the softmax of how alike the keys are. Block after
 * block with running maximum and sum (Milakov & Gimelshein 2018), so that the scores never exist as a whole.
 *
 * @param query `[cells, key]`, row by row
 * @param blocks at least one
 * @returns `[cells, values]`
 */
export function readBlockwise(
  query: tf.Tensor2D,
  blocks: readonly MemoryBlock[],
  options: ReadOptions,
): tf.Tensor2D {
  return tf.tidy(() => {
    const scaled = queryPart(query, options.similarity);
    const bound = options.topK === undefined ? undefined : boundOf(scaled, blocks, options.topK, options);
    let running: Running | undefined;
    for (const part of partsOf(blocks, query.shape[0], options)) {
      const next = tf.tidy(() => readPart(scaled, part(), running, bound, options));
      if (running) tf.dispose(running);
      running = next;
    }
    return tf.div<tf.Tensor2D>(running!.read, running!.sum);
  });
}

function readPart(
  query: tf.Tensor2D,
  { keys, values }: MemoryBlock,
  before: Running | undefined,
  bound: Bound | undefined,
  options: ReadOptions,
): Running {
  const scores = kernelised(query, keys, options);
  const best = tf.max<tf.Tensor2D>(scores, 1, true);
  const largest = before ? tf.maximum<tf.Tensor2D>(before.largest, best) : best;
  let weights: tf.Tensor2D = tf.tidy(() => tf.exp<tf.Tensor2D>(tf.sub(scores, largest)));
  let ties: tf.Tensor2D | undefined;
  if (bound) {
    const chosen = choose(scores, bound, before?.ties);
    scores.dispose();
    ties = chosen.ties;
    weights = tf.mul<tf.Tensor2D>(weights, chosen.mask);
  }
  const sum = tf.sum<tf.Tensor2D>(weights, 1, true);
  const read = tf.matMul<tf.Tensor2D>(weights, values);
  if (!before) return { largest, sum, read, ties };
  const kept = tf.exp<tf.Tensor2D>(tf.sub(before.largest, largest));
  const joined = (old: tf.Tensor2D, own: tf.Tensor2D) => tf.add<tf.Tensor2D>(tf.mul(old, kept), own);
  return { largest, sum: joined(before.sum, sum), read: joined(before.read, read), ties };
}

/** 1 where a cell of the memory is among the best, and how many of equal score have been until now. */
function choose(
  scores: tf.Tensor2D,
  { least, room }: Bound,
  before: tf.Tensor2D | undefined,
): { mask: tf.Tensor2D; ties: tf.Tensor2D } {
  return tf.tidy(() => {
    const equal = tf.cast<tf.Tensor2D>(tf.equal(scores, least), 'float32');
    const count = tf.sum<tf.Tensor2D>(equal, 1, true);
    const ranks = before
      ? tf.add<tf.Tensor2D>(tf.cumsum(equal, 1), before)
      : tf.cumsum<tf.Tensor2D>(equal, 1);
    const tied = tf.mul(equal, tf.cast(tf.lessEqual(ranks, room), 'float32'));
    const mask = tf.add<tf.Tensor2D>(tied, tf.cast(tf.greater(scores, least), 'float32'));
    return { mask, ties: before ? tf.add<tf.Tensor2D>(before, count) : count };
  });
}

/** The k-th best score of each cell of the query over the whole memory. */
function boundOf(query: tf.Tensor2D, blocks: readonly MemoryBlock[], k: number, options: ReadOptions): Bound {
  let best: tf.Tensor2D | undefined;
  for (const part of partsOf(blocks, query.shape[0], options)) {
    const next = tf.tidy(() => {
      const scores = kernelised(query, part().keys, options);
      const all = best ? tf.concat([best, scores], 1) : scores;
      return tf.topk<tf.Tensor2D>(all, Math.min(k, all.shape[1])).values;
    });
    best?.dispose();
    best = next;
  }
  const least = tf.slice(best!, [0, best!.shape[1] - 1], [-1, 1]);
  const room = tf.sum<tf.Tensor2D>(tf.cast(tf.equal(best!, least), 'float32'), 1, true);
  return { least, room };
}

/**
 * Scores of one block, for each cell of the memory less by the squared distance from the cell of the query that it
 * resembles most (the first of equal ones): the kernel multiplies what the softmax makes of scores, so its logarithm
 * is added to them. The best cell is searched over the whole query, all of which every block sees.
 *
 * @param query as `queryPart` gives it
 */
function kernelised(query: tf.Tensor2D, keys: tf.Tensor2D, options: ReadOptions): tf.Tensor2D {
  return tf.tidy(() => {
    const scores = tf.matMul<tf.Tensor2D>(query, keysPart(keys, options.similarity), false, true);
    const { sigma, grid } = options;
    if (sigma === undefined) return scores;
    const distances = tf.tidy(() => squaredDistances(tf.argMax(scores, 0), grid, sigma));
    return tf.sub<tf.Tensor2D>(scores, distances);
  });
}

/** d² / 2σ² of every cell of a grid from some of them, `[cells, places]`. */
function squaredDistances(places: tf.Tensor1D, { height, width }: Grid, sigma: number): tf.Tensor2D {
  const cells = tf.cast(places, 'float32');
  const rows = tf.floor(tf.div(cells, width));
  const columns = tf.sub(cells, tf.mul(rows, width));
  const along = (size: number, target: tf.Tensor) =>
    tf.mul(
      tf.squaredDifference(tf.expandDims(tf.range(0, size), 1), tf.expandDims(target, 0)),
      0.5 / sigma ** 2,
    );
  const vertical = tf.expandDims(along(height, rows), 1);
  const horizontal = tf.expandDims(along(width, columns), 0);
  return tf.reshape(tf.add(vertical, horizontal), [height * width, places.shape[0]]);
}

/**
 * How alike all cells of query and memory are, `[…, cells, memory cells]`: a product, or minus a squared distance, over
 * √key (Oh et al. 2019, eq. 2). Has gradients.
 */
export function scoresOf<T extends tf.Tensor>(query: T, keys: T, similarity: Similarity): T {
  return tf.matMul<tf.Tensor>(queryPart(query, similarity), keysPart(keys, similarity), false, true) as T;
}

/**
 * What, multiplied with `keysPart`, gives scores. A distance is a product too: −|q − k|² is that of (2q, −|q|², 1) and
 * (k, 1, −|k|²), which leaves no work on arrays as large as the scores.
 */
function queryPart<T extends tf.Tensor>(query: T, similarity: Similarity): T {
  const scale = 1 / Math.sqrt(query.shape.at(-1)!);
  if (similarity === 'product') return tf.mul(query, scale);
  const square = tf.mul(tf.sum(tf.square(query), -1, true), -scale);
  return tf.concat([tf.mul(query, 2 * scale), square, tf.fill(square.shape, scale)], -1) as T;
}

function keysPart<T extends tf.Tensor>(keys: T, similarity: Similarity): T {
  if (similarity === 'product') return keys;
  const square = tf.neg(tf.sum(tf.square(keys), -1, true));
  return tf.concat([keys, tf.onesLike(square), square], -1) as T;
}

/** The memory in parts whose work takes no more than what is allowed; each is cut out when it is asked for. */
function* partsOf(
  blocks: readonly MemoryBlock[],
  cells: number,
  { topK, blockBytes = BLOCK_BYTES }: ReadOptions,
): Generator<() => MemoryBlock> {
  const arrays = topK === undefined ? ARRAYS.all : ARRAYS.best;
  const most = Math.max(1, Math.floor(blockBytes / (4 * cells * arrays)));
  for (const block of blocks) {
    const count = block.keys.shape[0];
    for (let from = 0; from < count; from += most) {
      const size = Math.min(most, count - from);
      const part = (x: tf.Tensor2D) => tf.slice(x, [from, 0], [size, -1]);
      yield () => (size === count ? block : { keys: part(block.keys), values: part(block.values) });
    }
  }
}
