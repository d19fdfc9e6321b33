/** One door to weight files of all kinds: what a file is its first bytes say, not its name. */
import { OsvosError } from '../errors.js';
import { isNpz, parseNpz } from './npz/npz.js';
import { parsePth } from './pth/pth.js';
import { SAVE_PLAIN } from './pth/save-plain.js';
import { parseSafetensors } from './safetensors.js';
import { readWeightBytes } from './weight-bytes.js';
import { weightFormat } from './weight-format.js';
import type { ReadOptions, WeightFile } from './weights.js';
import { openZip } from './zip/zip-archive.js';

const BEGINNING_BYTES = 24;

/**
 * Reads a safetensors file, one of PyTorch's, or an archive of NumPy's.
 *
 * @throws OsvosError `weights-missing` when there is no such file, `weights-unfit` when it is damaged or of another kind
 */
export async function readWeightFile(file: string, options: ReadOptions = {}): Promise<WeightFile> {
  const content = await readWeightBytes(file);
  const refuse = (what: string, remedy: string) => new OsvosError('weights-unfit', what, file, remedy);
  switch (weightFormat(content)) {
    case 'safetensors':
      return parseSafetensors(content, file, options);
    case 'zip':
      return isNpz(openZip(content, file).names())
        ? parseNpz(content, file, options)
        : parsePth(content, 'zip', file, options);
    case 'pth-stream':
      return parsePth(content, 'stream', file, options);
    case 'pth-tar':
      throw refuse(
        'a tar archive, as PyTorch wrote before 0.1.10',
        `load it with PyTorch, and ${SAVE_PLAIN}`,
      );
    case 'npy':
      throw refuse('a single array of NumPy, without a name', 'save all arrays by name with numpy.savez');
    case 'hdf5':
      throw refuse(
        'an HDF5 file, as Keras writes',
        'save its tensors with numpy.savez or as safetensors, under Keras’s names',
      );
    case 'web-page':
      throw refuse('a web page, not the file that it offers', 'download the file itself');
    case 'unknown':
      throw refuse(
        `neither safetensors nor a file of PyTorch or NumPy (${beginning(content)})`,
        'check that it was copied whole',
      );
  }
}

/** Enough to know a text file by. */
function beginning(content: Uint8Array): string {
  if (content.length === 0) return 'it is empty';
  const text = Buffer.from(content.subarray(0, BEGINNING_BYTES)).toString('latin1');
  return `it begins with ${JSON.stringify(text.replace(/[^\x20-\x7e]/g, '?'))}`;
}
