/** What processes that were killed while they wrote have left: files with temporary names, see `temporaryName`. */
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { OsvosError } from '../errors.js';
import { machineTag } from './atomic-file.js';

/** Ends of the files that this program writes, the number of the process, a counter, and the machine. */
const TEMPORARY =
  /\.(?:copy|csv|jpg|json|jsonl|mov|mp4|png|safetensors|txt|writable|zip)\.(\d+)(?:-\d+)?(?:-(h[\da-f]{6}))?\.tmp$/;

/** Nobody writes at a file for so long without a word. */
const STALE_MINUTES = 10;

/** Whether a file's name is one that only this program gives, to what it has not finished. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

export interface Leftovers {
  /** Only temporary files of this file, where the folder is not the program's own. */
  of?: string;
  /** In the folders below too. */
  deep?: boolean;
}

/**
 * Removes the temporary files of processes that run no more. Those of a process that is alive stay: another part of
 * the work may be going on in the same folder. Of processes of other machines nothing is known: what they wrote at in
 * the last ten minutes stays. To be called before this process writes there itself.
 *
 * @throws OsvosError `cannot-write`
 */
export async function removeLeftovers(folder: string, { of, deep = false }: Leftovers = {}): Promise<void> {
  try {
    for (const name of await readdir(folder, { recursive: deep })) {
      const found = TEMPORARY.exec(name);
      if (found === null || (of !== undefined && !name.startsWith(`${path.basename(of)}.`))) continue;
      const file = path.join(folder, name);
      const [, writer, machine = machineTag] = found;
      const inUse = machine === machineTag ? isAnotherAlive(Number(writer)) : await isFresh(file);
      if (!inUse) await rm(file, { force: true, recursive: true });
    }
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return;
    throw new OsvosError('cannot-write', (error as Error).message, folder, undefined, { cause: error });
  }
}

/** Whether a file was written lately; one that is gone by now was not left behind. */
async function isFresh(file: string): Promise<boolean> {
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Infinity }));
  return Date.now() - mtimeMs < STALE_MINUTES * 60_000;
}

/** Numbers come again: this process's own, or one that cannot be, belonged to one that is gone. */
function isAnotherAlive(id: number): boolean {
  if (id === process.pid) return false;
  try {
    process.kill(id, 0); // signal 0 only asks
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
