import * as tf from '@tensorflow/tfjs';
import { engineNames } from '../engine.js';
import { addKernel, replaceGradient } from './replace-kernel.js';

/** Kernels of our own: the loss, and its gradient with respect to the logits. */
export const CROSS_ENTROPY = 'WeightedCrossEntropy';
export const CROSS_ENTROPY_GRADIENT = 'WeightedCrossEntropyGradient';

/**
 * Σ w · l(z, y) with l = max(z, 0) − z·y + log(1 + e^−|z|). `registerKernels` must have run.
 *
 * @param logits z, any shape
 * @param labels y in {0, 1}, same shape
 * @param weights w, same shape
 */
export function weightedCrossEntropyKernel(
  logits: tf.Tensor,
  labels: tf.Tensor,
  weights: tf.Tensor,
): tf.Scalar {
  return tf.engine().runKernel(CROSS_ENTROPY, { logits, labels, weights });
}

export function registerWeightedCrossEntropy(): void {
  for (const engine of engineNames) {
    addKernel(CROSS_ENTROPY, engine, ({ inputs }) => {
      const { logits: z, labels, weights } = inputs as Record<string, tf.Tensor>;
      return tf.tidy(() => {
        const exponent = tf.log1p(tf.exp(tf.neg(tf.abs(z))));
        return tf.sum(tf.mul(weights, tf.add(tf.sub(tf.relu(z), tf.mul(z, labels)), exponent)));
      });
    });
    addKernel(CROSS_ENTROPY_GRADIENT, engine, ({ inputs }) => {
      const { logits, labels, weights, factor } = inputs as Record<string, tf.Tensor>;
      return tf.tidy(() => tf.mul(factor, tf.mul(weights, tf.sub(tf.sigmoid(logits), labels))));
    });
  }
  replaceGradient({
    kernelName: CROSS_ENTROPY,
    inputsToSave: ['logits', 'labels', 'weights'],
    gradFunc: (dy, [logits, labels, weights]) => ({
      logits: () =>
        tf.engine().runKernel(CROSS_ENTROPY_GRADIENT, { logits, labels, weights, factor: dy as tf.Tensor }),
    }),
  });
}
