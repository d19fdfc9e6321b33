import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { OsvosError } from '../errors.js';

let counter = 0;

/**
 * Writes a file so that it is there whole or not at all: to a temporary name beside it, then renamed.
 * Makes missing folders. Throws `cannot-write` (exit 7).
 */
export async function writeFileAtomically(file: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${file}.${process.pid}-${counter++}.tmp`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(temporary, content);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // the folder itself may be unwritable: the first error counts
    throw new OsvosError('cannot-write', (error as Error).message, file, undefined, { cause: error });
  }
}
