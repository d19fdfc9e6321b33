import * as tf from '@tensorflow/tfjs';
import type { Arithmetic } from './optimizer.js';

/** How one parameter changes; see `sgd.ts` and `adam.ts`. */
export interface UpdateRule {
  /** Names of the arrays kept for each parameter; all start at zero. */
  slots: readonly string[];
  update(parameter: Update): void;
}

/** What a rule gets for one parameter at one step. All arrays have the parameter's length. */
export interface Update {
  value: Float32Array;
  gradient: Float32Array;
  /** To be multiplied to the gradient: averaging and clipping in one factor. */
  scale: number;
  slots: readonly Float32Array[];
  /** Updates of this parameter including this one: 1, 2, … */
  steps: number;
  rate: number;
  weightDecay: number;
  /** Where the new value goes; never the same array as `value`. */
  result: Float32Array;
}

/**
 * A rule over typed arrays, in one pass per parameter, on any engine. A chain of ten element-wise tensor operations
 * would read and write memory ten times. With one example per step no gradient is copied here.
 */
export function overArrays(rule: UpdateRule): Arithmetic<Float32Array, Float32Array[]> {
  return {
    slots: rule.slots,
    create: ({ size }) => rule.slots.map(() => new Float32Array(size)),

    async take(gradients) {
      const arrays = await Promise.all(gradients.map((gradient) => gradient.data<'float32'>()));
      tf.dispose(gradients);
      return arrays;
    },

    gather(sum, gradient) {
      if (!sum) return gradient.slice(); // an engine may use the array again
      for (let i = 0; i < sum.length; i++) sum[i] += gradient[i];
      return sum;
    },

    norm: async (gradients) =>
      Math.sqrt(gradients.reduce((sum, gradient) => sum + sumOfSquares(gradient), 0)),

    async update(changes) {
      const values = await Promise.all(changes.map(({ variable }) => variable.data<'float32'>()));
      changes.forEach(({ variable, state, ...change }, index) => {
        const result = new Float32Array(variable.size);
        rule.update({ ...change, value: values[index], slots: state, result });
        const next = tf.tensor(result, variable.shape);
        variable.assign(next);
        next.dispose();
      });
    },

    read: async (state) => state.map((slot) => slot.slice()),
    write: (state, slots) => state.forEach((slot, index) => slot.set(slots[index])),
    drop: () => undefined,
    dispose: () => undefined,
  };
}

/** Four sums side by side: one would wait for its own last addition. */
function sumOfSquares(x: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < x.length; i += 4) {
    a += x[i] * x[i];
    b += x[i + 1] * x[i + 1];
    c += x[i + 2] * x[i + 2];
    d += x[i + 3] * x[i + 3];
  }
  for (; i < x.length; i++) a += x[i] * x[i];
  return a + b + c + d;
}
