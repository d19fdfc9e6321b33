import * as tf from '@tensorflow/tfjs';
import type { Sample } from '../datasets/sample.js';
import { toInput } from '../networks/input.js';
import type { LossForm } from './loss-forms.js';
import { balancedWeights } from './losses.js';
import type { TrunkInput } from '../weights/trunk-inputs.js';

/** Samples of one size as tensors. */
export interface Batch {
  /** `[N, H, W, 3]`, normalised for the trunk. */
  input: tf.Tensor4D;
  /** `[N, H, W]` in {0, 1}. */
  labels: tf.Tensor3D;
  /** `[N, H, W]`: weights of the class-balanced loss, divided by N. */
  weights: tf.Tensor3D;
}

/**
 * Positives and negatives are counted picture by picture, as in the Caffe release. Call it inside the function
 * that is differentiated: its tensors then end with the gradients.
 */
export function toBatch(samples: readonly Sample[], input: TrunkInput, form: LossForm): Batch {
  const { width, height } = samples[0];
  const pixels = width * height;
  const shape: [number, number, number] = [samples.length, height, width];
  const labels = new Float32Array(samples.length * pixels);
  const weights = new Float32Array(samples.length * pixels);
  samples.forEach((sample, n) => {
    const own = balancedWeights(sample.labels, form);
    for (let i = 0; i < pixels; i++) {
      labels[n * pixels + i] = sample.labels[i] === 1 ? 1 : 0;
      weights[n * pixels + i] = own[i] / samples.length;
    }
  });
  return {
    input: toInput(samples.map((sample) => sample.rgb), height, width, input), // prettier-ignore
    labels: tf.tensor3d(labels, shape),
    weights: tf.tensor3d(weights, shape),
  };
}
