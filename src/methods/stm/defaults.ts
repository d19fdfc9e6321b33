import type { MemoryKeys, MemoryTrunkName } from '../../networks/memory/memory-architecture.js';

/** Which frames are remembered: the annotated ones, the one before, both, or also every few frames in between. */
export const memoryRules = ['first', 'previous', 'first-and-previous', 'every'] as const;
export type MemoryRule = (typeof memoryRules)[number];

/** How a memory method segments. */
export interface MemoryOptions {
  trunk: MemoryTrunkName;
  /** Weights of the network, name or file. */
  weights: string;
  /** Short side at which the network sees a frame, pixels. */
  size: number;
  seed: number;
  /** Object ids to follow; all when left out. */
  objects?: number[];
  memory: MemoryRule;
  /** Frames from one remembered frame to the next, with the rule `every`. */
  memoryEvery: number;
  /** Most frames remembered besides the annotated ones and the one before. */
  maxMemoryFrames: number;
  /** Cells of the memory that each cell of a frame reads; all when left out. */
  topK?: number;
  /** σ of the kernel, in cells of a grid with 30 rows (480 pixels); none when left out. */
  kernel?: number;
}

/** Rows of the grid on which σ is given (Seong et al. 2020: 480 pixels at stride 16). */
export const KERNEL_ROWS = 30;
/** Of Seong et al. 2020. */
export const KERNEL_SIGMA = 7;

/** What the methods have in common; figures in docs/experiments.md. */
export const memoryDefaults = {
  trunk: 'resnet18',
  size: 360,
  seed: 1,
  memory: 'every',
  memoryEvery: 5,
  maxMemoryFrames: 8,
} as const satisfies Omit<MemoryOptions, 'weights'>;

/** Probabilities of a method that aggregates softly decide without a threshold; this one is for `--threshold` beside the background. */
export const memoryThreshold = 0.5;

/** What a method adds to the house that all of them share. */
export interface MemoryMethod {
  name: 'stm' | 'kmn' | 'stcn';
  keys: MemoryKeys;
}
