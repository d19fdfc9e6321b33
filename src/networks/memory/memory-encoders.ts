import * as tf from '@tensorflow/tfjs';
import { biasedConvolution } from '../../engine/kernels/biased-convolution.js';
import type { ParameterShapes, ParameterSource } from '../parameters.js';
import { resnet } from '../resnet.js';
import type { Trunk } from '../stage.js';
import type { MemoryTrunkName } from './memory-architecture.js';

/** Maps of an encoder: strides 4, 8 and 16, named as in STM's release. */
export interface EncoderMaps {
  r2: tf.Tensor4D;
  r3: tf.Tensor4D;
  r4: tf.Tensor4D;
}

/** A trunk to stride 16 under names of its own: `<name>.conv1.weight`, `<name>.res2.0.conv1.weight`, … */
export interface Encoder {
  shapes: ParameterShapes;
  /** Channels of r2, r3 and r4. */
  channels: readonly [number, number, number];
  /**
   * @param picture `[N, H, W, 3]`, normalised; sides multiples of 16
   * @param masks what the memory's encoder sees beside: this object and all others, each `[N, H, W, 1]`, 0–1
   */
  run(
    picture: tf.Tensor4D,
    parameters: ParameterSource,
    masks?: readonly [tf.Tensor4D, tf.Tensor4D],
  ): EncoderMaps;
}

/** Filters for the mask and for the masks of others, beside those for the picture (Oh et al. 2019, § 3.1). */
const MASK_FILTERS = ['conv1_m', 'conv1_o'] as const;

export function createMemoryTrunk(name: MemoryTrunkName): Trunk {
  return name === 'resnet18' ? resnet(name, 'basic', [2, 2, 2]) : resnet(name, 'bottleneck', [3, 4, 6]);
}

/** @param masked whether it sees masks beside the picture */
export function createEncoder(name: string, trunk: Trunk, masked: boolean): Encoder {
  const shapes = new Map([...trunk.shapes].map(([own, shape]) => [encoderName(name, own), shape]));
  if (masked) {
    const [height, width, , output] = trunk.shapes.get('conv1.weight')!;
    for (const filter of MASK_FILTERS) shapes.set(`${name}.${filter}.weight`, [height, width, 1, output]);
  }
  const [, ...layers] = trunk.stages;
  return {
    shapes,
    channels: layers.map(({ channels }) => channels) as [number, number, number],
    run(picture, parameters, masks) {
      const own: ParameterSource = { get: (inner) => parameters.get(encoderName(name, inner)) };
      let y = masks ? maskedStem(picture, masks, own) : trunk.stages[0].run(picture, own);
      const [r2, r3, r4] = layers.map((layer) => (y = layer.run(y, own)));
      return { r2, r3, r4 };
    },
  };
}

/** Three convolutions whose results are summed are one over all channels, with their filters joined. */
function maskedStem(
  picture: tf.Tensor4D,
  masks: readonly [tf.Tensor4D, tf.Tensor4D],
  parameters: ParameterSource,
): tf.Tensor4D {
  const filters = ['conv1', ...MASK_FILTERS].map(
    (name) => parameters.get(`${name}.weight`) as unknown as tf.Tensor4D,
  );
  const filter = tf.concat(filters, 2);
  const bias = parameters.get('conv1.bias') as unknown as tf.Tensor1D;
  const padding = (filter.shape[0] - 1) / 2;
  return biasedConvolution(tf.concat([picture, ...masks], 3), filter, bias, {
    stride: 2,
    padding,
    relu: true,
  });
}

/** STM's encoders call `layer1` … `layer3` of torchvision `res2` … `res4`, as He et al. 2016 number them. */
function encoderName(encoder: string, name: string): string {
  return `${encoder}.${name.replace(/^layer(\d)/, (_, layer: string) => `res${Number(layer) + 1}`)}`;
}
