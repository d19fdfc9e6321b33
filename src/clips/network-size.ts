/** The size at which networks see a frame. */

/** Sides of what a network sees are multiples of this: trunks halve four times. */
const SIDE_STEP = 16;

export interface Size {
  width: number;
  height: number;
}

/**
 * Size of a frame whose short side is brought to `shortSide` pixels (never enlarged), each side then rounded to the
 * nearest multiple of 16 and at least 16.
 *
 * @example networkSize({ width: 854, height: 480 }, 240) // 432×240
 */
export function networkSize(frame: Size, shortSide: number): Size {
  const scale = Math.min(1, shortSide / Math.min(frame.width, frame.height));
  const side = (pixels: number) => Math.max(SIDE_STEP, Math.round((pixels * scale) / SIDE_STEP) * SIDE_STEP);
  return { width: side(frame.width), height: side(frame.height) };
}
