/** Contour maps for the bench: from a folder, or made from a frame's colours. */
import { existsSync } from 'node:fs';
import sharp from 'sharp';
import type { Frame } from '../../src/frame.js';
import type { ContourMap } from '../../src/snapping/contour-map.js';

/** Radius of the two box filters that smooth a frame before its differences are taken. */
const RADIUS = 3;
/** Makes the difference between black and white, smoothed, about 1. */
const GAIN = 8;

/** An 8-bit picture whose grey values are strengths times 255. */
export async function readContours(file: string): Promise<ContourMap> {
  if (!existsSync(file)) throw new Error(`${file} is not there`);
  const { data, info } = await sharp(file).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
  if (info.channels !== 1) throw new Error(`${file} is not grey`);
  return { width: info.width, height: info.height, data: Float32Array.from(data, (value) => value / 255) };
}

/** How steep the smoothed brightness is: no network’s contours, but as much work for what comes after. */
export function gradientContours({ width, height, rgb }: Frame): ContourMap {
  let grey = new Float32Array(width * height);
  for (let i = 0; i < grey.length; i++) grey[i] = (rgb[3 * i] + rgb[3 * i + 1] + rgb[3 * i + 2]) / 765;
  for (let round = 0; round < 2; round++) grey = boxed(boxed(grey, width, height, 1), width, height, width);
  const data = new Float32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const dx = grey[x < width - 1 ? i + 1 : i] - grey[x > 0 ? i - 1 : i];
      const dy = grey[y < height - 1 ? i + width : i] - grey[y > 0 ? i - width : i];
      data[i] = Math.min(1, GAIN * Math.hypot(dx, dy));
    }
  }
  return { width, height, data };
}

/** Mean over `2 RADIUS + 1` values along rows (`step` 1) or columns (`step` the width), fewer at the border. */
export function boxed(
  values: Float32Array,
  width: number,
  height: number,
  step: number,
  radius = RADIUS,
): Float32Array<ArrayBuffer> {
  const result = new Float32Array(values.length);
  const size = step === 1 ? width : height;
  for (let i = 0; i < values.length; i++) {
    const at = step === 1 ? i % width : Math.floor(i / width);
    const from = Math.max(0, at - radius);
    const to = Math.min(size - 1, at + radius);
    let sum = 0;
    for (let k = from; k <= to; k++) sum += values[i + (k - at) * step];
    result[i] = sum / (to - from + 1);
  }
  return result;
}
