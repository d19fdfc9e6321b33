import type { UpdateRule } from './array-arithmetic.js';

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
