/** The read of a space-time memory's best cells alone, without a number of it leaving the card. */
import * as tf from '@tensorflow/tfjs';
import { kernelised, partsOf, queryPart, type MemoryBlock, type ReadOptions } from './memory-scores.js';

/** Arrays as large as a block's scores that are alive at once; those of booleans count a quarter. */
const ARRAYS = 11;

type Running = {
  /** Cells so far that score as the last of the best, `[cells, 1]`. */
  seen: tf.Tensor2D;
  /** Sum of the weights, `[cells, 1]`, and of the weighted values, `[cells, values]`. */
  sum: tf.Tensor2D;
  read: tf.Tensor2D;
};

/**
 * What `readBest` gives, by the library's own operations: once over the memory to learn how well the last of the best
 * scores, and once more to read all cells that score better, and the first of those that score alike.
 */
export function readBestByOps(
  query: tf.Tensor2D,
  blocks: readonly MemoryBlock[],
  options: ReadOptions & { topK: number },
): tf.Tensor2D {
  const cells = query.shape[0];
  const parts = () => partsOf(blocks, cells, options, ARRAYS);
  return tf.tidy(() => {
    const scaled = queryPart(query, options.similarity);
    let best: tf.Tensor2D | undefined;
    for (const part of parts()) {
      const next: tf.Tensor2D = tf.tidy(() => {
        const scores = kernelised(scaled, part().keys, options);
        return largestOf(best ? tf.concat([best, scores], 1) : scores, options.topK);
      });
      best?.dispose();
      best = next;
    }
    const first = tf.max(best!, 1, true);
    const last = tf.min(best!, 1, true);
    // as many of the cells that score as the last are among the best
    const room = tf.sum(tf.cast(tf.equal(best!, last), 'float32'), 1, true);
    let running: Running = {
      seen: tf.zeros([cells, 1]),
      sum: tf.zeros([cells, 1]),
      read: tf.zeros([cells, blocks[0].values.shape[1]]),
    };
    for (const part of parts()) {
      const next = tf.tidy(() => {
        const { keys, values } = part();
        const scores = kernelised(scaled, keys, options);
        const equal = tf.equal(scores, last);
        const alike = tf.cast(equal, 'float32');
        const before = tf.add(tf.cumsum(alike, 1, true), running.seen);
        const chosen = tf.logicalOr(tf.greater(scores, last), tf.logicalAnd(equal, tf.less(before, room)));
        const weights = tf.mul<tf.Tensor2D>(
          tf.exp(tf.minimum(tf.sub(scores, first), 0)),
          tf.cast(chosen, 'float32'),
        );
        return {
          seen: tf.add<tf.Tensor2D>(running.seen, tf.sum(alike, 1, true)),
          sum: tf.add<tf.Tensor2D>(running.sum, tf.sum(weights, 1, true)),
          read: tf.add<tf.Tensor2D>(running.read, tf.matMul(weights, values)),
        };
      });
      tf.dispose(running);
      running = next;
    }
    return tf.div<tf.Tensor2D>(running.read, running.sum);
  });
}

/** The largest numbers of each row, in any order; all where they are no more. */
function largestOf(rows: tf.Tensor2D, count: number): tf.Tensor2D {
  return rows.shape[1] <= count ? tf.clone(rows) : tf.topk(rows, count, false).values;
}
