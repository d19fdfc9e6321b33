/** The numbers of a tensor as PyTorch saves it → a row-major tensor of ours. */
import type { Allowance } from '../bounds.js';
import { gatherStrided } from '../gather-strided.js';
import { numberReaders } from '../number-readers.js';
import { damaged, unfit } from '../unfit.js';
import type { WeightTensor } from '../weights.js';
import type { StridedTensor } from './pickle-values.js';

/**
 * Checks sizes, strides and offset against the storage, then gathers the numbers. F32 and F16 stay bit for bit what
 * they are, BF16 becomes F32 exactly, F64 becomes F32 by rounding to nearest.
 *
 * @param storage bytes of the whole storage, little-endian; only asked for when all checks were passed
 * @param where file and tensor, for errors
 * @throws OsvosError `weights-unfit`
 */
export function tensorNumbers(
  tensor: StridedTensor,
  storage: () => Uint8Array,
  allowance: Allowance,
  where: string,
): WeightTensor {
  const { shape, strides, offset } = tensor;
  const { type, from, count: held } = tensor.storage;
  const read = numberReaders[type.dtype];
  if (!read)
    throw unfit(
      `numbers of type ${type.dtype} are not read`,
      where,
      'save it as F32 or F16, in PyTorch by .float()',
    );
  // sizes may be so large that their product is infinite, and infinity times zero is none
  const count = shape.includes(0) ? 0 : shape.reduce((a, b) => a * b, 1);
  if (count === 0) return read(shape, new ArrayBuffer(0));
  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis], offset);
  if (last >= held)
    throw damaged(`[${shape.join(', ')}] reaches number ${last} of a storage of ${held}`, where);
  allowance.bytes -= count * Math.max(type.bytes, 4);
  if (allowance.bytes < 0) {
    throw unfit(
      `[${shape.join(', ')}] is far larger than what the file holds`,
      where,
      'save it with .contiguous()',
    );
  }
  return read(shape, gatherStrided(storage(), type.bytes, { shape, strides, offset: from + offset }));
}
