import type { WeightTensor } from './weights.js';

/**
 * Bits of a row-major tensor, little-endian → the tensor, by safetensors' names of types. F32 and F16 stay bit for bit
 * what they are (integers keep a NaN that may change on its way through a float), BF16 becomes F32 exactly, F64 becomes
 * F32 by rounding to nearest. Other types are not read.
 */
export const numberReaders: Partial<Record<string, (shape: number[], bits: ArrayBuffer) => WeightTensor>> = {
  F32: (shape, bits) => ({ dtype: 'F32', shape, data: new Float32Array(bits) }),
  F16: (shape, bits) => ({ dtype: 'F16', shape, data: new Uint16Array(bits) }),
  // the upper half of a single-precision number
  BF16: (shape, bits) => single(shape, Uint32Array.from(new Uint16Array(bits), (b) => b << 16).buffer),
  F64: (shape, bits) => single(shape, Float32Array.from(new Float64Array(bits)).buffer),
};

function single(shape: number[], bits: ArrayBuffer): WeightTensor {
  return { dtype: 'F32', shape, data: new Float32Array(bits) };
}
