import { createOptimizer, type Optimizer, type ParameterGroup, type UpdateRule } from './optimizer.js';

export interface AdamOptions {
  groups: readonly ParameterGroup[];
  /** β₁ of the mean of gradients; 0.9 when left out. */
  beta1?: number;
  /** β₂ of the mean of squared gradients; 0.999 when left out. */
  beta2?: number;
  /** ε beside the root; 1e-8 when left out. */
  epsilon?: number;
  /**
   * `decoupled` (AdamW, when left out): θ ← θ − rate·λ·θ, beside the moments.
   * `coupled`: λ·θ is added to the gradient, as in the first Adam of most frameworks.
   */
  decay?: 'decoupled' | 'coupled';
  /** Largest norm of all gradients together; unlimited when left out. */
  clipNorm?: number;
}

/**
 * Adam (Kingma & Ba 2015, algorithm 1) with weight decay of Loshchilov & Hutter 2019:
 * m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; θ ← θ − rate·λ·θ − rate · m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε).
 * The numbers are those of `torch.optim.AdamW` and `torch.optim.Adam`.
 */
export function createAdam({
  groups,
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
  decay = 'decoupled',
  clipNorm,
}: AdamOptions): Optimizer {
  const rule: UpdateRule = {
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
  return createOptimizer(groups, rule, clipNorm);
}
