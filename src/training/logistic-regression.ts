import * as tf from '@tensorflow/tfjs';

export interface LogisticOptions {
  /** Weight of the squared norm of the solution. */
  decay: number;
  /** Newton steps, and conjugate-gradient steps in each. */
  newtonSteps: number;
  gradientSteps: number;
}

/** Curvature of a row is at least this, so that rows that are far on the right side do not make the system singular. */
const LEAST_CURVATURE = 1e-3;

/**
 * Weighted logistic regression by Newton's method, each step solved by conjugate gradients: minimises
 * Σ c·(−y·log σ(x·w) − (1 − y)·log(1 − σ(x·w))) + decay/2·‖w‖². The Hessian is never formed: its product with a
 * vector costs two passes over the rows.
 *
 * @param rows x, `[n, d]`
 * @param targets y, `[n]`, in 0–1
 * @param weights c, `[n]`, of sum 1
 * @param start `[d]` to go on from; zeros when left out
 * @returns w, `[d]`
 */
export function logisticRegression(
  rows: tf.Tensor2D,
  targets: tf.Tensor1D,
  weights: tf.Tensor1D,
  options: LogisticOptions,
  start?: tf.Tensor1D,
): tf.Tensor1D {
  const { decay, newtonSteps, gradientSteps } = options;
  let solution: tf.Tensor1D = start ? tf.clone(start) : tf.zeros([rows.shape[1]]);
  for (let step = 0; step < newtonSteps; step++) {
    const before = solution;
    solution = tf.tidy(() => {
      const probability = tf.sigmoid(tf.dot(rows, before));
      const residual = tf.mul(weights, tf.sub(targets, probability));
      const uphill = tf.sub<tf.Tensor1D>(tf.dot(residual, rows), tf.mul(decay, before));
      const variance = tf.mul(probability, tf.sub(1, probability));
      const curvature = tf.mul(weights, tf.maximum(variance, LEAST_CURVATURE));
      const hessian = (v: tf.Tensor1D) =>
        tf.add<tf.Tensor1D>(tf.dot(tf.mul(curvature, tf.dot(rows, v)), rows), tf.mul(decay, v));
      return tf.add(before, conjugateGradients(hessian, uphill, gradientSteps));
    });
    before.dispose();
  }
  return solution;
}

/** Solves A·x = b approximately for a positive definite A given as a product (Hestenes & Stiefel 1952). */
function conjugateGradients(
  product: (v: tf.Tensor1D) => tf.Tensor1D,
  b: tf.Tensor1D,
  steps: number,
): tf.Tensor1D {
  const tiny = 1e-30; // a residual of zero ends the search: no step, not 0/0
  let x: tf.Tensor1D = tf.zerosLike(b);
  let residual = b;
  let direction = b;
  let norm = tf.sum(tf.square(residual));
  for (let step = 0; step < steps; step++) {
    const image = product(direction);
    const length = tf.div(norm, tf.add(tf.sum(tf.mul(direction, image)), tiny));
    x = tf.add(x, tf.mul(length, direction));
    residual = tf.sub(residual, tf.mul(length, image));
    const next = tf.sum(tf.square(residual));
    direction = tf.add(residual, tf.mul(tf.div(next, tf.add(norm, tiny)), direction));
    norm = next;
  }
  return x;
}
