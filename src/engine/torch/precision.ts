/** Whether bfloat16 is worth having here, and right. */
import type { Addon, Handle } from './addon.js';

/** A convolution as networks have them, 64 → 64 channels; large enough that its time is more than what starts it. */
const SHAPE = { x: [1, 60, 106, 64], filter: [3, 3, 64, 64] };
const GEOMETRY = [1, 1, 1, 1, 1, 1, 1, 1];
/** Relative error (Frobenius) that bfloat16 may have: rounding alone gives 0.3 %. */
const LARGEST_ERROR = 0.01;
/** Least gain in speed for which precision is given up. */
const LEAST_GAIN = 1.15;
/** In turns, and the fastest run counts: what else the machine does meanwhile must not decide. */
const ROUNDS = 6;

interface Given {
  x: Handle;
  filter: Handle;
  dy: Handle;
}

/**
 * Runs one convolution and its gradients in both precisions: whether bfloat16 is right within 1 %, and faster. Flags
 * of the processor tell neither: there are libraries whose gradients are wrong, and processors that only emulate it.
 * Takes a tenth of a second.
 */
export function holdsInBf16(addon: Addon, device: string, threads: number): boolean {
  const given = {
    x: addon.upload(waves(SHAPE.x, 0), SHAPE.x, 'float32'),
    filter: addon.upload(waves(SHAPE.filter, 1), SHAPE.filter, 'float32'),
    dy: addon.upload(waves(SHAPE.x, 2), SHAPE.x, 'float32'),
  };
  const fastest = { f32: Infinity, bf16: Infinity };
  let right = true;
  for (let round = 0; round < ROUNDS; round++) {
    addon.configure(device, threads, false);
    const exact = convolve(addon, given);
    addon.configure(device, threads, true);
    const reduced = convolve(addon, given);
    fastest.f32 = Math.min(fastest.f32, exact.milliseconds);
    fastest.bf16 = Math.min(fastest.bf16, reduced.milliseconds);
    if (round > 0) continue; // the numbers are the same each time
    right = exact.numbers.every((numbers, i) => error(numbers, reduced.numbers[i]) <= LARGEST_ERROR);
  }
  for (const handle of Object.values<Handle>(given)) addon.release(handle);
  return right && fastest.bf16 * LEAST_GAIN <= fastest.f32;
}

/** Output, input gradient and filter gradient of the convolution, and what they took. */
function convolve(addon: Addon, { x, filter, dy }: Given): { numbers: Float32Array[]; milliseconds: number } {
  const since = performance.now();
  const results = [
    addon.convolve(x, SHAPE.x, filter, SHAPE.filter, null, null, null, null, GEOMETRY, false),
    addon.inputGradient(dy, SHAPE.x, filter, SHAPE.filter, SHAPE.x, GEOMETRY),
    addon.filterGradient(x, SHAPE.x, dy, SHAPE.x, SHAPE.filter, GEOMETRY),
  ];
  // reading waits for a card, too
  const numbers = results.map((handle, k) => read(addon, handle, k === 2 ? SHAPE.filter : SHAPE.x));
  return { numbers, milliseconds: performance.now() - since };
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
