import type * as tf from '@tensorflow/tfjs';
import { weightedCrossEntropyKernel } from '../engine/kernels/weighted-cross-entropy.js';
import { VOID } from '../label-map.js';
import type { LossForm } from './loss-forms.js';

/**
 * Weight of each pixel in the class-balanced cross-entropy (Caelles et al. 2017, eq. 2), with P positives,
 * N negatives and T = P + N counted without void:
 *
 * - `sum`: N/T on positives, P/T on negatives, as in the released code;
 * - `mean`: the same divided by T;
 * - `balanced`: 1/2P and 1/2N, so that small objects learn as fast as large ones.
 *
 * Void pixels weigh nothing. Without positives or without negatives all weights are zero.
 *
 * @param labels `[H, W]`: 1 = object, 0 = background, 255 = void
 */
export function balancedWeights(labels: Uint8Array, form: LossForm): Float32Array {
  let positives = 0;
  let negatives = 0;
  for (const label of labels) {
    if (label === 1) positives++;
    else if (label === 0) negatives++;
  }
  const weights = new Float32Array(labels.length);
  if (positives === 0 || negatives === 0) return weights;
  const total = positives + negatives;
  const scale = form === 'sum' ? 1 : form === 'mean' ? 1 / total : total / (2 * positives * negatives);
  const positive = (scale * negatives) / total;
  const negative = (scale * positives) / total;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 1) weights[i] = positive;
    else if (labels[i] !== VOID) weights[i] = negative;
  }
  return weights;
}

/**
 * Σ w · l(z, y) with l = max(z, 0) − z·y + log(1 + e^−|z|), finite for any logit. Its gradient w · (σ(z) − y) is
 * given explicitly: differentiating through max and |z| is wrong at z = 0, where every untrained logit is.
 *
 * @param logits z, any shape
 * @param labels y in {0, 1}, same shape
 * @param weights w, same shape
 */
export function weightedCrossEntropy(logits: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor): tf.Scalar {
  return weightedCrossEntropyKernel(logits, labels, weights);
}
