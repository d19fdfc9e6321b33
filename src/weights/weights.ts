/** A named array of numbers as weight files hold it. */
export interface WeightTensor {
  dtype: 'F32' | 'F16';
  shape: number[];
  /** Row-major; half-precision numbers as their 16 bits. */
  data: Float32Array | Uint16Array;
}

/** Tensors by name, in the file's order. */
export type Weights = Map<string, WeightTensor>;

/** A weight file's content. */
export interface WeightFile {
  tensors: Weights;
  /** Free text by key: what made the file, from what. */
  metadata: Record<string, string>;
}

export interface ReadOptions {
  /** Tensors that are left aside, and may then be of any type, such as PyTorch's 64-bit counters. */
  skip?: (name: string) => boolean;
}
