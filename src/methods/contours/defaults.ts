/** How a contour network is trained. */
export interface ContourTrainingOptions {
  /** Share of the annotators that has to mark a contour; where fewer do, nothing is learnt. */
  agreement: number;
  /** Sides of the square views, pixels; a multiple of 16. */
  crop: number;
  batch: number;
  updates: number;
  /** Seconds after which training ends, its schedules stretched or shortened to fit. */
  timeBudget?: number;
  /** Learning rates of trunk and heads; after a linear warm-up they fall to 0 along half a cosine. */
  trunkRate: number;
  headRate: number;
  warmUp: number;
  /** Decoupled; on weights only, not on biases. */
  weightDecay: number;
  /** Gradients are scaled down to this norm. */
  clipNorm: number;
  /** Weight of each side loss. */
  sideWeight: number;
  /** Share of the batches that shows outlines of object masks, where there are any. */
  outlines: number;
  seed: number;
}

/** Figures in docs/experiments.md. */
export const contourTrainingDefaults = {
  agreement: 0.3,
  crop: 320,
  batch: 4,
  updates: 6000,
  trunkRate: 1e-4,
  headRate: 1e-3,
  warmUp: 50,
  weightDecay: 1e-4,
  clipNorm: 1,
  sideWeight: 0.5,
  outlines: 0.1,
  seed: 1,
} as const satisfies ContourTrainingOptions;
