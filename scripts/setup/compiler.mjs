/** What it takes to compile an addon of Node.js. */
import { existsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import path from 'node:path';
import { answers } from './run.mjs';
import { SetupError } from './say.mjs';

/** @throws SetupError with the remedy when there is no compiler */
export async function mustCompile() {
  const compiler = process.env.CXX ?? 'c++';
  if ((await answers(compiler, ['--version'])) && (await answers('make', ['--version']))) return;
  throw new SetupError(
    'a C++ compiler with make is missing (on Debian and Ubuntu: sudo apt-get install g++ make)',
  );
}

/** The folder with Node's headers, where they are installed beside it; without them node-gyp downloads them. */
export function nodeHeaders() {
  const prefix = path.dirname(path.dirname(process.execPath));
  return existsSync(path.join(prefix, 'include', 'node', 'node_api.h')) ? prefix : undefined;
}

/**
 * How many files are compiled at once.
 *
 * @param {number} bytes memory that the compiler takes for one file
 */
export function compileJobs(bytes) {
  return Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / bytes)));
}
