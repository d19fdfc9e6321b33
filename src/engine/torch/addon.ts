/** What the addon of `native/` gives. Tensors are known by handles; where a kernel needs one, its shape follows. */
import { createRequire } from 'node:module';

/** A tensor of the addon. */
export type Handle = number;

type Shape = readonly number[];
type Values = Float32Array | Int32Array | Uint8Array;

export interface AddonDescription {
  /** Of PyTorch. */
  version: string;
  /** Whether there is a card that it can use. */
  cuda: boolean;
  mps: boolean;
  threads: number;
  /** Vector instructions that PyTorch uses, such as `AVX512`. */
  capability: string;
}

/** All but `tensors` is of the whole process and of the processor's memory. */
export interface AddonMemory {
  /** Of this thread of JavaScript. */
  tensors: number;
  /** Bytes of tensors, and the most that they were. */
  alive: number;
  peak: number;
  /** Bytes that the system gave, with those kept for later. */
  reserved: number;
  /** How often the system was asked. */
  requests: number;
}

/** `null, null` stands for a tensor that is left out. */
export interface Addon {
  configure(device: string, threads: number, bf16: boolean): void;
  describe(): AddonDescription;
  /** Returns when the device has done all that it was given. */
  synchronize(): void;
  upload(values: Values, shape: Shape, dtype: string): Handle;
  /** Fills `values`, which has the tensor's size. */
  download(x: Handle, values: Values): void;
  release(x: Handle): void;
  memory(): AddonMemory;
  /** Gives memory that is kept for later back to the system. */
  emptyCache(): void;
  /** Fills memory with NaN before it is given out: shows kernels that do not write all of their result. For tests. */
  poison(on: boolean): void;
  /** Off: kernels do on the processor what they do on a card. For tests. */
  useOwnLoops(on: boolean): void;
  /** Whether 3 × 3 convolutions of stride 1 take the addon's own kernels: `auto` where they are faster. For tests. */
  useWinograd(when: 'auto' | 'always' | 'never'): void;

  /** `geometry`: strides, padding at top, bottom, left and right, dilations. */
  convolve(
    ...args: [
      ...x: [Handle, Shape],
      ...filter: [Handle, Shape],
      ...bias: [Handle, Shape] | [null, null],
      ...residual: [Handle, Shape] | [null, null],
      geometry: Shape,
      relu: boolean,
    ]
  ): Handle;
  inputGradient(dy: Handle, dyShape: Shape, filter: Handle, filterShape: Shape, xShape: Shape, geometry: Shape): Handle; // prettier-ignore
  filterGradient(x: Handle, xShape: Shape, dy: Handle, dyShape: Shape, filterShape: Shape, geometry: Shape): Handle; // prettier-ignore
  biasGradient(dy: Handle, shape: Shape): Handle;

  unary(name: string, x: Handle, shape: Shape): Handle;
  binary(name: string, a: Handle, aShape: Shape, b: Handle, bShape: Shape): Handle;
  step(x: Handle, shape: Shape, alpha: number): Handle;
  clamp(x: Handle, shape: Shape, low: number, high: number): Handle;
  select(condition: Handle, shape: Shape, a: Handle, aShape: Shape, b: Handle, bShape: Shape): Handle;
  reluGradient(dy: Handle, dyShape: Shape, y: Handle, yShape: Shape): Handle;

  /** `window`: height, width, steps down and right, padding at top and left. */
  maxPool(x: Handle, shape: Shape, window: Shape, yShape: Shape): Handle;
  maxPoolGradient(...args: [...x: [Handle, Shape], ...y: [Handle, Shape], ...dy: [Handle, Shape], window: Shape]): Handle; // prettier-ignore
  averagePool(x: Handle, shape: Shape, window: Shape): Handle;
  averagePoolGradient(dy: Handle, dyShape: Shape, x: Handle, shape: Shape, window: Shape): Handle;
  resizeBilinear(x: Handle, shape: Shape, height: number, width: number, alignCorners: boolean, halfPixelCenters: boolean): Handle; // prettier-ignore
  resizeBilinearAdjoint(dy: Handle, shape: Shape, height: number, width: number, alignCorners: boolean, halfPixelCenters: boolean): Handle; // prettier-ignore

  reduce(name: string, x: Handle, shape: Shape, axes: Shape, keepDims: boolean): Handle;
  argument(name: string, x: Handle, shape: Shape, axis: number): Handle;
  halfSumOfSquares(x: Handle, shape: Shape): Handle;
  softmax(x: Handle, shape: Shape, logarithm: boolean): Handle;
  topK(x: Handle, shape: Shape, k: number): Handle[];
  product(a: Handle, aShape: Shape, b: Handle, bShape: Shape, transposeA: boolean, transposeB: boolean): Handle; // prettier-ignore

  fill(shape: Shape, value: number, dtype: string): Handle;
  cast(x: Handle, shape: Shape, dtype: string): Handle;
  copy(x: Handle, shape: Shape): Handle;
  transpose(x: Handle, shape: Shape, order: Shape): Handle;
  slice(x: Handle, shape: Shape, begin: Shape, size: Shape): Handle;
  pad(x: Handle, shape: Shape, sides: Shape, value: number): Handle;
  /** After the count come that many handles with their shapes, then the axis. */
  concatenate(count: number, ...parts: (Handle | Shape)[]): Handle;
  addAll(count: number, ...parts: (Handle | Shape)[]): Handle;
  tile(x: Handle, shape: Shape, repetitions: Shape): Handle;
  reverse(x: Handle, shape: Shape, axes: Shape): Handle;
  gather(x: Handle, shape: Shape, indices: Handle, indicesShape: Shape, axis: number): Handle;
  segmentSum(x: Handle, shape: Shape, segments: Handle, segmentsShape: Shape, count: number): Handle;

  crossEntropy(...args: [...z: [Handle, Shape], ...y: [Handle, Shape], ...w: [Handle, Shape]]): Handle;
  crossEntropyGradient(
    ...args: [...z: [Handle, Shape], ...y: [Handle, Shape], ...w: [Handle, Shape], ...factor: [Handle, Shape]]
  ): Handle;
  /** After the labels how many pixels of each picture count, or 0 for all; loss and its gradient. */
  bootstrappedCrossEntropy(
    ...args: [...logits: [Handle, Shape], ...labels: [Handle, Shape], count: number]
  ): Handle[];
  /**
   * After the query with its shape and the number of blocks come keys and values of each with their shapes; then whether
   * keys are compared by distance, height and width of the grid, σ or 0, how many of the best are read or 0, and the
   * bytes that a part may take.
   */
  memoryRead(query: Handle, shape: Shape, count: number, ...rest: (Handle | Shape | boolean)[]): Handle;
  /** Changes value and moments; numbers: gradient's scale, share of the value kept, coupled decay, β₁, β₂, stride, ε. */
  adam(value: Handle, shape: Shape, gradient: Handle, gradientShape: Shape, first: Handle, second: Handle, ...numbers: number[]): void; // prettier-ignore
  /** Changes value and velocity; numbers: gradient's scale, coupled decay, momentum, rate. */
  momentum(value: Handle, shape: Shape, gradient: Handle, gradientShape: Shape, velocity: Handle, ...numbers: number[]): void; // prettier-ignore
}

/** Loads the addon and with it PyTorch's libraries into this process. Throws what the system's loader says. */
export function loadAddon(file: string): Addon {
  return createRequire(import.meta.url)(file) as Addon;
}
