/** What a weight file is by its first bytes, whatever its name says. */
export type WeightFormat =
  | 'safetensors'
  /** PyTorch's since 1.6, and NumPy's archives of arrays: their members tell. */
  | 'zip'
  /** PyTorch's, before. */
  | 'pth-stream'
  /** PyTorch's, before 0.1.10. */
  | 'pth-tar'
  /** One array of NumPy's. */
  | 'npy'
  | 'hdf5'
  | 'web-page'
  | 'unknown';

/** Longest header of a safetensors file, by that format's own rule. */
const LONGEST_HEADER = 100_000_000n;

const ZIP = [0x50, 0x4b, 0x03, 0x04];
const NPY = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const HDF5 = [0x89, 0x48, 0x44, 0x46];
/** First instruction of a pickle since protocol 2, which its second byte names. */
const PICKLE = 0x80;
const NEWEST_PICKLE = 5;
/** Where a tar archive says `ustar`. */
const TAR_MARK = 257;

export function weightFormat(content: Uint8Array): WeightFormat {
  const starts = (bytes: readonly number[]) => bytes.every((byte, i) => content[i] === byte);
  const text = (from: number, to: number) => Buffer.from(content.subarray(from, to)).toString('latin1');
  if (starts(ZIP)) return 'zip';
  if (starts(NPY)) return 'npy';
  if (starts(HDF5)) return 'hdf5';
  if (text(TAR_MARK, TAR_MARK + 5) === 'ustar') return 'pth-tar';
  if (/^\s*<(!doctype|html|\?xml)/i.test(text(0, 64))) return 'web-page';
  // the length of safetensors' header comes first, and may begin like a pickle too
  const header =
    content.length < 8
      ? undefined
      : new DataView(content.buffer, content.byteOffset, 8).getBigUint64(0, true);
  if (header !== undefined && header <= LONGEST_HEADER) return 'safetensors';
  return content[0] === PICKLE && content[1] >= 2 && content[1] <= NEWEST_PICKLE ? 'pth-stream' : 'unknown';
}
