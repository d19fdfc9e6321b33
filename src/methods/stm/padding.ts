/** Borders that bring a frame to sides that the network can halve four times. */
import { MEMORY_STRIDE } from '../../networks/memory/memory-architecture.js';

interface Size {
  width: number;
  height: number;
}

/** A frame's place in the padded one. */
export interface Padding extends Size {
  /** Pixels above and to the left; what is missing on the other sides follows from the sizes. */
  top: number;
  left: number;
}

/**
 * Each side up to the next multiple of 16, half of it above and to the left, the odd pixel below and to the right: as
 * the released STM does, whose padded pixels are black before normalisation.
 *
 * @example paddingOf({ width: 854, height: 480 }) // { width: 864, height: 480, top: 0, left: 5 }
 */
export function paddingOf({ width, height }: Size): Padding {
  const up = (side: number) => Math.ceil(side / MEMORY_STRIDE) * MEMORY_STRIDE;
  return {
    width: up(width),
    height: up(height),
    top: Math.floor((up(height) - height) / 2),
    left: Math.floor((up(width) - width) / 2),
  };
}

/** Zeros around `[height, width, channels]`. */
export function pad(
  values: Uint8Array,
  { width, height }: Size,
  padding: Padding,
  channels: number,
): Uint8Array {
  if (padding.width === width && padding.height === height) return values;
  const padded = new Uint8Array(padding.width * padding.height * channels);
  for (let y = 0; y < height; y++) {
    const row = values.subarray(y * width * channels, (y + 1) * width * channels);
    padded.set(row, ((padding.top + y) * padding.width + padding.left) * channels);
  }
  return padded;
}

/**
 * Size of a frame whose short side is brought to `shortSide` pixels, never enlarged, its shape kept.
 *
 * @example reducedSize({ width: 854, height: 480 }, 360) // 641×360, rounded
 */
export function reducedSize({ width, height }: Size, shortSide: number): Size {
  const scale = Math.min(1, shortSide / Math.min(width, height));
  const side = (pixels: number) => Math.max(1, Math.round(pixels * scale));
  return { width: side(width), height: side(height) };
}
