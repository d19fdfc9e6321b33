import * as tf from '@tensorflow/tfjs';
import type { Trunk } from '../../networks/stage.js';
import { asFloat32 } from '../../weights/half.js';
import type { Weights } from '../../weights/weights.js';
import { fitFilter, scoreCells, type TargetLabels } from './target-filter.js';

/** Name of the filters in files, before their number; the heads have `target.<k>.weight`. */
const NAME = 'target-model';

/**
 * A linear model of one object on maps of the trunk, one filter for each scored stage: what a cell must look like to
 * be object rather than background in the annotated pictures. The light learner of Robinson et al. 2020 with a
 * logistic loss, balanced between object and background, in place of a squared one. Lives until `dispose`.
 */
export class TargetModel {
  /** @param filters `[C + 1]` of each scored stage; the model disposes them */
  constructor(readonly filters: readonly tf.Tensor1D[]) {}

  /**
   * @param stages scored stages of the trunk, fine to coarse
   * @param maps of the annotated pictures, `[N, h, w, C]` for each of these stages
   */
  static fit(
    trunk: Trunk,
    stages: readonly number[],
    maps: readonly tf.Tensor4D[],
    examples: TargetLabels,
  ): TargetModel {
    const { centred } = trunk;
    return new TargetModel(
      stages.map((stage, i) => fitFilter(maps[i], examples, { stride: trunk.stages[stage].stride, centred })),
    );
  }

  /** What `read` gave; none when `weights` hold none. */
  static from(weights: Weights, stages: number): TargetModel | undefined {
    const names = Array.from({ length: stages }, (_, i) => `${NAME}.${i}`);
    if (!names.some((name) => weights.has(name))) return undefined;
    return new TargetModel(names.map((name) => tf.tensor1d(asFloat32(weights.get(name)!))));
  }

  /**
   * Log-odds of each cell.
   *
   * @param maps of the scored stages, `[N, h, w, C]`
   * @returns `[N, h, w, 1]` each
   */
  score(maps: readonly tf.Tensor4D[]): tf.Tensor4D[] {
    return this.filters.map((filter, i) =>
      tf.tidy(() =>
        scoreCells(maps[i], tf.tile(tf.expandDims<tf.Tensor2D>(filter, 0), [maps[i].shape[0], 1])),
      ),
    );
  }

  /** A copy of all numbers. */
  async read(): Promise<Weights> {
    const weights: Weights = new Map();
    for (const [i, filter] of this.filters.entries()) {
      const data = (await filter.data<'float32'>()).slice();
      weights.set(`${NAME}.${i}`, { dtype: 'F32', shape: [...filter.shape], data });
    }
    return weights;
  }

  dispose(): void {
    tf.dispose([...this.filters]);
  }
}
