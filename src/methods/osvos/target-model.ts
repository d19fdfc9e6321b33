import * as tf from '@tensorflow/tfjs';
import type { Trunk } from '../../networks/stage.js';
import { logisticRegression } from '../../training/logistic-regression.js';
import { asFloat32 } from '../../weights/half.js';
import type { Weights } from '../../weights/weights.js';

/** Pictures with known labels. */
export interface TargetLabels {
  /** `[N, H, W]`: 1 = object, 0 = background. */
  labels: tf.Tensor3D;
  /** `[N, H, W]`: 0 = void, 1 = known. */
  known: tf.Tensor3D;
}

/** How cells of a stage lie over the picture. */
export interface Grid {
  stride: number;
  /** See `Trunk.centred`. */
  centred: boolean;
}

/** Name of the filters in files, before their number; the heads have `target.<k>.weight`. */
const NAME = 'target-model';

/** Chosen on the hold-out sequences, where a tenth and ten times as much give the same; enough steps to converge. */
const regression = { decay: 0.03, newtonSteps: 4, gradientSteps: 8 };

/**
 * A linear model of one object on maps of the trunk, one filter for each scored stage: what a cell must look like to
 * be object rather than background in the annotated pictures. The light learner of Robinson et al. 2020 with a
 * logistic loss, balanced between object and background, in place of a squared one. Lives until `dispose`.
 */
export class TargetModel {
  private constructor(private readonly filters: tf.Tensor1D[]) {}

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
    tf.dispose(this.filters);
  }
}

/**
 * The filter that tells object from background on a map.
 *
 * @param map `[N, h, w, C]`
 * @returns `[C + 1]`, the bias last
 */
export function fitFilter(map: tf.Tensor4D, { labels, known }: TargetLabels, grid: Grid): tf.Tensor1D {
  return tf.tidy(() => {
    const [n, h, w, channels] = map.shape;
    const cells = n * h * w;
    const pool = (x: tf.Tensor3D) => tf.reshape(toCells(x, grid, h, w), [cells]);
    const object = pool(tf.mul(labels, known));
    const background = tf.sub(pool(known), object);
    const half = (x: tf.Tensor) => tf.div(tf.mul(0.5, x), tf.maximum(tf.sum(x), 1e-6));
    const positive = half(object);
    const weights = tf.add<tf.Tensor1D>(positive, half(background));
    const targets = tf.div<tf.Tensor1D>(positive, tf.maximum(weights, 1e-12));
    const flat = tf.reshape(map, [cells, channels]);
    const scale = tf.sqrt(tf.maximum(tf.mean(tf.square(flat)), 1e-12));
    const rows = tf.concat2d([tf.div(flat, scale), tf.ones([cells, 1])], 1);
    const solution = logisticRegression(rows, targets, weights, regression);
    const filter = tf.div<tf.Tensor1D>(tf.slice1d(solution, 0, channels), scale);
    return tf.concat1d([filter, tf.slice1d(solution, channels, 1)]);
  });
}

/**
 * Log-odds of the cells of each picture by its own filter.
 *
 * @param map `[N, h, w, C]`
 * @param filters `[N, C + 1]`
 * @returns `[N, h, w, 1]`
 */
export function scoreCells(map: tf.Tensor4D, filters: tf.Tensor2D): tf.Tensor4D {
  const [n, h, w, channels] = map.shape;
  const weight = tf.reshape(tf.slice2d(filters, [0, 0], [n, channels]), [n, channels, 1]);
  const bias = tf.reshape(tf.slice2d(filters, [0, channels], [n, 1]), [n, 1, 1]);
  const scores = tf.add(tf.matMul(tf.reshape(map, [n, h * w, channels]), weight), bias);
  return tf.reshape(scores, [n, h, w, 1]);
}

/** Means over the pixels that lie around each cell, `[N, H, W]` → `[N, h, w]`; outside the picture counts as 0. */
export function toCells(x: tf.Tensor3D, { stride, centred }: Grid, h: number, w: number): tf.Tensor3D {
  const [, height, width] = x.shape;
  const before = centred ? 0 : stride / 2;
  const after = (cells: number, size: number) => Math.max(0, stride * cells - size - before);
  const padded = tf.pad3d(x, [
    [0, 0],
    [before, after(h, height)],
    [before, after(w, width)],
  ]);
  const cut = tf.slice3d(padded, [0, 0, 0], [-1, stride * h, stride * w]);
  return tf.squeeze(tf.avgPool(tf.expandDims<tf.Tensor4D>(cut, 3), stride, stride, 'valid'), [3]);
}
