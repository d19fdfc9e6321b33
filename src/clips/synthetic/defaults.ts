/** What a synthetic clip can be asked for. */
export interface SyntheticOptions {
  /** Pixels, at least 32. */
  width: number;
  height: number;
  /** At least 1; memory does not grow with it. */
  frames: number;
  /** 1, 2 or 3. */
  objects: number;
  /** Whole number; the same seed gives the same bytes. */
  seed: number;
}

/** Small enough for a demo of minutes; the network sees it at 432×240. */
export const syntheticDefaults = {
  width: 480,
  height: 270,
  frames: 24,
  objects: 1,
  seed: 1,
} as const satisfies SyntheticOptions;

/** Pixels of the shorter side. */
export const SMALLEST_SIDE = 32;
export const MOST_OBJECTS = 3;
