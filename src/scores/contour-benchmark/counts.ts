/** What the boundary benchmark counts in one image (Arbeláez et al. 2011, section 3; the authors' program). */
import type { Mask } from '../region.js';
import { NONE } from './assignment.js';
import { matchingReach, matchPixels, type MatchingOptions } from './matching.js';
import { thin } from './thinning.js';

/** A contour map: how sure each pixel is, 0–1. Doubles keep grey values on a threshold where they belong. */
export interface ContourMap {
  width: number;
  height: number;
  /** `[height, width]`. */
  data: Float32Array | Float64Array;
}

/** Pixels at one threshold. They add up over images. */
export interface Counts {
  /** Annotated pixels with a partner, and all, over all annotators. */
  found: number;
  annotated: number;
  /** Detected pixels that have a partner for any annotator, and all. */
  confirmed: number;
  detected: number;
}

export interface CountOptions {
  thresholds: readonly number[];
  /** Largest distance between partners in pixels; by default 0.0075 of the diagonal. */
  reach?: number;
}

/**
 * Counts of one image at each threshold: the map is cut there (`>=`), thinned, and matched with each annotator's
 * contours, which are taken as they are. All have the same size.
 */
export function countImage(map: ContourMap, annotators: readonly Mask[], options: CountOptions): Counts[] {
  const { width, height } = map;
  const matching = { width, height, reach: options.reach ?? matchingReach(width, height) };
  const truths = annotators.map(({ data }) => pixelsOf(data));
  const former = new Map<number, Counts>();
  return options.thresholds.map((threshold) => {
    const { data, pixels } = cut(map, threshold);
    // what one threshold keeps contains what a higher one keeps: as many pixels are the same pixels
    const counts =
      former.get(pixels) ?? countPixels(pixelsOf(thin({ width, height, data })), truths, matching);
    former.set(pixels, counts);
    return { ...counts };
  });
}

/** Counts of detected pixels, already thinned, against the pixels of each annotator. */
export function countPixels(
  detected: Int32Array,
  annotators: readonly Int32Array[],
  matching: MatchingOptions,
): Counts {
  const counts: Counts = { found: 0, annotated: 0, confirmed: 0, detected: detected.length };
  const confirmed = new Uint8Array(detected.length);
  for (const annotated of annotators) {
    counts.annotated += annotated.length;
    matchPixels(detected, annotated, matching).forEach((partner, i) => {
      if (partner === NONE) return;
      counts.found++;
      confirmed[i] = 1;
    });
  }
  for (const one of confirmed) counts.confirmed += one;
  return counts;
}

/** Pixels at or above the threshold. */
function cut(
  { width, height, data: values }: ContourMap,
  threshold: number,
): { data: Uint8Array; pixels: number } {
  const data = new Uint8Array(width * height);
  let pixels = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i] >= threshold) {
      data[i] = 1;
      pixels++;
    }
  }
  return { data, pixels };
}

/** Numbers of the set pixels, row by row. */
function pixelsOf(data: Uint8Array): Int32Array {
  const pixels = new Int32Array(data.length);
  let count = 0;
  for (let i = 0; i < data.length; i++) if (data[i] !== 0) pixels[count++] = i;
  return pixels.slice(0, count);
}
