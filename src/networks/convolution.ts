import * as tf from '@tensorflow/tfjs';
import type { Parameters } from './parameters.js';

export interface ConvolutionOptions {
  stride?: number;
  relu?: boolean;
}

/**
 * Convolution with bias, padded by (k − 1)/2 on both sides as PyTorch and Caffe do, and ReLU where asked for.
 * TensorFlow's own 'same' padding differs from that at stride 2, hence the explicit padding.
 *
 * @param x `[N, H, W, Cin]`
 * @param name parameters `<name>.weight` `[k, k, Cin, Cout]` and `<name>.bias` `[Cout]`
 * @returns `[N, ⌈H/stride⌉, ⌈W/stride⌉, Cout]`
 */
export function convolve(
  x: tf.Tensor4D,
  parameters: Parameters,
  name: string,
  { stride = 1, relu = false }: ConvolutionOptions = {},
): tf.Tensor4D {
  const filter = parameters.get(`${name}.weight`) as unknown as tf.Tensor4D;
  const bias = parameters.get(`${name}.bias`) as unknown as tf.Tensor1D;
  const border = (filter.shape[0] - 1) / 2;
  const padded = stride > 1 && border > 0 ? pad(x, border) : x;
  const y = tf.conv2d(padded, filter, stride, padded === x && stride === 1 ? 'same' : 'valid');
  const z = tf.add<tf.Tensor4D>(y, bias);
  return relu ? tf.relu(z) : z;
}

/** Zeros on all four sides. */
export function pad(x: tf.Tensor4D, border: number): tf.Tensor4D {
  return tf.pad(x, [[0, 0], [border, border], [border, border], [0, 0]]); // prettier-ignore
}
