import * as tf from '@tensorflow/tfjs';
import type { Random } from '../random.js';
import type { WeightTensor, Weights } from '../weights/weights.js';
import { convolve } from './convolution.js';
import { Parameters, type ParameterShapes } from './parameters.js';
import type { Trunk } from './stage.js';
import { createTrunk } from './trunk.js';
import type { TrunkName } from './trunk-names.js';
import type { CropRule } from './crop-rules.js';
import { Upsampling } from './upsampling.js';

/** Channels of a side branch (Caelles et al. 2017). */
const SIDE_CHANNELS = 16;

export interface OsvosNetworkOptions {
  trunk: TrunkName;
  crop: CropRule;
}

/** Logits at the picture's size, `[N, H, W]`. */
export interface OsvosLogits {
  fused: tf.Tensor3D;
  /** One per side branch, fine to coarse; only where asked for. */
  sides: tf.Tensor3D[];
}

/** Shapes of the trunk's and the heads' parameters: `side.<k>`, `score.<k>`, `fuse`. */
export function osvosShapes(trunk: Trunk, sideChannels = SIDE_CHANNELS): ParameterShapes {
  return new Map([...trunk.shapes, ...headShapes(trunk, sideChannels)]);
}

function sidesOf(trunk: Trunk) {
  return trunk.stages.filter((stage) => stage.side);
}

function headShapes(trunk: Trunk, sideChannels: number): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  const sides = sidesOf(trunk);
  sides.forEach((stage, k) => {
    shapes.set(`side.${k}.weight`, [3, 3, stage.channels, sideChannels]);
    shapes.set(`side.${k}.bias`, [sideChannels]);
    shapes.set(`score.${k}.weight`, [1, 1, sideChannels, 1]);
    shapes.set(`score.${k}.bias`, [1]);
  });
  shapes.set('fuse.weight', [1, 1, sideChannels * sides.length, 1]);
  shapes.set('fuse.bias', [1]);
  return shapes;
}

/**
 * Untrained heads. Side branches start at He et al.'s scale, scores and fuse near zero, so that every
 * probability starts near one half and the balanced loss needs no prior.
 */
export function initialHeads(trunk: Trunk, random: Random): Weights {
  const scoreDeviation = 0.01;
  const weights: Weights = new Map();
  for (const [name, shape] of headShapes(trunk, SIDE_CHANNELS)) {
    const size = shape.reduce((a, b) => a * b, 1);
    const fanIn = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const deviation = name.endsWith('.bias')
      ? 0
      : name.startsWith('side.')
        ? Math.sqrt(1 / fanIn)
        : scoreDeviation;
    const tensor: WeightTensor = {
      dtype: 'F32',
      shape,
      data: Float32Array.from({ length: size }, () => deviation * random.normal()),
    };
    weights.set(name, tensor);
  }
  return weights;
}

/**
 * The fully convolutional network of OSVOS: a trunk with side branches at strides 2, 4, 8 and 16, whose
 * 16-channel maps are fused at full size (Caelles et al. 2017, § 3). Since fuse is linear and the upsampling the
 * same for each channel, each 16→1 slice of fuse is applied before it: same numbers, a fraction of the memory.
 * Lives until `dispose`.
 */
export class OsvosNetwork {
  private readonly upsampling: Upsampling;

  constructor(
    readonly trunk: Trunk,
    readonly parameters: Parameters,
    crop: CropRule,
  ) {
    this.upsampling = new Upsampling(crop);
  }

  /** Throws `weights-unfit` naming `source`. */
  static from(weights: Weights, options: OsvosNetworkOptions, source: string): OsvosNetwork {
    const trunk = createTrunk(options.trunk);
    return new OsvosNetwork(trunk, Parameters.from(weights, osvosShapes(trunk), source), options.crop);
  }

  /** Names of the parameters of stages 1 … `count`, which stay as they are when these are frozen. */
  frozenNames(count: number): Set<string> {
    return new Set(this.trunk.stages.slice(0, count).flatMap((stage) => stage.names));
  }

  /**
   * Runs the stages from `first` (0 = the picture) and gives the output of each.
   *
   * @param x `[N, H, W, 3]` normalised for the trunk, or the output of stage `first` − 1
   */
  features(x: tf.Tensor4D, first = 0, last = this.trunk.stages.length): tf.Tensor4D[] {
    const maps: tf.Tensor4D[] = [];
    let y = x;
    for (const stage of this.trunk.stages.slice(first, last)) maps.push((y = stage.run(y, this.parameters)));
    return maps;
  }

  /**
   * @param maps output of every stage
   * @param withSides side logits are needed for deep supervision only
   */
  heads(maps: readonly tf.Tensor4D[], height: number, width: number, withSides: boolean): OsvosLogits {
    const fuse = this.parameters.get('fuse.weight');
    const sides: tf.Tensor3D[] = [];
    const parts: tf.Tensor3D[] = [];
    let k = 0;
    this.trunk.stages.forEach((stage, s) => {
      if (!stage.side) return;
      const side = convolve(maps[s], this.parameters, `side.${k}`);
      const channels = side.shape[3];
      const slice = tf.slice(fuse, [0, 0, k * channels, 0], [1, 1, channels, 1]) as tf.Tensor4D;
      parts.push(this.upsampling.run(tf.conv2d(side, slice, 1, 'same'), stage.stride, height, width));
      if (withSides) {
        sides.push(
          this.upsampling.run(convolve(side, this.parameters, `score.${k}`), stage.stride, height, width),
        );
      }
      k++;
    });
    const sum = parts.reduce((a, b) => tf.add(a, b));
    return { fused: tf.add(sum, this.parameters.get('fuse.bias')), sides };
  }

  /** All of it: `[N, H, W, 3]` → logits `[N, H, W]`. */
  run(x: tf.Tensor4D, withSides = false): OsvosLogits {
    return this.heads(this.features(x), x.shape[1], x.shape[2], withSides);
  }

  dispose(): void {
    this.parameters.dispose();
    this.upsampling.dispose();
  }
}
