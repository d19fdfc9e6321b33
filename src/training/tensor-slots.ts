import * as tf from '@tensorflow/tfjs';
import type { Arithmetic, Change } from './optimizer.js';
import { tensorGradients } from './tensor-gradients.js';

/** One tensor of the parameter's shape for each slot. */
export type Slots = tf.Tensor[];

/**
 * Arithmetic whose gradients and states are tensors from first to last.
 *
 * @param halfSumOfSquares Σx² / 2
 * @param update changes one variable and its slots
 */
export function overSlots(
  slots: readonly string[],
  halfSumOfSquares: (x: tf.Tensor) => tf.Scalar,
  update: (change: Change<tf.Tensor, Slots>) => void,
): Arithmetic<tf.Tensor, Slots> {
  return {
    slots,
    create: ({ shape }) => slots.map(() => tf.tidy(() => tf.keep(tf.zeros(shape)))),
    ...tensorGradients(halfSumOfSquares),

    update: async (changes) => changes.forEach(update),
    read: (state) => Promise.all(state.map(async (slot) => (await slot.data<'float32'>()).slice())),

    write(state, arrays) {
      arrays.forEach((array, index) => {
        const { shape } = state[index];
        state[index].dispose();
        state[index] = tf.tidy(() => tf.keep(tf.tensor(array, shape, 'float32')));
      });
    },

    dispose: (state) => tf.dispose(state),
  };
}
