/** One picture with what is to be learnt from it. */
export interface Sample {
  width: number;
  height: number;
  /** `[height, width, 3]`, RGB, 0–255. */
  rgb: Uint8Array;
  /** `[height, width]`: 1 = object, 0 = background, 255 = void. */
  labels: Uint8Array;
}

/** The mean of ImageNet's pixels, RGB 0–255: what lies outside a warped picture. */
export const MEAN_COLOUR = [123.68, 116.779, 103.939] as const;
