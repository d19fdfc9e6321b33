/** The JSON header of a safetensors file, checked against the file's length. */
import { OsvosError } from '../errors.js';
import { AXES } from './bounds.js';
import { isOneLine } from './one-line.js';
import { printable } from './unfit.js';

/** Bytes of one number, of the types whose size is checked. */
export const bytesPerValue: Readonly<Record<string, number>> = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
};

/** One tensor of the header; `begin` and `end` count bytes from the header's end. */
export interface TensorHeader {
  name: string;
  dtype: string;
  shape: number[];
  begin: number;
  end: number;
}

/**
 * Parses and checks: UTF-8 JSON object, shapes of whole numbers, bytes = numbers × size, tensors back to back from
 * the header's end to the file's. Entries come in the order of their data.
 *
 * @param bodyLength bytes that follow the header
 * @throws OsvosError `weights-unfit` naming file and tensor
 */
export function parseHeader(
  bytes: Uint8Array,
  bodyLength: number,
  file: string,
): { entries: TensorHeader[]; metadata: Record<string, string> } {
  const header = parseJson(bytes, file);
  const metadata = readMetadata(header.__metadata__, file);
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => readEntry(name, entry, file))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  let offset = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== offset) {
      throw new OsvosError(
        'weights-unfit',
        `data begin at byte ${begin}, expected at ${offset}`,
        at(file, name),
      );
    }
    if (end > bodyLength) {
      throw new OsvosError(
        'weights-unfit',
        `data end at byte ${end} of ${bodyLength}: the file is cut off`,
        at(file, name),
      );
    }
    offset = end;
  }
  if (offset !== bodyLength) {
    throw new OsvosError(
      'weights-unfit',
      `${bodyLength - offset} bytes after the last tensor belong to none`,
      file,
    );
  }
  return { entries, metadata };
}

function at(file: string, tensor: string): string {
  return `${file}, tensor ${tensor}`;
}

function parseJson(bytes: Uint8Array, file: string): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new OsvosError('weights-unfit', 'the header is no JSON', file, undefined, { cause: error });
  }
  if (!isObject(header)) throw new OsvosError('weights-unfit', 'the header is no JSON object', file);
  return header;
}

function readMetadata(value: unknown, file: string): Record<string, string> {
  if (value === undefined) return {};
  if (!isObject(value) || Object.values(value).some((text) => typeof text !== 'string')) {
    throw new OsvosError('weights-unfit', 'the header’s __metadata__ is no list of texts', file);
  }
  return value as Record<string, string>;
}

function readEntry(name: string, entry: unknown, file: string): TensorHeader {
  if (!isOneLine(name))
    throw new OsvosError('weights-unfit', `"${printable(name)}" is no name of a tensor`, file);
  const unfit = (what: string) => new OsvosError('weights-unfit', what, at(file, name));
  if (!isObject(entry)) throw unfit('the header has no description of it');
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(bytesPerValue, dtype))
    throw unfit(`unknown type ${shown(dtype)}`);
  if (!isCounts(shape) || shape.length > AXES)
    throw unfit(`shape ${shown(shape)} is no list of whole numbers`);
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[1] < offsets[0]) {
    throw unfit(`data_offsets ${shown(offsets)} are no [begin, end]`);
  }
  const [begin, end] = offsets;
  // sizes may be so large that their product is infinite, and infinity times zero is none
  const needed = shape.includes(0) ? 0 : shape.reduce((a, b) => a * b, 1) * bytesPerValue[dtype];
  if (needed !== end - begin)
    throw unfit(`${dtype} [${shape.join(', ')}] needs ${needed} bytes and has ${end - begin}`);
  return { name, dtype, shape, begin, end };
}

/** A value of the header for a message; lists of lists are not followed, they may be endless. */
function shown(value: unknown): string {
  const inner = (part: unknown) => (typeof part === 'object' && part !== null ? '...' : part);
  const flat = Array.isArray(value) ? value.slice(0, AXES).map(inner) : inner(value);
  return printable(JSON.stringify(flat) ?? 'none');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
}
