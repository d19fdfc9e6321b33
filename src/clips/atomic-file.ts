import { createHash } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { OsvosError } from '../errors.js';

let counter = 0;

/** Stands for this machine in names: `h` and six hexadecimal digits of its host name's SHA-256. */
export const machineTag = `h${createHash('sha256').update(os.hostname()).digest('hex').slice(0, 6)}`;

/**
 * The name under which a file is written before it is renamed; leftover-files.ts knows its form. Machines that share a
 * folder have processes of the same number (in containers nearly always), so the machine is part of it.
 */
export function temporaryName(file: string): string {
  return `${file}.${process.pid}-${counter++}-${machineTag}.tmp`;
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
