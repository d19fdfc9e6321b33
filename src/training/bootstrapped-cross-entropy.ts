import * as tf from '@tensorflow/tfjs';
import { bootstrappedCrossEntropyKernel } from '../engine/kernels/bootstrapped-cross-entropy.js';

/**
 * Cross-entropy of classes, of each picture's hardest pixels only (Wu et al. 2016; in the memory networks' training:
 * Cheng et al. 2021). Void pixels have no loss. `registerKernels` must have run.
 *
 * @param logits `[N, pixels, classes]`, up to a constant in each pixel
 * @param labels `[N, pixels, classes]`: 1 at the pixel's class; 0 everywhere for void
 * @param share of the pixels that count, (0, 1]
 */
export function bootstrappedCrossEntropy(logits: tf.Tensor3D, labels: tf.Tensor3D, share: number): tf.Scalar {
  const pixels = logits.shape[1];
  const count = share >= 1 ? 0 : Math.max(1, Math.round(share * pixels));
  return bootstrappedCrossEntropyKernel(logits, labels, count);
}
