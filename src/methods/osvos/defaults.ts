import type { HeadsName } from '../../networks/heads.js';
import type { TrunkName } from '../../networks/trunk-names.js';

/** How one object is learnt from its annotations. */
export interface FineTuneOptions {
  /** Whether a target model is learnt, where the heads read one. */
  targetModel: boolean;
  /** Updates; 0 uses the network as it is. */
  iterations: number;
  /** Seconds after which fine-tuning of a sequence ends, whatever `iterations` says. */
  timeBudget?: number;
  /** Adam's learning rate of the trunk and of the heads, decaying by a cosine to a tenth. */
  trunkRate: number;
  headRate: number;
  /** Trunk stages whose weights stay as they are (0–5); what they compute is cached. */
  frozenStages: number;
  /** Seeds augmentation. */
  seed: number;
}

export interface OsvosOptions extends FineTuneOptions {
  trunk: TrunkName;
  /** Heads of a network that starts without a parent; a parent brings its own. */
  heads: HeadsName;
  /** Name in the manifest, or file, of the parent network; `false` starts from the trunk's own weights. */
  parent: string | false;
  /** Trunk weights for `parent: false`. */
  base?: string;
  /** Short side at which the network sees a frame, pixels; never enlarged. */
  size: number;
  /** Object ids to follow; all when left out. */
  objects?: number[];
}

/** Chosen on the hold-out sequences; figures in docs/experiments.md. */
export const osvosDefaults = {
  trunk: 'resnet50-v1',
  heads: 'side-outputs',
  parent: 'osvos-resnet50-v1',
  size: 240,
  targetModel: true,
  iterations: 150,
  trunkRate: 2e-5,
  headRate: 1e-4,
  frozenStages: 2,
  seed: 1,
} as const satisfies OsvosOptions;

/** Probabilities above this are object. */
export const osvosThreshold = 0.8;
