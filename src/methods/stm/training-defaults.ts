/** How a memory network is trained. */
export interface MemoryTrainingOptions {
  /** Sides of the square views at the start and at the end, pixels; multiples of 16. Large ones cost more and show small objects. */
  crops: readonly [start: number, end: number];
  /** Triplets of a batch. */
  batch: number;
  updates: number;
  /** Seconds after which training ends, its schedules stretched or shortened to fit. */
  timeBudget?: number;
  /** Share of the triplets that are made of videos. */
  videos: number;
  /** Most frames, as filmed, between two pictures of a triplet: at the start, and from `INTERVAL_COURSE` on. */
  intervals: readonly [start: number, most: number];
  /** Learning rate; after a linear warm-up it falls to 0 along half a cosine. */
  rate: number;
  /** Of layers 2 and 3 of both trunks, as a share of `rate`; what lies before them stays as it is. */
  trunkRate: number;
  warmUp: number;
  /** Decoupled; on weights only, not on biases. */
  weightDecay: number;
  /** Gradients are scaled down to this norm. */
  clipNorm: number;
  /** Share of the pixels that count at the end, the hardest of each picture; falls from 1 between these shares of the training. */
  hardest: number;
  hardestFrom: number;
  hardestTo: number;
  /** Largest probability that a cell of a still is hidden (Hide-and-Seek), reached at the end; 0 = never. */
  hide: number;
  /** Late weights are averaged: what is kept of the average at each update. */
  average: number;
  /** How often masks are carried through the hold-out videos, evenly over the training and at its end; 0 = never. The best state is kept. */
  looks: number;
  seed: number;
}

/** Figures in docs/experiments.md. */
export const memoryTrainingDefaults = {
  crops: [192, 288],
  batch: 4,
  updates: 20000,
  videos: 0.4,
  intervals: [5, 25],
  rate: 3e-4,
  trunkRate: 0.2,
  warmUp: 100,
  weightDecay: 1e-4,
  clipNorm: 1,
  hardest: 0.15,
  hardestFrom: 0.25,
  hardestTo: 0.85,
  hide: 0,
  average: 0.998,
  looks: 5,
  seed: 1,
} as const satisfies MemoryTrainingOptions;
