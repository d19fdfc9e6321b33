/** Archives of NumPy's arrays (`.npz`, as `numpy.savez` and `savez_compressed` write them): names and numbers, no program. */
import { unfoldedBytes, type Allowance } from '../bounds.js';
import { gatherStrided } from '../gather-strided.js';
import { numberReaders } from '../number-readers.js';
import { damaged, unfit } from '../unfit.js';
import type { ReadOptions, WeightFile, Weights, WeightTensor } from '../weights.js';
import { openZip } from '../zip/zip-archive.js';
import { parseNpyHeader, SAVE_AS_FLOATS } from './npy-header.js';

const SUFFIX = '.npy';

/** NumPy's types of numbers → safetensors' names of them, and bytes of one number. */
const types: Partial<Record<string, { dtype: 'F16' | 'F32' | 'F64'; bytes: 2 | 4 | 8 }>> = {
  f2: { dtype: 'F16', bytes: 2 },
  f4: { dtype: 'F32', bytes: 4 },
  f8: { dtype: 'F64', bytes: 8 },
};

/** Whether a zip archive holds arrays, by the names of its members; PyTorch's have none of such names. */
export function isNpz(names: readonly string[]): boolean {
  return names.some((name) => name.endsWith(SUFFIX));
}

/**
 * Reads arrays of half, single and double precision (the last as F32), of either byte order and order of axes.
 * Strict like the reader of safetensors: what is no plain array of numbers is refused, and pickled objects are never run.
 *
 * @param file its name for errors
 * @throws OsvosError `weights-unfit`
 */
export function parseNpz(content: Uint8Array, file: string, options: ReadOptions = {}): WeightFile {
  const archive = openZip(content, file);
  const allowance: Allowance = { bytes: unfoldedBytes(content.length) };
  const tensors: Weights = new Map();
  for (const member of archive.names()) {
    const name = member.slice(0, -SUFFIX.length);
    if (!member.endsWith(SUFFIX))
      throw unfit(`${member} is no array`, file, 'save the arrays alone with numpy.savez');
    if (options.skip?.(name)) continue;
    tensors.set(name, parseNpy(archive.read(member), allowance, `${file}, array ${name}`));
  }
  return { tensors, metadata: {} };
}

/** One array, row by row whatever its order. */
function parseNpy(bytes: Uint8Array, allowance: Allowance, where: string): WeightTensor {
  const { type, bigEndian, fortran, shape, end } = parseNpyHeader(bytes, where);
  const known = types[type];
  if (!known) throw unfit(`numbers of type ${type} are not read`, where, SAVE_AS_FLOATS);
  // sizes may be so large that their product is infinite, and infinity times zero is none
  const count = shape.includes(0) ? 0 : shape.reduce((a, b) => a * b, 1);
  const body = bytes.subarray(end);
  if (count * known.bytes !== body.length) {
    throw damaged(`[${shape.join(', ')}] needs ${count * known.bytes} bytes and has ${body.length}`, where);
  }
  allowance.bytes -= count * Math.max(known.bytes, 4);
  if (allowance.bytes < 0) {
    throw unfit(
      `[${shape.join(', ')}] is far larger than what the file holds`,
      where,
      'save it again with numpy.savez',
    );
  }
  const read = numberReaders[known.dtype]!;
  if (count === 0) return read(shape, new ArrayBuffer(0));
  const strides = fortran ? stridesOf(shape) : stridesOf(shape.toReversed()).reverse();
  const bits = gatherStrided(body, known.bytes, { shape, strides, offset: 0 });
  return read(shape, bigEndian ? swapped(bits, known.bytes) : bits);
}

/** In numbers; the axis whose size comes first counts fastest. */
function stridesOf(sizes: readonly number[]): number[] {
  return sizes.map((_, axis) => sizes.slice(0, axis).reduce((a, b) => a * b, 1));
}

/** The other byte order, in place. */
function swapped(bits: ArrayBuffer, size: 2 | 4 | 8): ArrayBuffer {
  const bytes = Buffer.from(bits);
  if (size === 2) bytes.swap16();
  else if (size === 4) bytes.swap32();
  else bytes.swap64();
  return bits;
}
