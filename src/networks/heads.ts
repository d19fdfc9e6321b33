import type * as tf from '@tensorflow/tfjs';
import type { Random } from '../random.js';
import type { Weights } from '../weights/weights.js';
import type { Parameters, ParameterShapes } from './parameters.js';
import type { Size, StageCost } from './trunk-cost.js';

/** Logits at the picture's size, `[N, H, W]`. */
export interface OsvosLogits {
  fused: tf.Tensor3D;
  /** Of intermediate maps, fine to coarse, for deep supervision; only where asked for. */
  sides: tf.Tensor3D[];
}

export interface HeadsInput {
  /** Output of every stage of the trunk. */
  maps: readonly tf.Tensor4D[];
  /** Of the picture. */
  height: number;
  width: number;
  /** Side logits are needed for deep supervision only. */
  withSides: boolean;
  /** Target scores of the scored stages, fine to coarse, `[N, h, w, 1]` each; heads without use for them ignore them. */
  scores?: readonly tf.Tensor4D[];
}

/** One picture, as heads see it. */
export interface HeadsTask {
  /** Every stage of the trunk. */
  stages: readonly StageCost[];
  /** Of the picture. */
  size: Size;
  /** Stages, from the first on, whose maps do not change: no gradient is asked of them. */
  frozenStages: number;
  /** Whether there are target scores. */
  scored: boolean;
}

/** What heads cost beside the trunk, without side logits. */
export interface HeadsCost {
  /** Multiply-adds, forward and of all gradients. */
  forward: number;
  backward: number;
  /** Bytes of all maps that they make forward. */
  mapBytes: number;
}

/** What stands on a trunk and makes a mask of its maps. */
export interface Heads {
  readonly shapes: ParameterShapes;
  /** Stages whose target scores it reads, fine to coarse. */
  readonly scoredStages: readonly number[];
  /** Untrained numbers. */
  initial(random: Random): Weights;
  run(input: HeadsInput, parameters: Parameters): OsvosLogits;
  cost(task: HeadsTask): HeadsCost;
  dispose(): void;
}

export const headsNames = ['side-outputs', 'top-down'] as const;
export type HeadsName = (typeof headsNames)[number];
