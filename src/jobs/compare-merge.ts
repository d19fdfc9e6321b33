/** Takes over what other shards of a comparison did. */
import { cp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { temporaryName, writeFileAtomically } from '../clips/atomic-file.js';
import { isTemporary, removeLeftovers } from '../clips/leftover-files.js';
import { OsvosError } from '../errors.js';
import { readRunRecord } from './run-record.js';

/**
 * Copies finished sequences of a comparison into another that lacks them; a line says how many. What is not finished is
 * left: the comparison does it itself. Throws `data-set` where the folder is no comparison, and `cannot-write`.
 */
export async function takeOver(folder: string, out: string): Promise<string> {
  const from = path.join(folder, 'masks');
  if (!existsSync(from)) {
    const remedy = 'give the --out of osvos compare --shard';
    throw new OsvosError('data-set', 'no comparison is there', folder, remedy);
  }
  let taken = 0;
  for (const variant of await foldersIn(from)) {
    const own = path.join(out, 'masks', variant);
    await removeLeftovers(own); // of a copy that was killed
    const record = path.join(from, variant, 'run.json');
    const ownRecord = path.join(own, 'run.json');
    if (existsSync(record) && !existsSync(ownRecord))
      await writeFileAtomically(ownRecord, await readFile(record));
    for (const sequence of await foldersIn(path.join(from, variant))) {
      const there = path.join(own, sequence);
      const done = await readRunRecord(path.join(from, variant, sequence, 'run.json'));
      if (done?.status !== 'finished' || existsSync(there)) continue;
      await copyWhole(path.join(from, variant, sequence), there);
      taken++;
    }
  }
  return `${taken} finished sequences taken over from ${folder}`;
}

/** Whole or not at all: masks that a stop left half copied would be taken for a run of their own. */
async function copyWhole(from: string, there: string): Promise<void> {
  const partial = temporaryName(`${there}.copy`);
  try {
    await cp(from, partial, { recursive: true });
    await rename(partial, there);
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined); // the first error counts
    throw new OsvosError('cannot-write', (error as Error).message, there, undefined, { cause: error });
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && !isTemporary(entry.name)).map(({ name }) => name);
}
