import * as tf from '@tensorflow/tfjs';
import type { MemoryKeys } from './memory-architecture.js';

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

export interface MemoryReadOptions {
  /** Image keys are compared by distance, masked ones by product. */
  keys: MemoryKeys;
  /** Of the query's cells. */
  grid: Grid;
  /** σ of the kernel, in cells; none when left out (Seong et al. 2020, eq. 5–7). */
  sigma?: number;
  /** Cells of the memory that each cell of the query reads: its best; all when left out. */
  topK?: number;
}

/** Bytes that the affinities of one block may take: larger frames are read in parts. */
const BLOCK_BYTES = 64 * 2 ** 20;

/**
 * Reads a space-time memory: each cell of the query gets the mean of all values, weighted by the softmax of how alike
 * the keys are (Oh et al. 2019, eq. 1–2). Frame after frame with running maximum and sum (Milakov & Gimelshein 2018),
 * so that the affinities of query and memory never exist as a whole: at most 64 MB of them, whatever the clip's length.
 *
 * @param query `[cells, key]`, row by row
 * @returns `[cells, values]`
 */
export function readMemory(
  query: tf.Tensor2D,
  blocks: readonly MemoryBlock[],
  options: MemoryReadOptions,
): tf.Tensor2D {
  return tf.tidy(() => {
    const parts = blocks.flatMap((block) => splitBlock(block, query.shape[0], options));
    const least = options.topK === undefined ? undefined : kthBest(query, parts, options.topK, options);
    let [largest, sum, read]: (tf.Tensor2D | undefined)[] = [];
    for (const { keys, values } of parts) {
      [largest, sum, read] = tf.tidy(() => {
        const scores = kernelised(query, keys, options);
        const best = tf.max<tf.Tensor2D>(scores, 1, true);
        const next = largest ? tf.maximum<tf.Tensor2D>(largest, best) : best;
        let weights = tf.exp<tf.Tensor2D>(tf.sub(scores, next));
        if (least) weights = tf.mul(weights, tf.cast(tf.greaterEqual(scores, least), 'float32'));
        const own = tf.sum<tf.Tensor2D>(weights, 1, true);
        const found = tf.matMul(weights, values);
        if (!largest) return [next, own, found];
        const kept = tf.exp<tf.Tensor2D>(tf.sub(largest, next));
        return [next, tf.add(tf.mul(sum!, kept), own), tf.add(tf.mul(read!, kept), found)] as tf.Tensor2D[];
      }) as tf.Tensor2D[];
    }
    return tf.div(read!, sum!);
  });
}

/**
 * Affinities as training needs them, all at once and without a kernel, whose maximum has no gradient.
 *
 * @param query `[N, cells, key]`
 * @param keys `[N, memory cells, key]`
 * @returns weights `[N, cells, memory cells]`, each row of sum 1
 */
export function memoryAffinity(query: tf.Tensor3D, keys: tf.Tensor3D, form: MemoryKeys): tf.Tensor3D {
  return tf.softmax(scoresOf(query, keys, form), -1);
}

/** How alike cells of query and memory are, `[…, cells, memory cells]`: a product, or minus a squared distance, over √key. */
export function scoresOf<T extends tf.Tensor>(query: T, keys: T, form: MemoryKeys): T {
  const scale = 1 / Math.sqrt(query.shape.at(-1)!);
  const products = tf.matMul<tf.Tensor>(query, keys, false, true);
  if (form === 'masked') return tf.mul(products, scale);
  const ofQuery = tf.sum(tf.square(query), -1, true);
  const ofKeys = tf.expandDims(tf.sum(tf.square(keys), -1), -2);
  return tf.mul(tf.sub(tf.sub(tf.mul(products, 2), ofKeys), ofQuery), scale);
}

/**
 * Scores of one block, for each cell of the memory less by the squared distance from the cell of the query that it
 * resembles most (the first of equal ones): the kernel multiplies what the softmax makes of scores, so its logarithm
 * is added to them. The best cell is searched over the whole query, all of which every block sees.
 */
export function kernelised(query: tf.Tensor2D, keys: tf.Tensor2D, options: MemoryReadOptions): tf.Tensor2D {
  const scores = scoresOf(query, keys, options.keys);
  const { sigma, grid } = options;
  return sigma === undefined ? scores : tf.sub(scores, distances(bestCells(scores), grid, sigma));
}

/** For each cell of the memory the cell of the query that resembles it most. */
export function bestCells(scores: tf.Tensor2D): tf.Tensor1D {
  return tf.argMax(scores, 0);
}

/** d² / 2σ² of every cell of a grid from some of them, `[cells, places]`. */
function distances(places: tf.Tensor1D, { height, width }: Grid, sigma: number): tf.Tensor2D {
  const rows = tf.cast(tf.floor(tf.div(tf.cast(places, 'float32'), width)), 'float32');
  const columns = tf.sub(tf.cast(places, 'float32'), tf.mul(rows, width));
  const along = (size: number, target: tf.Tensor) =>
    tf.square(tf.sub(tf.expandDims(tf.range(0, size), 1), tf.expandDims(target, 0)));
  const vertical = tf.expandDims(along(height, rows), 1);
  const horizontal = tf.expandDims(along(width, columns), 0);
  const squares = tf.reshape<tf.Rank.R2>(tf.add(vertical, horizontal), [height * width, places.shape[0]]);
  return tf.mul(squares, 1 / (2 * sigma * sigma));
}

/** The k-th best score of each cell of the query over the whole memory, `[cells, 1]`. */
function kthBest(
  query: tf.Tensor2D,
  blocks: readonly MemoryBlock[],
  k: number,
  options: MemoryReadOptions,
): tf.Tensor2D {
  let best: tf.Tensor2D | undefined;
  for (const { keys } of blocks) {
    best = tf.tidy(() => {
      const scores = kernelised(query, keys, options);
      const all = best ? tf.concat([best, scores], 1) : scores;
      return tf.topk<tf.Tensor2D>(all, Math.min(k, all.shape[1])).values;
    });
  }
  return tf.slice(best!, [0, best!.shape[1] - 1], [-1, 1]);
}

function splitBlock(block: MemoryBlock, cells: number, { sigma }: MemoryReadOptions): MemoryBlock[] {
  // the kernel's own array is as large as the scores
  const arrays = sigma === undefined ? 1 : 2;
  const most = Math.max(1, Math.floor(BLOCK_BYTES / (4 * cells * arrays)));
  const count = block.keys.shape[0];
  if (count <= most) return [block];
  return Array.from({ length: Math.ceil(count / most) }, (_, i) => {
    const size = Math.min(most, count - i * most);
    const part = (x: tf.Tensor2D) => tf.slice(x, [i * most, 0], [size, -1]);
    return { keys: part(block.keys), values: part(block.values) };
  });
}
