import * as tf from '@tensorflow/tfjs';
import type { TrunkInput } from '../weights/trunk-inputs.js';

/**
 * Pictures as a trunk wants them: `[N, height, width, 3]`, in its channel order and range, minus its mean, over its
 * deviation.
 *
 * @param pictures RGB 0–255, each `[height, width, 3]`
 */
export function toInput(
  pictures: readonly Uint8Array[],
  height: number,
  width: number,
  input: TrunkInput,
): tf.Tensor4D {
  const size = height * width * 3;
  const data = new Float32Array(pictures.length * size);
  const source = input.order === 'RGB' ? [0, 1, 2] : [2, 1, 0];
  // (v · range/255 − mean) / std as one multiplication and one addition
  const gain = input.std.map((std) => input.range / 255 / std);
  const bias = input.mean.map((mean, k) => -mean / input.std[k]);
  pictures.forEach((rgb, n) => {
    for (let i = 0; i < size; i += 3) {
      for (let k = 0; k < 3; k++) data[n * size + i + k] = rgb[i + source[k]] * gain[k] + bias[k];
    }
  });
  return tf.tensor4d(data, [pictures.length, height, width, 3]);
}
