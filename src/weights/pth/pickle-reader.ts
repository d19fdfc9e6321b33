/** Reads a pickle’s bytes one argument after the other; every read checks that the bytes are there. */
import { damaged } from '../unfit.js';

export interface PickleReader {
  /** Of the next byte, from the start of `bytes`. */
  readonly position: number;
  uint8(): number;
  uint16(): number;
  uint32(): number;
  int32(): number;
  /** Big-endian, the one number that pickles hold that way round. */
  float64(): number;
  /** A whole number in two’s complement, low byte first. */
  integer(bytes: number): number | bigint;
  text(bytes: number, encoding: 'utf-8' | 'latin1'): string;
  /** To the next line feed, which is taken off. */
  line(): string;
}

/** Of a whole number; the longest that PyTorch writes is its magic number, with 10. */
const INTEGER_BYTES = 16;

/** Longest name of a module or class. */
const LINE_BYTES = 256;

/** Throws `weights-unfit` from any of its reads where the bytes end; `where` is for that message. */
export function readPickleBytes(bytes: Uint8Array, start: number, where: string): PickleReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = start;
  const take = (count: number): number => {
    if (count > bytes.length - position)
      throw damaged('the pickle ends in the middle: the file is cut off', where);
    const from = position;
    position += count;
    return from;
  };
  return {
    get position() {
      return position;
    },
    uint8: () => view.getUint8(take(1)),
    uint16: () => view.getUint16(take(2), true),
    uint32: () => view.getUint32(take(4), true),
    int32: () => view.getInt32(take(4), true),
    float64: () => view.getFloat64(take(8), false),
    integer(count) {
      if (count > INTEGER_BYTES) throw damaged(`the pickle has a whole number of ${count} bytes`, where);
      const from = take(count);
      let value = 0n;
      for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[from + i]);
      value = BigInt.asIntN(8 * count, value);
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    },
    text(count, encoding) {
      const from = take(count);
      const part = Buffer.from(bytes.buffer, bytes.byteOffset + from, count);
      if (encoding === 'latin1') return part.toString('latin1');
      try {
        return utf8.decode(part);
      } catch (error) {
        throw Object.assign(damaged('a text in the pickle is no UTF-8', where), { cause: error });
      }
    },
    line() {
      const end = bytes.subarray(position, position + LINE_BYTES).indexOf(0x0a);
      if (end < 0) {
        const short = bytes.length - position < LINE_BYTES;
        throw damaged(
          short ? 'the pickle ends in the middle: the file is cut off' : 'a name in the pickle has no end',
          where,
        );
      }
      const from = take(end + 1);
      return Buffer.from(bytes.buffer, bytes.byteOffset + from, end).toString('latin1');
    },
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
