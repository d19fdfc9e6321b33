import * as tf from '@tensorflow/tfjs';
import type { Arithmetic } from './optimizer.js';

/**
 * Gradients that stay tensors on their way to the parameters, for engines that update inside.
 *
 * @param halfSumOfSquares Σx² / 2 in one pass, by the engine
 */
export function tensorGradients(
  halfSumOfSquares: (x: tf.Tensor) => tf.Scalar,
): Pick<Arithmetic<tf.Tensor, unknown>, 'take' | 'gather' | 'norm' | 'drop'> {
  return {
    take: async (gradients) => gradients.map((gradient) => tf.keep(gradient)),

    gather(sum, gradient) {
      if (!sum) return gradient;
      const next = tf.keep(tf.add(sum, gradient));
      tf.dispose([sum, gradient]);
      return next;
    },

    // in single precision: infinite above 2e19, long after a training has broken
    async norm(gradients) {
      if (gradients.length === 0) return 0;
      const half = tf.tidy(() => tf.addN(gradients.map(halfSumOfSquares)));
      const [number] = await half.data();
      half.dispose();
      return Math.sqrt(2 * number);
    },

    drop: (gradients) => tf.dispose(gradients),
  };
}
