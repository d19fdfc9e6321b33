import * as tf from '@tensorflow/tfjs';
import type { AdamSettings } from './adam-rule.js';
import type { Arithmetic } from './optimizer.js';
import { overSlots, type Slots } from './tensor-slots.js';

/**
 * Optimizers as ordinary tensor operations, for engine `webgpu`: parameters and gradients, each read and written a few
 * times more than by the typed arrays, stay in the card's memory instead of going to the processor and back.
 */

/** Adam; the numbers are those of `adamRule`. */
export function adamOnCard({ beta1, beta2, epsilon, decay }: AdamSettings): Arithmetic<tf.Tensor, Slots> {
  const [b1, b2] = [Math.fround(beta1), Math.fround(beta2)];
  return overSlots(['first', 'second'], halfSumOfSquares, (change) => {
    const { variable, state, steps, rate, weightDecay } = change;
    const [stride, spread] = [rate / (1 - b1 ** steps), 1 / Math.sqrt(1 - b2 ** steps)];
    const [value, first, second] = tf.tidy((): tf.Tensor[] => {
      const g = gradientOf(change, decay === 'coupled' ? weightDecay : 0);
      const m = tf.add(tf.mul(state[0], b1), tf.mul(g, 1 - b1));
      const v = tf.add(tf.mul(state[1], b2), tf.mul(tf.square(g), 1 - b2));
      const kept = decay === 'coupled' ? variable : tf.mul(variable, 1 - rate * weightDecay);
      const way = tf.div(tf.mul(m, stride), tf.add(tf.mul(tf.sqrt(v), spread), epsilon));
      return [tf.sub(kept, way), m, v];
    });
    replace(state, [first, second]);
    assign(variable, value);
  });
}

/** Gradient descent with momentum; see `createSgd`. */
export function momentumOnCard(momentum: number): Arithmetic<tf.Tensor, Slots> {
  return overSlots(['velocity'], halfSumOfSquares, (change) => {
    const { variable, state, rate, weightDecay } = change;
    const [value, velocity] = tf.tidy((): tf.Tensor[] => {
      const v = tf.add(tf.mul(state[0], momentum), gradientOf(change, weightDecay));
      return [tf.sub(variable, tf.mul(v, rate)), v];
    });
    replace(state, [velocity]);
    assign(variable, value);
  });
}

function gradientOf(
  { gradient, scale, variable }: { gradient: tf.Tensor; scale: number; variable: tf.Variable },
  decay: number,
): tf.Tensor {
  const scaled = tf.mul(gradient, scale);
  return decay === 0 ? scaled : tf.add(scaled, tf.mul(variable, decay));
}

function halfSumOfSquares(x: tf.Tensor): tf.Scalar {
  return tf.mul(tf.sum(tf.square(x)), 0.5);
}

/** Slots outlive the scope in which a step is taken. */
function replace(state: Slots, next: readonly tf.Tensor[]): void {
  next.forEach((slot, index) => {
    state[index].dispose();
    state[index] = tf.keep(slot);
  });
}

function assign(variable: tf.Variable, value: tf.Tensor): void {
  variable.assign(value);
  value.dispose();
}
