/** A named array of numbers as weight files hold it. */
export interface WeightTensor {
  dtype: 'F32' | 'F16';
  shape: number[];
  /** Row-major; half-precision numbers as their 16 bits. */
  data: Float32Array | Uint16Array;
}

/** Tensors by name, in the file's order. */
export type Weights = Map<string, WeightTensor>;
