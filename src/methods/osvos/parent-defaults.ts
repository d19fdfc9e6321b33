import type { HeadsName } from '../../networks/heads.js';
import type { CropRule } from '../../networks/crop-rules.js';
import type { LossForm } from '../../training/loss-forms.js';

/** How a parent network is trained. */
export interface ParentOptions {
  heads: HeadsName;
  /** Trunk stages that stay as they are. */
  frozenStages: number;
  /** Short side at which pictures are seen, pixels. */
  size: number;
  /** Pictures of an update. */
  batch: number;
  updates: number;
  /** Seconds after which training ends, its schedules stretched or shortened to fit. */
  timeBudget?: number;
  optimizer: 'adam' | 'sgd';
  /** Learning rates of trunk and heads, after a linear warm-up. */
  trunkRate: number;
  headRate: number;
  warmUp: number;
  /** Decoupled for Adam; on weights only, not on biases. */
  weightDecay: number;
  /** Gradients are scaled down to this norm; Adam only. */
  clipNorm: number;
  /** Batches whose gradients are averaged for an update. */
  accumulate: number;
  loss: LossForm;
  /** Weight of each side loss at the start. */
  sideWeight: number;
  /**
   * How rates and side losses go on: `cosine` lets rates fall to 0 along half a cosine and side losses fade along a
   * line, `phases` are those of the released code.
   */
  course: 'cosine' | 'phases';
  crop: CropRule;
  seed: number;
}

/** Figures in docs/experiments.md. */
export const parentDefaults = {
  heads: 'top-down',
  frozenStages: 0,
  size: 240,
  batch: 2,
  updates: 4000,
  optimizer: 'adam',
  trunkRate: 1e-4,
  headRate: 1e-3,
  warmUp: 50,
  weightDecay: 1e-4,
  clipNorm: 1,
  accumulate: 1,
  loss: 'balanced',
  sideWeight: 0.25,
  course: 'cosine',
  crop: 'fixed',
  seed: 1,
} as const satisfies ParentOptions;
