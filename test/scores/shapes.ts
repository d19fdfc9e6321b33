/** Masks of the golden tables: x = column, y = row, from 0. */
import type { Mask } from '../../src/scores/region.js';

/** Whether the pixel belongs to the object. */
export type Shape = (x: number, y: number) => boolean;

/** A disk: (x − cx)² + (y − cy)² ≤ r². */
export const disk =
  (cx: number, cy: number, r: number): Shape =>
  (x, y) =>
    (x - cx) ** 2 + (y - cy) ** 2 <= r * r;

/** A rectangle, both ends included. */
export const rectangle =
  (x0: number, x1: number, y0: number, y1: number): Shape =>
  (x, y) =>
    x >= x0 && x <= x1 && y >= y0 && y <= y1;

export const either =
  (a: Shape, b: Shape): Shape =>
  (x, y) =>
    a(x, y) || b(x, y);

export const without =
  (a: Shape, b: Shape): Shape =>
  (x, y) =>
    a(x, y) && !b(x, y);

export const pixel = (px: number, py: number): Shape => rectangle(px, px, py, py);
export const nothing: Shape = () => false;
export const everything: Shape = () => true;

export function paint(width: number, height: number, shape: Shape, value = 1): Mask {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) if (shape(x, y)) data[y * width + x] = value;
  return { width, height, data };
}
