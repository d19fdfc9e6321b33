import * as tf from '@tensorflow/tfjs';

/**
 * Cross-entropy of classes, of each picture's hardest pixels only (Wu et al. 2016; in the memory networks' training:
 * Cheng et al. 2021). Void pixels have no loss.
 *
 * @param logits `[N, pixels, classes]`, up to a constant in each pixel
 * @param labels `[N, pixels, classes]`: 1 at the pixel's class; 0 everywhere for void
 * @param share of the pixels that count, (0, 1]
 */
export function bootstrappedCrossEntropy(logits: tf.Tensor3D, labels: tf.Tensor3D, share: number): tf.Scalar {
  const losses = tf.neg<tf.Tensor2D>(tf.sum(tf.mul(tf.logSoftmax(logits, -1), labels), -1));
  const weights = constant((x) => hardest(x, labels, share), losses);
  return tf.sum(tf.mul(losses, weights));
}

/** Weights of sum 1: alike for the hardest of all known pixels of each picture. */
function hardest(losses: tf.Tensor2D, labels: tf.Tensor3D, share: number): tf.Tensor2D {
  const [pictures, pixels] = losses.shape;
  const known = tf.sum<tf.Tensor2D>(labels, -1);
  if (share >= 1) return tf.div(known, tf.maximum(1, tf.sum(known)));
  const count = Math.max(1, Math.round(share * pixels));
  const { values } = tf.topk(losses, count);
  const least = tf.slice(values, [0, count - 1], [-1, 1]);
  const chosen = tf.mul(known, tf.cast(tf.greaterEqual(losses, least), 'float32'));
  return tf.div(chosen, tf.mul(pictures, tf.maximum(1, tf.sum(chosen, 1, true))));
}

/** A function of a tensor through which no gradient flows. */
function constant<T extends tf.Tensor>(compute: (x: T) => T, x: T): T {
  const detached = tf.customGrad((input) => ({
    value: compute(input as T),
    gradFunc: (dy) => tf.zerosLike(dy),
  }));
  return detached(x) as T;
}
