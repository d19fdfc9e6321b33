import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { OsvosError } from '../errors.js';

let counter = 0;

/** The name under which a file is written before it is renamed; leftover-files.ts knows its form. */
export function temporaryName(file: string): string {
  return `${file}.${process.pid}-${counter++}.tmp`;
}

/**
 * Writes a file so that it is there whole or not at all: to a temporary name beside it, then renamed.
 * Makes missing folders. Throws `cannot-write` (exit 7).
 */
export async function writeFileAtomically(file: string, content: Uint8Array | string): Promise<void> {
  const temporary = temporaryName(file);
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(temporary, content);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // the folder itself may be unwritable: the first error counts
    throw new OsvosError('cannot-write', (error as Error).message, file, undefined, { cause: error });
  }
}
