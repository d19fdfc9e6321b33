import type { HeadsName } from '../../networks/heads.js';
import type { RegionUse } from '../region-uses.js';
import type { TrunkName } from '../../networks/trunk-names.js';

/** How one object is learnt from its annotations. */
export interface FineTuneOptions {
  /** Whether a target model is learnt, where the heads read one. */
  targetModel: boolean;
  /** Every so many looks (two a frame where a region is seen beside it) the target model learns from what was segmented; 0 never, and frames are seen alone. */
  adaptEvery: number;
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
  /** Heads of a network that starts without a parent. A parent brings its own; its cost is counted as if with these. */
  heads: HeadsName;
  /** Name in the manifest, or file, of the parent network; `false` starts from the trunk's own weights. */
  parent: string | false;
  /** Trunk weights for `parent: false`. */
  base?: string;
  /** Short side at which the network sees a frame, pixels; never enlarged. */
  size: number;
  /** See a region around the objects, enlarged, in the place of the whole frame. */
  roi?: RegionUse;
  /** Sizes at which a frame is seen, as shares of `size`, 1 among them; logits are averaged. */
  scales: readonly number[];
  /** Object ids to follow; all when left out. */
  objects?: number[];
}

/** Points of the curve of accuracy over time that are worth having; figures in docs/experiments.md. */
export const qualities = {
  fast: { size: 240, iterations: 0, adaptEvery: 0, scales: [1], roi: undefined },
  normal: { size: 360, iterations: 60, adaptEvery: 5, scales: [1], roi: 'too' },
  paper: { size: 480, iterations: 200, adaptEvery: 5, scales: [1], roi: 'too' },
} as const satisfies Record<
  string,
  Pick<OsvosOptions, 'size' | 'iterations' | 'adaptEvery' | 'scales' | 'roi'>
>;

export const qualityNames = [
  'fast',
  'normal',
  'paper',
] as const satisfies readonly (keyof typeof qualities)[];
export type QualityName = (typeof qualityNames)[number];
export const defaultQuality: QualityName = 'normal';

/**
 * Without a parent the heads begin with random numbers: more steps, at the rates of parent training, and heads that
 * one picture can teach.
 */
export const withoutParent = {
  heads: 'side-outputs',
  iterations: 300,
  trunkRate: 1e-4,
  headRate: 1e-3,
} as const satisfies Partial<OsvosOptions>;

/** Fine-tuning that only a time budget ends. */
export const unlimitedIterations = 100_000;

/** Chosen on the hold-out sequences; figures in docs/experiments.md. */
export const osvosDefaults = {
  trunk: 'resnet50-v1',
  heads: 'top-down',
  parent: 'osvos-resnet50-v1',
  ...qualities[defaultQuality],
  targetModel: true,
  trunkRate: 2e-5,
  headRate: 1e-4,
  frozenStages: 2,
  seed: 1,
} as const satisfies OsvosOptions;

/** Probabilities above this are object. */
export const osvosThreshold = 0.9;
