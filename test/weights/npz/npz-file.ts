/** NumPy files made by hand, which can also be what NumPy never writes. */
import { zip, type Member } from '../pth/pth-file.js';

export interface Array {
  descr?: string;
  fortran?: boolean;
  /** As the header has it. */
  shape?: string;
  /** Of the format; its second byte is 0. */
  version?: number;
  /** In place of the dictionary that the fields above make. */
  header?: string;
  body?: Uint8Array;
}

/** One array: `\x93NUMPY`, version, length, dictionary padded with blanks to a multiple of 64, numbers. */
export function npy(array: Array = {}): Buffer {
  const { descr = "'<f4'", fortran = false, shape = '()', version = 1, body = Buffer.alloc(0) } = array;
  const order = fortran ? 'True' : 'False';
  const text = array.header ?? `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`;
  const start = version === 1 ? 10 : 12;
  const padded = Buffer.from(
    text.padEnd(Math.ceil((start + text.length + 1) / 64) * 64 - start - 1) + '\n',
    'latin1',
  );
  const length = Buffer.alloc(start - 8);
  if (version === 1) length.writeUInt16LE(padded.length);
  else length.writeUInt32LE(padded.length);
  return Buffer.concat([Buffer.from('\x93NUMPY', 'latin1'), Buffer.of(version, 0), length, padded, body]);
}

/** `numpy.savez(file, **arrays)`. */
export function npz(
  arrays: Record<string, Uint8Array>,
  options: Omit<Member, 'name' | 'content'> = {},
): Buffer {
  return zip(Object.entries(arrays).map(([name, content]) => ({ ...options, name: `${name}.npy`, content })));
}
