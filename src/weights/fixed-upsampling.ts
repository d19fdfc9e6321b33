import type { Convolution } from './convolution.js';

/** Half-precision files keep the kernel's values, multiples of 2⁻¹⁰, exactly; anything further off was trained. */
const TOLERANCE = 1e-4;

/**
 * Whether a transposed convolution is the fixed bilinear upsampling of OSVOS: kernel 2f × 2f for a factor f, each
 * channel by itself, w(i)·w(j) with w(i) = 1 − |i − (f − ½)| / f.
 */
export function isBilinearUpsampling({ shape, weight }: Partial<Convolution>): boolean {
  if (!shape || !weight) return false;
  const [height, width, input, output] = shape;
  if (height !== width || height % 2 !== 0 || input !== output) return false;
  const factor = height / 2;
  const tent = (i: number) => 1 - Math.abs(i - (factor - 0.5)) / factor;
  return weight.every((value, index) => {
    const same = index % output === Math.floor(index / output) % input;
    const cell = Math.floor(index / (input * output));
    const expected = same ? tent(Math.floor(cell / width)) * tent(cell % width) : 0;
    return Math.abs(value - expected) <= TOLERANCE;
  });
}
