import type * as tf from '@tensorflow/tfjs';
import {
  halfSumOfSquares,
  updateByAdam,
  updateByMomentum,
  type AdamNumbers,
  type MomentumNumbers,
} from '../engine/torch/updates.js';
import type { AdamSettings } from './adam-rule.js';
import type { Arithmetic } from './optimizer.js';
import { overSlots, type Slots } from './tensor-slots.js';

/** Adam inside engine `torch`: parameters and moments change where they are. The numbers are those of `adamRule`. */
export function adamInPlace({ beta1, beta2, epsilon, decay }: AdamSettings): Arithmetic<tf.Tensor, Slots> {
  const [b1, b2] = [Math.fround(beta1), Math.fround(beta2)];
  return overSlots(['first', 'second'], halfSumOfSquares, (change) => {
    const { variable, gradient, state, scale, steps, rate, weightDecay } = change;
    // √v · spread + ε below the moment, multiplied through by 1 / spread
    const spread = Math.sqrt(1 - b2 ** steps);
    const numbers: AdamNumbers = {
      scale,
      kept: decay === 'coupled' ? 1 : 1 - rate * weightDecay,
      coupled: decay === 'coupled' ? weightDecay : 0,
      ...{ beta1, beta2 },
      stride: (rate * spread) / (1 - b1 ** steps),
      epsilon: epsilon * spread,
    };
    updateByAdam(variable, gradient, state, numbers);
  });
}

/** Gradient descent with momentum inside engine `torch`; see `createSgd`. */
export function momentumInPlace(momentum: number): Arithmetic<tf.Tensor, Slots> {
  return overSlots(['velocity'], halfSumOfSquares, (change) => {
    const { variable, gradient, state, scale, rate, weightDecay } = change;
    const numbers: MomentumNumbers = { scale, coupled: weightDecay, momentum, rate };
    updateByMomentum(variable, gradient, state, numbers);
  });
}
