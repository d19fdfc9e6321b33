import * as tf from '@tensorflow/tfjs';
import { logisticRegression, type LogisticOptions } from '../../training/logistic-regression.js';

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

/** Cells of pictures as examples of a linear model. */
export interface CellExamples {
  /** `[cells, C + 1]`: maps over their scale, and a one for the bias. */
  rows: tf.Tensor2D;
  /** How much of the object's, and of the background's, pixels lies in each cell; each of sum ½. */
  object: tf.Tensor1D;
  background: tf.Tensor1D;
}

/** Chosen on the hold-out sequences, where a tenth and ten times the decay give the same; enough steps to converge. */
export const fullRegression: LogisticOptions = { decay: 0.03, newtonSteps: 4, gradientSteps: 8 };

/** Root of the mean square of a map: what its numbers are divided by. */
export function scaleOf(map: tf.Tensor4D): tf.Scalar {
  return tf.tidy(() => tf.sqrt(tf.maximum(tf.mean(tf.square(map)), 1e-12)));
}

/** @param map `[N, h, w, C]` */
export function cellExamples(
  map: tf.Tensor4D,
  { labels, known }: TargetLabels,
  grid: Grid,
  scale: tf.Scalar,
): CellExamples {
  return tf.tidy(() => {
    const [n, h, w, channels] = map.shape;
    const cells = n * h * w;
    const pool = (x: tf.Tensor3D) => tf.reshape<tf.Rank.R1>(toCells(x, grid, h, w), [cells]);
    const object = pool(tf.mul(labels, known));
    const background = tf.sub<tf.Tensor1D>(pool(known), object);
    const half = (x: tf.Tensor1D) => tf.div<tf.Tensor1D>(tf.mul(0.5, x), tf.maximum(tf.sum(x), 1e-6));
    const flat = tf.reshape(map, [cells, channels]);
    const rows = tf.concat2d([tf.div(flat, scale), tf.ones([cells, 1])], 1);
    return { rows, object: half(object), background: half(background) };
  });
}

/**
 * The filter that tells object from background in the examples, balanced between the two.
 *
 * @param shares weight of each entry of `examples`, of sum 1
 * @param start to go on from, in terms of `scale`
 * @returns `[C + 1]` in terms of the scaled rows, the bias last
 */
export function solveFilter(
  examples: readonly CellExamples[],
  shares: readonly number[],
  options: LogisticOptions,
  start?: tf.Tensor1D,
): tf.Tensor1D {
  return tf.tidy(() => {
    const weighted = (of: (entry: CellExamples) => tf.Tensor1D) =>
      tf.concat1d(examples.map((entry, i) => tf.mul<tf.Tensor1D>(shares[i], of(entry))));
    const object = weighted((entry) => entry.object);
    const weights = tf.add<tf.Tensor1D>(
      object,
      weighted((entry) => entry.background),
    );
    const targets = tf.div<tf.Tensor1D>(object, tf.maximum(weights, 1e-12));
    const rows = examples.length > 1 ? tf.concat2d(examples.map((entry) => entry.rows), 0) : examples[0].rows; // prettier-ignore
    return logisticRegression(rows, targets, weights, options, start);
  });
}

/** A filter for scaled maps → the same for maps as they are, `[C + 1]`. */
export function unscaled(filter: tf.Tensor1D, scale: tf.Scalar): tf.Tensor1D {
  return tf.tidy(() => {
    const channels = filter.shape[0] - 1;
    const weight = tf.div<tf.Tensor1D>(tf.slice1d(filter, 0, channels), scale);
    return tf.concat1d([weight, tf.slice1d(filter, channels, 1)]);
  });
}

/**
 * The filter that tells object from background on a map.
 *
 * @param map `[N, h, w, C]`
 * @returns `[C + 1]`, the bias last
 */
export function fitFilter(map: tf.Tensor4D, labels: TargetLabels, grid: Grid): tf.Tensor1D {
  return tf.tidy(() => {
    const scale = scaleOf(map);
    return unscaled(solveFilter([cellExamples(map, labels, grid, scale)], [1], fullRegression), scale);
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
