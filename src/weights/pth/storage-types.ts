/** PyTorch’s storage classes → the type of their numbers, under the names that safetensors gives to types. */

export interface StorageType {
  dtype: 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL' | 'C64' | 'C128';
  /** Of one number. */
  bytes: number;
}

export const storageTypes: ReadonlyMap<string, StorageType> = new Map([
  ['torch.DoubleStorage', { dtype: 'F64', bytes: 8 }],
  ['torch.FloatStorage', { dtype: 'F32', bytes: 4 }],
  ['torch.HalfStorage', { dtype: 'F16', bytes: 2 }],
  ['torch.BFloat16Storage', { dtype: 'BF16', bytes: 2 }],
  ['torch.LongStorage', { dtype: 'I64', bytes: 8 }],
  ['torch.IntStorage', { dtype: 'I32', bytes: 4 }],
  ['torch.ShortStorage', { dtype: 'I16', bytes: 2 }],
  ['torch.CharStorage', { dtype: 'I8', bytes: 1 }],
  ['torch.ByteStorage', { dtype: 'U8', bytes: 1 }],
  ['torch.BoolStorage', { dtype: 'BOOL', bytes: 1 }],
  ['torch.ComplexFloatStorage', { dtype: 'C64', bytes: 8 }],
  ['torch.ComplexDoubleStorage', { dtype: 'C128', bytes: 16 }],
]);
