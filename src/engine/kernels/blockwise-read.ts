/** The read of a space-time memory by the library's own operations, for every engine. */
import * as tf from '@tensorflow/tfjs';
import { readBestByOps } from './best-read-by-ops.js';
import { readBest } from './best-read.js';
import { kernelised, partsOf, queryPart, type MemoryBlock, type ReadOptions } from './memory-scores.js';

/** What is kept from block to block. */
type Running = {
  /** Largest score of each cell of the query, `[cells, 1]`. */
  largest: tf.Tensor2D;
  /** Sum of the weights, `[cells, 1]`, and of the weighted values, `[cells, values]`, with `largest` as their unit. */
  sum: tf.Tensor2D;
  read: tf.Tensor2D;
};

/**
 * Each cell of the query gets the mean of all values, or of the best, weighted by the softmax of how alike the keys
 * are. Block after block with running maximum and sum (Milakov & Gimelshein 2018), so that the scores never exist as a
 * whole.
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
  const { topK } = options;
  if (topK !== undefined) {
    // a card's scores can be read only later, and this is wanted now
    const best = tf.getBackend() === 'webgpu' ? readBestByOps : readBest;
    return best(query, blocks, { ...options, topK });
  }
  return tf.tidy(() => {
    const scaled = queryPart(query, options.similarity);
    let running: Running | undefined;
    for (const part of partsOf(blocks, query.shape[0], options)) {
      const next = tf.tidy(() => readPart(scaled, part(), running, options));
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
  options: ReadOptions,
): Running {
  const scores = kernelised(query, keys, options);
  const best = tf.max<tf.Tensor2D>(scores, 1, true);
  const largest = before ? tf.maximum<tf.Tensor2D>(before.largest, best) : best;
  const weights: tf.Tensor2D = tf.tidy(() => tf.exp<tf.Tensor2D>(tf.sub(scores, largest)));
  const sum = tf.sum<tf.Tensor2D>(weights, 1, true);
  const read = tf.matMul<tf.Tensor2D>(weights, values);
  if (!before) return { largest, sum, read };
  const kept = tf.exp<tf.Tensor2D>(tf.sub(before.largest, largest));
  const joined = (old: tf.Tensor2D, own: tf.Tensor2D) => tf.add<tf.Tensor2D>(tf.mul(old, kept), own);
  return { largest, sum: joined(before.sum, sum), read: joined(before.read, read) };
}
