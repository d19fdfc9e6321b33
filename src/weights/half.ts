/** Half-precision numbers (IEEE 754 binary16), which halve the size of weight files. */
import { OsvosError } from '../errors.js';
import type { WeightTensor } from './weights.js';

/** From here on the nearest half-precision number is infinity: 65504 is the largest finite one, its step 32. */
const OVERFLOW = 65520;
/** Smallest normal number; below it the step stays `SUBNORMAL_STEP`. */
const SMALLEST_NORMAL = 2 ** -14;
const SUBNORMAL_STEP = 2 ** -24;
/** Distance of the two formats' exponent biases (127 − 15), in the place of the half's exponent. */
const BIAS_SHIFT = 112 << 10;

/**
 * Rounds to half precision, to the nearest and ties to even; infinities and NaN stay what they are.
 *
 * @param name the tensor's, for the error
 * @returns the 16 bits of each number
 * @throws OsvosError `weights-unfit` when a finite number is too large for the format
 */
export function toHalf(values: Float32Array, name = 'tensor'): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const sign = (bits[i] >>> 16) & 0x8000;
    const size = bits[i] & 0x7fffffff;
    const magnitude = Math.abs(values[i]);
    if (size > 0x7f800000) halves[i] = sign | 0x7e00;
    else if (size === 0x7f800000) halves[i] = sign | 0x7c00;
    else if (magnitude >= OVERFLOW) {
      throw new OsvosError(
        'weights-unfit',
        `value ${values[i]} at index ${i} is too large for half precision`,
        name,
        'store this tensor as F32',
      );
    } else if (magnitude < SMALLEST_NORMAL) halves[i] = sign | roundToEven(magnitude / SUBNORMAL_STEP);
    // 13 of the 23 fraction bits go; adding one less than half of the last kept bit, plus that bit, rounds ties to even
    else halves[i] = sign | (((size + 0x0fff + ((size >>> 13) & 1)) >>> 13) - BIAS_SHIFT);
  }
  return halves;
}

/** Exact: every half-precision number is a single-precision one. */
export function fromHalf(halves: Uint16Array): Float32Array {
  table ??= Float32Array.from({ length: 0x10000 }, (_, bits) => decode(bits));
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = table[halves[i]];
  return values;
}

/** A tensor's numbers in single precision; the tensor's own array where it has them already. */
export function asFloat32(tensor: WeightTensor): Float32Array {
  return tensor.data instanceof Float32Array ? tensor.data : fromHalf(tensor.data);
}

/** All 65536 half-precision numbers, made when first needed. */
let table: Float32Array | undefined;

function decode(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * SUBNORMAL_STEP;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function roundToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
