import * as tf from '@tensorflow/tfjs';
import { OsvosNetwork, osvosShapes } from '../../src/networks/osvos-network.js';
import { sideOutputHeads } from '../../src/networks/side-output-heads.js';
import { Parameters } from '../../src/networks/parameters.js';
import type { CropRule } from '../../src/networks/crop-rules.js';
import { vgg } from '../../src/networks/vgg.js';
import type { Weights } from '../../src/weights/weights.js';

/** The tiny network of the golden tables: one convolution a stage, three side channels, an 11×13 picture. */
export const HEIGHT = 11;
export const WIDTH = 13;

const STAGE_CHANNELS = [4, 5, 6, 7, 8];
const SIDE_CHANNELS = 3;

/** Element k of a tensor flattened row-major is a · sin(k·φ + ψ). */
function wave(shape: number[], a: number, phi: number, psi: number) {
  const size = shape.reduce((x, y) => x * y, 1);
  return {
    dtype: 'F32' as const,
    shape,
    data: Float32Array.from({ length: size }, (_, k) => a * Math.sin(k * phi + psi)),
  };
}

export function tinyWeights(): Weights {
  const weights: Weights = new Map();
  let input = 3;
  STAGE_CHANNELS.forEach((output, i) => {
    const s = i + 1;
    weights.set(`stage${s}.conv1.weight`, wave([3, 3, input, output], 0.4, 0.7, 0.1 * s));
    weights.set(`stage${s}.conv1.bias`, wave([output], 0.05, 1.3, 0.2 * s));
    input = output;
    if (s === 1) return;
    weights.set(`side.${s - 2}.weight`, wave([3, 3, output, SIDE_CHANNELS], 0.3, 0.9, 0.3 * s));
    weights.set(`side.${s - 2}.bias`, wave([SIDE_CHANNELS], 0.05, 1.1, 0.1 * s));
    weights.set(`score.${s - 2}.weight`, wave([1, 1, SIDE_CHANNELS, 1], 0.5, 1.7, 0.2 * s));
    weights.set(`score.${s - 2}.bias`, {
      dtype: 'F32',
      shape: [1],
      data: Float32Array.of(0.1 * Math.sin(0.5 * s)),
    });
  });
  weights.set('fuse.weight', wave([1, 1, 4 * SIDE_CHANNELS, 1], 0.5, 1.9, 0.4));
  weights.set('fuse.bias', { dtype: 'F32', shape: [1], data: Float32Array.of(0.03) });
  return weights;
}

export function tinyNetwork(crop: CropRule): OsvosNetwork {
  const trunk = vgg('tiny', STAGE_CHANNELS.map((channels) => [channels])); // prettier-ignore
  const heads = sideOutputHeads(trunk, crop, SIDE_CHANNELS);
  const parameters = Parameters.from(tinyWeights(), osvosShapes(trunk, heads), 'tiny');
  return new OsvosNetwork(trunk, heads, parameters);
}

/** x[y, x, c] = sin(.3y + .5x + c). */
export function tinyPicture(height = HEIGHT, width = WIDTH): tf.Tensor4D {
  return tf.tensor4d(
    Float32Array.from({ length: height * width * 3 }, (_, i) => {
      const pixel = Math.floor(i / 3);
      return Math.sin(0.3 * Math.floor(pixel / width) + 0.5 * (pixel % width) + (i % 3));
    }),
    [1, height, width, 3],
  );
}

/** 1 where (y − 5)² + (x − 6)² ≤ 9: 29 pixels. */
export function tinyLabels(): Uint8Array {
  return Uint8Array.from({ length: HEIGHT * WIDTH }, (_, i) =>
    (Math.floor(i / WIDTH) - 5) ** 2 + ((i % WIDTH) - 6) ** 2 <= 9 ? 1 : 0,
  );
}
