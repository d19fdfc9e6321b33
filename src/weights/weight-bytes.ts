import { readFile } from 'node:fs/promises';
import { OsvosError } from '../errors.js';

/** All of a weight file. Throws `weights-missing` when there is no such file, `weights-unfit` when it cannot be read. */
export function readWeightBytes(file: string): Promise<Uint8Array> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') {
      throw new OsvosError('weights-missing', 'no such weight file', file, undefined, { cause: error });
    }
    throw new OsvosError('weights-unfit', `cannot be read (${error.message})`, file, undefined, {
      cause: error,
    });
  });
}
