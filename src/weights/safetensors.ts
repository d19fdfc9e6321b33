/**
 * Weight files in the safetensors format (github.com/huggingface/safetensors): 8 bytes of header length
 * (little-endian), a JSON header `{name: {dtype, shape, data_offsets}, __metadata__}`, then the numbers.
 * Reading is strict: a file that is not exactly what its header says is refused, never repaired.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { writeFileAtomically } from '../clips/atomic-file.js';
import { OsvosError } from '../errors.js';
import { bytesPerValue, parseHeader, type TensorHeader } from './safetensors-header.js';
import { readWeightBytes } from './weight-bytes.js';
import { weightFormat } from './weight-format.js';
import type { ReadOptions, WeightFile, Weights, WeightTensor } from './weights.js';

/** Bytes of the header's length in front of it. */
const PREFIX = 8;

/**
 * Reads F32, F16 and BF16 tensors (the last as F32, exactly), in the order of their data.
 *
 * @throws OsvosError `weights-missing` when there is no such file, `weights-unfit` when it is damaged or holds other types
 */
export async function readSafetensors(file: string, options: ReadOptions = {}): Promise<WeightFile> {
  const content = await readWeightBytes(file);
  return parseSafetensors(content, file, options);
}

/** As `readSafetensors`, from the file's bytes; `file` is its name for errors. */
export function parseSafetensors(content: Uint8Array, file: string, options: ReadOptions = {}): WeightFile {
  const unfit = (what: string) => new OsvosError('weights-unfit', what, file);
  if (['zip', 'pth-stream'].includes(weightFormat(content))) {
    const what = 'a PyTorch or NumPy file, where one of this program is needed';
    throw new OsvosError('weights-unfit', what, file, 'take it over first, by osvos weights import');
  }
  if (content.length < PREFIX) throw unfit(`${content.length} bytes are too few for a safetensors file`);
  const length = Number(new DataView(content.buffer, content.byteOffset, PREFIX).getBigUint64(0, true));
  if (length > content.length - PREFIX) {
    throw unfit(
      `not a safetensors file, or cut off (header of ${length} bytes in a file of ${content.length})`,
    );
  }
  const body = content.subarray(PREFIX + length);
  const { entries, metadata } = parseHeader(content.subarray(PREFIX, PREFIX + length), body.length, file);
  const tensors: Weights = new Map();
  for (const entry of entries) {
    if (options.skip?.(entry.name)) continue;
    tensors.set(entry.name, decodeTensor(entry, body.subarray(entry.begin, entry.end), file));
  }
  return { tensors, metadata };
}

/**
 * Writes weights so that the file is there whole or not at all. Same input, same bytes: F32 tensors come first so
 * that all numbers are aligned, else the order is the map's.
 *
 * @throws OsvosError `cannot-write`
 */
export async function writeSafetensors(
  file: string,
  tensors: Weights,
  metadata: Record<string, string> = {},
): Promise<void> {
  await writeFileAtomically(file, encodeSafetensors(tensors, metadata));
}

/** The bytes of a safetensors file. */
export function encodeSafetensors(tensors: Weights, metadata: Record<string, string> = {}): Uint8Array {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  const ordered = [...tensors].sort(([, a], [, b]) => bytesPerValue[b.dtype] - bytesPerValue[a.dtype]);
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, tensor] of ordered) {
    const part = encodeTensor(name, tensor);
    header[name] = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [offset, offset + part.length] };
    offset += part.length;
    parts.push(part);
  }
  const text = Buffer.from(JSON.stringify(header));
  // spaces to the next multiple of eight: the numbers are then aligned in the file too
  const padded = Buffer.alloc(Math.ceil(text.length / PREFIX) * PREFIX, ' ');
  text.copy(padded);
  const prefix = Buffer.alloc(PREFIX);
  prefix.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([prefix, padded, ...parts]);
}

/** SHA-256 of a file, 64 hexadecimal digits. Throws `weights-missing` when it cannot be read. */
export async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  } catch (error) {
    throw new OsvosError('weights-missing', (error as Error).message, file, undefined, { cause: error });
  }
  return hash.digest('hex');
}

function decodeTensor(entry: TensorHeader, bytes: Uint8Array, file: string): WeightTensor {
  const shape = entry.shape;
  // a copy, because the file's bytes need not be aligned for a typed array
  const buffer = new Uint8Array(bytes).buffer;
  switch (entry.dtype) {
    case 'F32':
      return { dtype: 'F32', shape, data: new Float32Array(buffer) };
    case 'F16':
      return { dtype: 'F16', shape, data: new Uint16Array(buffer) };
    case 'BF16':
      // the upper half of a single-precision number
      return {
        dtype: 'F32',
        shape,
        data: new Float32Array(Uint32Array.from(new Uint16Array(buffer), (b) => b << 16).buffer),
      };
    default:
      throw new OsvosError(
        'weights-unfit',
        `numbers of type ${entry.dtype} are not read`,
        `${file}, tensor ${entry.name}`,
        'save it as F32 or F16',
      );
  }
}

function encodeTensor(name: string, tensor: WeightTensor): Uint8Array {
  const count = tensor.shape.reduce((a, b) => a * b, 1);
  const fits =
    tensor.dtype === 'F32' ? tensor.data instanceof Float32Array : tensor.data instanceof Uint16Array;
  if (!fits || tensor.data.length !== count || name === '__metadata__') {
    throw new TypeError(
      `tensor ${name}: ${tensor.data.length} numbers are no ${tensor.dtype} [${tensor.shape.join(', ')}]`,
    );
  }
  return new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
}
