/**
 * How long `osvos --version` takes from the shell: whole process, built program. Ends with 1 above the bound.
 *
 *     npx tsx bench/start.ts
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describeMachine } from './machine.js';

const RUNS = 9;
const BOUND_MS = 300;

const program = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const milliseconds = Array.from({ length: RUNS }, () => {
  const began = performance.now();
  const { status } = spawnSync(process.execPath, [program, '--version']);
  if (status !== 0) throw new Error(`osvos --version ended with ${status}: is it built (npm run setup)?`);
  return Math.round(performance.now() - began);
}).sort((a, b) => a - b);
const median = milliseconds[Math.floor(RUNS / 2)];
const kept = median < BOUND_MS;
console.log(
  JSON.stringify({ bench: 'start', machine: describeMachine(), milliseconds, median, kept }, null, 2),
);
process.exitCode = kept ? 0 : 1;
