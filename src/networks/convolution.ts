import * as tf from '@tensorflow/tfjs';
import { biasedConvolution } from '../engine/kernels/biased-convolution.js';
import type { ParameterSource } from './parameters.js';

export interface ConvolutionOptions {
  stride?: number;
  /** Added before the ReLU; `[N, ⌈H/stride⌉, ⌈W/stride⌉, Cout]`. */
  residual?: tf.Tensor4D;
  relu?: boolean;
}

/**
 * Convolution with bias, padded by (k − 1)/2 on both sides as PyTorch and Caffe do; TensorFlow's own 'same' padding
 * differs from that at stride 2.
 *
 * @param x `[N, H, W, Cin]`
 * @param name parameters `<name>.weight` `[k, k, Cin, Cout]` and `<name>.bias` `[Cout]`
 * @returns `[N, ⌈H/stride⌉, ⌈W/stride⌉, Cout]`
 */
export function convolve(
  x: tf.Tensor4D,
  parameters: ParameterSource,
  name: string,
  options: ConvolutionOptions = {},
): tf.Tensor4D {
  const filter = parameters.get(`${name}.weight`) as unknown as tf.Tensor4D;
  const bias = parameters.get(`${name}.bias`) as unknown as tf.Tensor1D;
  return biasedConvolution(x, filter, bias, { ...options, padding: (filter.shape[0] - 1) / 2 });
}

/** Zeros on all four sides. */
export function pad(x: tf.Tensor4D, border: number): tf.Tensor4D {
  return tf.pad(x, [[0, 0], [border, border], [border, border], [0, 0]]); // prettier-ignore
}
