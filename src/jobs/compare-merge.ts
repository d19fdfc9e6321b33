/** Takes over what other shards of a comparison did. */
import { cp, readdir, rename } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { temporaryName } from '../clips/atomic-file.js';
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
    const record = path.join(from, variant, 'run.json');
    const own = path.join(out, 'masks', variant);
    if (existsSync(record) && !existsSync(path.join(own, 'run.json')))
      await cp(record, path.join(own, 'run.json'));
    for (const sequence of await foldersIn(path.join(from, variant))) {
      const there = path.join(own, sequence);
      const done = await readRunRecord(path.join(from, variant, sequence, 'run.json'));
      if (done?.status !== 'finished' || existsSync(there)) continue;
      // whole or not at all: masks that a stop left half copied would be taken for a run of their own
      const partial = temporaryName(there);
      await cp(path.join(from, variant, sequence), partial, { recursive: true });
      await rename(partial, there);
      taken++;
    }
  }
  return `${taken} finished sequences taken over from ${folder}`;
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
