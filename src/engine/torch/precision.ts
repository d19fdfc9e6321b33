/** Whether bfloat16 is worth having here, and right. */
import type { Addon, Handle } from './addon.js';

/** `[filter's size, channels in, channels out]`: what a bottleneck of a residual network is made of. */
const CONVOLUTIONS = [
  [1, 256, 64],
  [3, 64, 64],
  [1, 64, 256],
] as const;
/** Large enough that their time is more than what starts them. */
const [HEIGHT, WIDTH] = [40, 72];
/** Relative error (Frobenius) that bfloat16 may have: rounding alone gives 0.3 %. */
const LARGEST_ERROR = 0.01;
/** Least gain in speed for which precision is given up. */
const LEAST_GAIN = 1.15;
/** In turns, and the fastest run counts: what else the machine does meanwhile must not decide. */
const ROUNDS = 6;

/** A convolution's tensors. */
interface Given {
  x: Handle;
  filter: Handle;
  dy: Handle;
  xShape: number[];
  filterShape: number[];
  dyShape: number[];
  geometry: number[];
}

/**
 * Runs convolutions and their gradients in both precisions: whether bfloat16 is right within 1 %, and faster. Flags of
 * the processor tell neither: there are libraries whose gradients are wrong, and processors that only emulate it.
 * Takes a fifth of a second.
 */
export function holdsInBf16(addon: Addon, device: string, threads: number): boolean {
  const given = CONVOLUTIONS.map(([size, input, output]) => upload(addon, size, input, output));
  const fastest = { f32: Infinity, bf16: Infinity };
  let right = true;
  for (let round = 0; round < ROUNDS; round++) {
    const compare = round === 0; // the numbers are the same each time
    addon.configure(device, threads, false);
    const exact = convolve(addon, given, compare);
    addon.configure(device, threads, true);
    const reduced = convolve(addon, given, compare);
    fastest.f32 = Math.min(fastest.f32, exact.milliseconds);
    fastest.bf16 = Math.min(fastest.bf16, reduced.milliseconds);
    right &&= exact.numbers.every((numbers, i) => error(numbers, reduced.numbers[i]) <= LARGEST_ERROR);
  }
  for (const { x, filter, dy } of given) [x, filter, dy].forEach((handle) => addon.release(handle));
  return right && fastest.bf16 * LEAST_GAIN <= fastest.f32;
}

function upload(addon: Addon, size: number, input: number, output: number): Given {
  const xShape = [1, HEIGHT, WIDTH, input];
  const filterShape = [size, size, input, output];
  const dyShape = [1, HEIGHT, WIDTH, output];
  const around = (size - 1) / 2;
  return {
    x: addon.upload(waves(xShape, 0), xShape, 'float32'),
    filter: addon.upload(waves(filterShape, 1), filterShape, 'float32'),
    dy: addon.upload(waves(dyShape, 2), dyShape, 'float32'),
    ...{ xShape, filterShape, dyShape },
    geometry: [1, 1, around, around, around, around, 1, 1],
  };
}

/** What all took; output, input gradient and filter gradient of each convolution where they are wanted. */
function convolve(
  addon: Addon,
  given: Given[],
  wanted: boolean,
): { numbers: Float32Array[]; milliseconds: number } {
  const numbers: Float32Array[] = [];
  let milliseconds = 0;
  for (const { x, filter, dy, xShape, filterShape, dyShape, geometry } of given) {
    const since = performance.now();
    const results = [
      addon.convolve(x, xShape, filter, filterShape, null, null, null, null, geometry, false),
      addon.inputGradient(dy, dyShape, filter, filterShape, xShape, geometry),
      addon.filterGradient(x, xShape, dy, dyShape, filterShape, geometry),
    ];
    addon.synchronize();
    milliseconds += performance.now() - since;
    if (wanted)
      results.forEach((handle, k) => numbers.push(read(addon, handle, [dyShape, xShape, filterShape][k])));
    for (const handle of results) addon.release(handle);
  }
  return { numbers, milliseconds };
}

function read(addon: Addon, handle: Handle, shape: number[]): Float32Array {
  const numbers = new Float32Array(shape.reduce((a, b) => a * b, 1));
  addon.download(handle, numbers);
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
