/** How alike cells of a query and of a memory are: what every form of the read begins with. */
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

/** Arrays as large as a block's scores that are alive at once, where a caller does not count its own. */
const ARRAYS = 4;

/**
 * Scores of one block, for each cell of the memory less by the squared distance from the cell of the query that it
 * resembles most (the first of equal ones): the kernel multiplies what the softmax makes of scores, so its logarithm
 * is added to them. The best cell is searched over the whole query, all of which every block sees.
 *
 * @param query as `queryPart` gives it
 */
export function kernelised(query: tf.Tensor2D, keys: tf.Tensor2D, options: ReadOptions): tf.Tensor2D {
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
export function queryPart<T extends tf.Tensor>(query: T, similarity: Similarity): T {
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
export function* partsOf(
  blocks: readonly MemoryBlock[],
  cells: number,
  { blockBytes = BLOCK_BYTES }: ReadOptions,
  arrays = ARRAYS,
): Generator<() => MemoryBlock> {
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
