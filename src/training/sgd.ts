import * as tf from '@tensorflow/tfjs';
import { overArrays, type UpdateRule } from './array-arithmetic.js';
import { momentumInPlace } from './in-place.js';
import { momentumOnCard } from './on-card.js';
import { createOptimizer, type Optimizer, type ParameterGroup } from './optimizer.js';

export interface SgdOptions {
  groups: readonly ParameterGroup[];
  /** μ; 0 when left out. */
  momentum?: number;
  /** Largest norm of all gradients together; unlimited when left out. */
  clipNorm?: number;
}

/**
 * Stochastic gradient descent with momentum: v ← μ·v + g + λ·θ; θ ← θ − rate·v.
 * PyTorch's form (`torch.optim.SGD`, dampening 0). Caffe keeps the rate inside v: the same while the rate is constant.
 */
export function createSgd({ groups, momentum = 0, clipNorm }: SgdOptions): Optimizer {
  const rule: UpdateRule = {
    slots: ['velocity'],
    update({ value, gradient, scale, slots: [velocity], rate, weightDecay, result }) {
      for (let i = 0; i < value.length; i++) {
        const v = momentum * velocity[i] + scale * gradient[i] + weightDecay * value[i];
        velocity[i] = v;
        result[i] = value[i] - rate * v;
      }
    },
  };
  switch (tf.getBackend()) {
    case 'torch':
      return createOptimizer(groups, momentumInPlace(momentum), clipNorm);
    case 'webgpu':
      return createOptimizer(groups, momentumOnCard(momentum), clipNorm);
    default:
      return createOptimizer(groups, overArrays(rule), clipNorm);
  }
}
