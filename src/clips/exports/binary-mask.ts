/** One object as black and white, for inpainting and other programs. */
import { encode } from 'fast-png';
import type { LabelMap } from '../../label-map.js';
import { squaredDistances } from '../../snapping/distances.js';

/**
 * 255 where the object is, or an object pixel is at most `dilate` pixels away (a disk), else 0; `[height, width]`.
 */
export function binaryMask(labels: LabelMap, id: number, dilate: number): Uint8Array {
  if (dilate === 0) return labels.data.map((label) => (label === id ? 255 : 0));
  const reach = dilate * dilate;
  return Uint8Array.from(squaredDistances(labels, id), (square) => (square <= reach ? 255 : 0));
}

/** 8-bit grey PNG. */
export function encodeGrey(
  { width, height }: { width: number; height: number },
  data: Uint8Array,
): Uint8Array {
  return encode({ width, height, data, depth: 8, channels: 1 });
}
