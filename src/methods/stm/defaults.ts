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
  /** See the region around the objects, enlarged, in the place of the whole frame; not beside it. */
  roi?: 'auto';
  memory: MemoryRule;
  /** Frames from one remembered frame to the next, with the rule `every`. */
  memoryEvery: number;
  /** Most frames remembered besides the annotated ones and the one before. */
  maxMemoryFrames: number;
  /** Cells of the memory that each cell of a frame reads; `false` for all. */
  topK: number | false;
  /** σ of the kernel, in cells of a grid with 30 rows (480 pixels); `false` for none. */
  kernel: number | false;
}

/** Objects that go through encoder and decoder at once: with more of them memory does not grow by their maps. */
export const OBJECT_CHUNK = 8;

/** Rows of the grid on which σ is given (Seong et al. 2020: 480 pixels at stride 16). */
export const KERNEL_ROWS = 30;
/** Of Seong et al. 2020. */
export const KERNEL_SIGMA = 7;
/** Better than reading all of them, on the hold-out sequences (docs/experiments.md). */
export const BEST_CELLS = 20;

/** What the methods have in common; figures in docs/experiments.md. */
export const memoryDefaults = {
  trunk: 'resnet18',
  size: 360,
  seed: 1,
  roi: 'auto',
  memory: 'every',
  memoryEvery: 5,
  maxMemoryFrames: 8,
  topK: false,
  kernel: false,
} as const satisfies Omit<MemoryOptions, 'weights'>;

/** A method that remembers: what the others of its kind have otherwise. */
export interface MemoryMethodDefaults {
  name: 'stm' | 'kmn' | 'stcn';
  keys: MemoryKeys;
  options: Omit<MemoryOptions, 'weights'>;
}

/** Space-time memory (Oh et al. 2019), which reads all cells. */
export const stmDefaults: MemoryMethodDefaults = {
  name: 'stm',
  keys: 'masked',
  options: { ...memoryDefaults, topK: BEST_CELLS },
};

/** Name of the weights that a method starts from when none are named. */
export function memoryWeightsName(method: MemoryMethodDefaults['name'], trunk: MemoryTrunkName): string {
  return `${method}-${trunk}`;
}

/** Such methods give probabilities of the background too, and these decide; alone, an object is above this. */
export const memoryThreshold = 0.5;
