import * as tf from '@tensorflow/tfjs';
import { engineNames } from '../engine.js';
import { addKernel, replaceGradient } from './replace-kernel.js';

/** Kernel of our own: the loss, and with it its gradient with respect to the logits, which costs little more. */
export const BOOTSTRAPPED_CROSS_ENTROPY = 'BootstrappedCrossEntropy';

interface Attributes extends tf.NamedAttrMap {
  /** Pixels of each picture that count, the hardest, with all that are as hard as the last; 0: all that are known. */
  count: number;
}

/**
 * Mean over the pictures of the mean cross-entropy of each picture's hardest pixels; where all count, the mean over all
 * known pixels. `registerKernels` must have run.
 *
 * @param logits `[N, pixels, classes]`
 * @param labels `[N, pixels, classes]`: 1 at the pixel's class; 0 everywhere for void
 * @param count of the pixels that count, or 0 for all
 */
export function bootstrappedCrossEntropyKernel(
  logits: tf.Tensor3D,
  labels: tf.Tensor3D,
  count: number,
): tf.Scalar {
  const attributes: Attributes = { count };
  const results: unknown = tf.engine().runKernel(BOOTSTRAPPED_CROSS_ENTROPY, { logits, labels }, attributes);
  const [loss, slope] = results as [tf.Scalar, tf.Tensor3D];
  slope.dispose(); // where a gradient is wanted it is kept for that
  return loss;
}

export function registerBootstrappedCrossEntropy(): void {
  for (const engine of engineNames) {
    addKernel(BOOTSTRAPPED_CROSS_ENTROPY, engine, ({ inputs, attrs }) => {
      const { logits, labels } = inputs as unknown as Record<string, tf.Tensor3D>;
      return lossAndSlope(logits, labels, (attrs as Attributes).count);
    });
  }
  replaceGradient({
    kernelName: BOOTSTRAPPED_CROSS_ENTROPY,
    outputsToSave: [false, true],
    gradFunc: (dy, [slope]) => ({ logits: () => tf.mul((dy as tf.Tensor[])[0], slope) }),
  });
}

function lossAndSlope(logits: tf.Tensor3D, labels: tf.Tensor3D, count: number): tf.Tensor[] {
  return tf.tidy(() => {
    const logs = tf.logSoftmax(logits, -1);
    const losses = tf.neg<tf.Tensor2D>(tf.sum(tf.mul(logs, labels), -1));
    const weights = weightsOf(losses, tf.sum(labels, -1), count);
    const loss = tf.sum(tf.mul(losses, weights));
    return [loss, tf.mul(tf.sub(tf.exp(logs), labels), tf.expandDims(weights, -1))];
  });
}

/** Weights of sum 1: alike for the hardest of all known pixels of each picture. */
function weightsOf(losses: tf.Tensor2D, known: tf.Tensor2D, count: number): tf.Tensor2D {
  if (count === 0) return tf.div(known, tf.maximum(1, tf.sum(known)));
  const { values } = tf.topk(losses, count);
  const least = tf.slice(values, [0, count - 1], [-1, 1]);
  const chosen = tf.mul(known, tf.cast(tf.greaterEqual(losses, least), 'float32'));
  return tf.div(chosen, tf.mul(losses.shape[0], tf.maximum(1, tf.sum(chosen, 1, true))));
}
