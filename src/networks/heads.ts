import type * as tf from '@tensorflow/tfjs';
import type { Random } from '../random.js';
import type { Weights } from '../weights/weights.js';
import type { Parameters, ParameterShapes } from './parameters.js';

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

/** What stands on a trunk and makes a mask of its maps. */
export interface Heads {
  readonly shapes: ParameterShapes;
  /** Stages whose target scores it reads, fine to coarse. */
  readonly scoredStages: readonly number[];
  /** Untrained numbers. */
  initial(random: Random): Weights;
  run(input: HeadsInput, parameters: Parameters): OsvosLogits;
  dispose(): void;
}

export const headsNames = ['side-outputs', 'top-down'] as const;
export type HeadsName = (typeof headsNames)[number];
