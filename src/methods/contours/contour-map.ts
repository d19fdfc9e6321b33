import * as tf from '@tensorflow/tfjs';
import { resizePicture } from '../../clips/resize.js';
import { toInput } from '../../networks/input.js';
import type { Size } from '../../networks/trunk-cost.js';
import type { ContourNetwork } from './contour-network.js';

/** Trunks halve four times: what they see has sides of multiples of this. */
const SIDE_STEP = 16;

/** A picture `[height, width, 3]`, RGB 0–255. */
export interface Picture extends Size {
  rgb: Uint8Array;
}

/**
 * Probability of a contour at each pixel, `[H, W]`: the mean over the picture at several scales. As in BSDS500 a pixel
 * stands for the corner at its lower right.
 *
 * @param scales factors on the picture's size, greater than 0
 */
export async function contourMap(
  contours: ContourNetwork,
  picture: Picture,
  scales: readonly number[],
): Promise<Float32Array> {
  const sum = new Float32Array(picture.width * picture.height);
  for (const scale of scales) {
    const size = { width: scaled(picture.width, scale), height: scaled(picture.height, scale) };
    addCorners(sum, picture, await look(contours, picture, size), size);
  }
  return sum.map((value) => value / scales.length);
}

/** Probabilities `[h, w]` at another size. */
async function look({ network, input }: ContourNetwork, picture: Picture, size: Size): Promise<Float32Array> {
  const filled = fillUp(await resizePicture(picture.rgb, picture, size), size);
  const map = tf.tidy(() => {
    const { fused } = network.run(toInput([filled.rgb], filled.height, filled.width, input));
    return tf.sigmoid(tf.slice(fused, [0, 0, 0], [1, size.height, size.width]));
  });
  const data = await map.data<'float32'>();
  map.dispose();
  return data;
}

/** Adds a map of another size, bilinearly, so that corners of pixels fall on corners of pixels. */
function addCorners(sum: Float32Array, to: Size, map: Float32Array, from: Size): void {
  if (from.width === to.width && from.height === to.height) {
    for (let i = 0; i < sum.length; i++) sum[i] += map[i];
    return;
  }
  const across = places(from.width, to.width);
  const down = places(from.height, to.height);
  for (let y = 0; y < to.height; y++) {
    const top = down.low[y] * from.width;
    const bottom = down.high[y] * from.width;
    const v = down.share[y];
    for (let x = 0; x < to.width; x++) {
      const left = across.low[x];
      const right = across.high[x];
      const u = across.share[x];
      const upper = map[top + left] + u * (map[top + right] - map[top + left]);
      const lower = map[bottom + left] + u * (map[bottom + right] - map[bottom + left]);
      sum[y * to.width + x] += upper + v * (lower - upper);
    }
  }
}

/** Between which marks of a side of `from` those of one of `to` lie. The mark q stands for the corner at (q + 1) / side. */
function places(from: number, to: number) {
  const low = new Int32Array(to);
  const high = new Int32Array(to);
  const share = new Float32Array(to);
  for (let q = 0; q < to; q++) {
    const at = Math.min(Math.max(((q + 1) * from) / to - 1, 0), from - 1);
    low[q] = Math.floor(at);
    high[q] = Math.min(low[q] + 1, from - 1);
    share[q] = at - low[q];
  }
  return { low, high, share };
}

function scaled(side: number, scale: number): number {
  return Math.max(1, Math.round(side * scale));
}

/** Repeats the last row and column, so that the border that the network sees there is no contour. */
function fillUp(rgb: Uint8Array, { width, height }: Size): Picture {
  const filled = { width: whole(width), height: whole(height) };
  if (filled.width === width && filled.height === height) return { rgb, width, height };
  const data = new Uint8Array(3 * filled.width * filled.height);
  for (let y = 0; y < filled.height; y++) {
    const from = 3 * width * Math.min(y, height - 1);
    const to = 3 * filled.width * y;
    data.set(rgb.subarray(from, from + 3 * width), to);
    const last = rgb.subarray(from + 3 * (width - 1), from + 3 * width);
    for (let x = width; x < filled.width; x++) data.set(last, to + 3 * x);
  }
  return { ...filled, rgb: data };
}

function whole(side: number): number {
  return Math.ceil(side / SIDE_STEP) * SIDE_STEP;
}
