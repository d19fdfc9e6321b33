/** Whether bfloat16 is worth having here, and right. */
import type { Addon, Handle } from './addon.js';

/** A convolution as networks have them, 64 → 64 channels. */
const SHAPE = { x: [1, 24, 40, 64], filter: [3, 3, 64, 64] };
const GEOMETRY = [1, 1, 1, 1, 1, 1, 1, 1];
/** Relative error (Frobenius) that bfloat16 may have: rounding alone gives 0.3 %. */
const LARGEST_ERROR = 0.01;
/** Least gain in speed for which precision is given up. */
const LEAST_GAIN = 1.2;
const REPEATS = 3;

/** Output, input gradient and filter gradient of the convolution. */
interface Results {
  numbers: Float32Array[];
  /** Of the fastest run. */
  milliseconds: number;
}

/**
 * Runs one convolution and its gradients in both precisions: whether bfloat16 is right within 1 %, and faster. Flags
 * of the processor tell neither: there are libraries whose gradients are wrong, and processors that only emulate it.
 */
export function holdsInBf16(addon: Addon, device: string, threads: number): boolean {
  addon.configure(device, threads, false);
  const exact = convolve(addon);
  addon.configure(device, threads, true);
  const reduced = convolve(addon);
  const right = exact.numbers.every((numbers, i) => error(numbers, reduced.numbers[i]) <= LARGEST_ERROR);
  return right && reduced.milliseconds * LEAST_GAIN <= exact.milliseconds;
}

function convolve(addon: Addon): Results {
  const x = addon.upload(waves(SHAPE.x, 0), SHAPE.x, 'float32');
  const filter = addon.upload(waves(SHAPE.filter, 1), SHAPE.filter, 'float32');
  const dy = addon.upload(waves(SHAPE.x, 2), SHAPE.x, 'float32');
  let results: Results = { numbers: [], milliseconds: Infinity };
  for (let i = 0; i < REPEATS; i++) {
    const since = performance.now();
    const given = [
      addon.convolve(x, SHAPE.x, filter, SHAPE.filter, null, null, null, null, GEOMETRY, false),
      addon.inputGradient(dy, SHAPE.x, filter, SHAPE.filter, SHAPE.x, GEOMETRY),
      addon.filterGradient(x, SHAPE.x, dy, SHAPE.x, SHAPE.filter, GEOMETRY),
    ];
    // reading waits for a card, too
    const numbers = given.map((handle, k) => read(addon, handle, k === 2 ? SHAPE.filter : SHAPE.x));
    results = { numbers, milliseconds: Math.min(results.milliseconds, performance.now() - since) };
  }
  for (const handle of [x, filter, dy]) addon.release(handle);
  return results;
}

function read(addon: Addon, handle: Handle, shape: number[]): Float32Array {
  const numbers = new Float32Array(shape.reduce((a, b) => a * b, 1));
  addon.download(handle, numbers);
  addon.release(handle);
  return numbers;
}

/** Numbers between −1 and 1 without a pattern. */
function waves(shape: number[], phase: number): Float32Array {
  const size = shape.reduce((a, b) => a * b, 1);
  return Float32Array.from({ length: size }, (_, k) => Math.sin(0.7 * k * k + 1.3 * k + phase));
}

/** ‖a − b‖ / ‖a‖; Infinity where b is not finite. */
function error(a: Float32Array, b: Float32Array): number {
  let [difference, norm] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    norm += a[i] ** 2;
  }
  const relative = Math.sqrt(difference / norm);
  return Number.isFinite(relative) ? relative : Infinity;
}
