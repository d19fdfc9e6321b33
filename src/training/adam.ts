import * as tf from '@tensorflow/tfjs';
import { adamRule, type AdamSettings } from './adam-rule.js';
import { overArrays } from './array-arithmetic.js';
import { fusedAdam } from './fused-adam.js';
import { adamInPlace } from './in-place.js';
import { adamOnCard } from './on-card.js';
import { createOptimizer, type Optimizer, type ParameterGroup } from './optimizer.js';

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
  switch (tf.getBackend()) {
    case 'torch':
      return createOptimizer(groups, adamInPlace(settings), clipNorm);
    case 'tensorflow':
      return createOptimizer(groups, fusedAdam(settings), clipNorm);
    case 'webgpu':
      return createOptimizer(groups, adamOnCard(settings), clipNorm);
    default:
      return createOptimizer(groups, overArrays(adamRule(settings)), clipNorm);
  }
}
