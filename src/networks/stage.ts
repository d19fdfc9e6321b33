import type * as tf from '@tensorflow/tfjs';
import type { ParameterShapes, ParameterSource } from './parameters.js';

/** A stretch of a trunk between two changes of stride. */
export interface Stage {
  /** Pixels of the input per cell of the output. */
  stride: number;
  channels: number;
  /** Whether a side output hangs on it. */
  side: boolean;
  /** `[N, H, W, C]` of the stage before (or the normalised picture) → `[N, h, w, channels]`. */
  run(x: tf.Tensor4D, parameters: ParameterSource): tf.Tensor4D;
  /** Names of the parameters that `run` uses. */
  names: readonly string[];
}

/** A feature extractor: stages from fine to coarse, sides at strides 2, 4, 8 and 16. */
export interface Trunk {
  name: string;
  /** Cell j of stride s lies at pixel s·j + (s − 1)/2 (pooling), not at s·j (padded strides). */
  centred: boolean;
  stages: readonly Stage[];
  shapes: ParameterShapes;
}
