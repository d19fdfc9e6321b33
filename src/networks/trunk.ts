import type * as tf from '@tensorflow/tfjs';
import type { TrunkName } from './trunk-names.js';
import type { Parameters, ParameterShapes } from './parameters.js';
import { resnet } from './resnet.js';
import { vgg } from './vgg.js';

/** A stretch of a trunk between two changes of stride. */
export interface Stage {
  /** Pixels of the input per cell of the output. */
  stride: number;
  channels: number;
  /** Whether a side output hangs on it. */
  side: boolean;
  /** `[N, H, W, C]` of the stage before (or the normalised picture) → `[N, h, w, channels]`. */
  run(x: tf.Tensor4D, parameters: Parameters): tf.Tensor4D;
  /** Names of the parameters that `run` uses. */
  names: readonly string[];
}

/** A feature extractor: stages from fine to coarse, sides at strides 2, 4, 8 and 16. */
export interface Trunk {
  name: string;
  stages: readonly Stage[];
  shapes: ParameterShapes;
}

/** The trunks of `trunkNames`, without their numbers. */
export function createTrunk(name: TrunkName): Trunk {
  switch (name) {
    case 'vgg16':
      return vgg(name, [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]]); // prettier-ignore
    case 'vgg19-slim':
      return vgg(name, [[16, 16], [32, 32], [64, 64, 64, 64], [128, 128, 128, 128], [128]]); // prettier-ignore
    case 'resnet18':
      return resnet(name, 'basic', [2, 2, 2]);
    case 'resnet50-v1':
      return resnet(name, 'bottleneck', [3, 4, 6]);
  }
}
