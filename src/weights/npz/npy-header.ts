/** The header of one NumPy array (`.npy`, NumPy Enhancement Proposal 1): which numbers follow, and in which order. */
import { AXES } from '../bounds.js';
import { damaged, printable, unfit } from '../unfit.js';

export interface NpyHeader {
  /** Of one number: kind and bytes as NumPy writes them, such as `f4`. */
  type: string;
  bigEndian: boolean;
  /** The first axis counts fastest. */
  fortran: boolean;
  shape: number[];
  /** Where the numbers begin. */
  end: number;
}

/** What an array is to be saved as. */
export const SAVE_AS_FLOATS =
  'save it as numbers of type float32 or float16, in NumPy by .astype(numpy.float32)';

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');
/** Bytes of the header's length, by the format's major version; 3 allows Unicode in the names of fields. */
const lengthBytes: Partial<Record<number, 2 | 4>> = { 1: 2, 2: 4, 3: 4 };
/** NumPy itself reads no longer headers, unless told to. */
const LONGEST_HEADER = 10_000;

const NUMBERS = /^'([<>])([a-z]\d+)'$/;
const OBJECTS = /^'\|O\d*'$/;

/**
 * Strict: the three entries that NumPy writes, once each, and blanks to the end.
 *
 * @param where file and member, for errors
 * @throws OsvosError `weights-unfit` for a header that is damaged, or of an array that is not of plain numbers
 */
export function parseNpyHeader(bytes: Uint8Array, where: string): NpyHeader {
  if (!MAGIC.equals(bytes.subarray(0, MAGIC.length))) throw damaged('it is no array of NumPy', where);
  const size = lengthBytes[bytes[6]];
  if (size === undefined || bytes[7] !== 0)
    throw damaged(`arrays of NumPy’s format ${bytes[6]}.${bytes[7]} are not known`, where);
  const start = MAGIC.length + 2 + size;
  if (bytes.length < start) throw damaged('the array’s header is cut off', where);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = size === 2 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > LONGEST_HEADER)
    throw damaged(`the array’s header has ${length} bytes, more than NumPy reads`, where);
  if (start + length > bytes.length) throw damaged('the array’s header is cut off', where);
  const text = Buffer.from(bytes.subarray(start, start + length)).toString('latin1');
  return { ...readDictionary(text, where), end: start + length };
}

/** `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`. */
function readDictionary(text: string, where: string): Omit<NpyHeader, 'end'> {
  const wrong = () => damaged(`the array’s header is none of NumPy’s (${printable(text)})`, where);
  const whole = /^\{(.*)\}\s*$/s.exec(text);
  if (!whole) throw wrong();
  const entries = new Map<string, string>();
  const entry = /\s*'(descr|fortran_order|shape)':\s*('[^']*'|\[.*\]|True|False|\([^()]*\))\s*(,|$)/sy;
  for (let at = 0; at < whole[1].trimEnd().length; at = entry.lastIndex) {
    const found = entry.exec(whole[1]);
    if (!found || entries.has(found[1])) throw wrong();
    entries.set(found[1], found[2]);
  }
  const [descr, fortran, shape] = ['descr', 'fortran_order', 'shape'].map((key) => entries.get(key));
  if (descr === undefined || !shape?.startsWith('(') || !(fortran === 'True' || fortran === 'False'))
    throw wrong();
  if (OBJECTS.test(descr))
    throw unfit('it holds pickled Python objects, which are never loaded', where, SAVE_AS_FLOATS);
  const [, order, type] = NUMBERS.exec(descr) ?? [];
  if (type === undefined)
    throw unfit(`numbers of type ${printable(descr)} are not read`, where, SAVE_AS_FLOATS);
  return { type, bigEndian: order === '>', fortran: fortran === 'True', shape: readShape(shape, wrong) };
}

/** `()`, `(3,)`, `(3, 4)`; numbers end with L where Python 2 wrote them. */
function readShape(tuple: string, wrong: () => Error): number[] {
  const sizes = tuple.slice(1, -1).split(',');
  const last = sizes.pop()!;
  // a comma behind the last size, or none between the brackets
  if (last.trim() !== '') {
    if (sizes.length === 0) throw wrong();
    sizes.push(last);
  }
  if (sizes.length > AXES || !sizes.every((size) => /^\s*\d+L?\s*$/.test(size))) throw wrong();
  const shape = sizes.map((size) => Number.parseInt(size));
  if (!shape.every(Number.isSafeInteger)) throw wrong();
  return shape;
}
