import * as tf from '@tensorflow/tfjs';
import { overArrays, type UpdateRule } from './array-arithmetic.js';
import { fusedAdam } from './fused-adam.js';
import { createOptimizer, type Optimizer, type ParameterGroup } from './optimizer.js';

/** The numbers of the rule, all of them settled. */
export interface AdamSettings {
  /** β₁ of the mean of gradients. */
  beta1: number;
  /** β₂ of the mean of squared gradients. */
  beta2: number;
  /** ε beside the root. */
  epsilon: number;
  /**
   * `decoupled` (AdamW): θ ← θ − rate·λ·θ, beside the moments.
   * `coupled`: λ·θ is added to the gradient, as in the first Adam of most frameworks.
   */
  decay: 'decoupled' | 'coupled';
}

export interface AdamOptions extends Partial<AdamSettings> {
  groups: readonly ParameterGroup[];
  /** Largest norm of all gradients together; unlimited when left out. */
  clipNorm?: number;
}

/** Those of Kingma & Ba 2015, and the decay of Loshchilov & Hutter 2019. */
const defaults: AdamSettings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 'decoupled' };

/**
 * Adam (Kingma & Ba 2015, algorithm 1) with weight decay of Loshchilov & Hutter 2019:
 * m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; θ ← θ − rate·λ·θ − rate · m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε).
 * The numbers are those of `torch.optim.AdamW` and `torch.optim.Adam`. The engine that runs when this is called is
 * the one for the optimizer's whole life; what is saved on one goes on on any other.
 */
export function createAdam({ groups, clipNorm, ...options }: AdamOptions): Optimizer {
  const settings = { ...defaults, ...options };
  return tf.getBackend() === 'tensorflow'
    ? createOptimizer(groups, fusedAdam(settings), clipNorm)
    : createOptimizer(groups, overArrays(adamRule(settings)), clipNorm);
}

/** Adam over typed arrays; the plain twin of `fused-adam.ts`. */
export function adamRule(settings: AdamSettings): UpdateRule {
  const { epsilon, decay } = settings;
  // as float32, as TensorFlow has them: 1 − β₂ᵗ must belong to the β₂ that made v
  const [beta1, beta2] = [Math.fround(settings.beta1), Math.fround(settings.beta2)];
  return {
    slots: ['first', 'second'],
    update({ value, gradient, scale, slots: [first, second], steps, rate, weightDecay, result }) {
      const coupled = decay === 'coupled' ? weightDecay : 0;
      const kept = decay === 'coupled' ? 1 : 1 - rate * weightDecay;
      const stride = rate / (1 - beta1 ** steps);
      const spread = 1 / Math.sqrt(1 - beta2 ** steps);
      for (let i = 0; i < value.length; i++) {
        const g = scale * gradient[i] + coupled * value[i];
        const m = beta1 * first[i] + (1 - beta1) * g;
        const v = beta2 * second[i] + (1 - beta2) * g * g;
        first[i] = m;
        second[i] = v;
        result[i] = kept * value[i] - (stride * m) / (Math.sqrt(v) * spread + epsilon);
      }
    },
  };
}
