/**
 * How many frames per second does `osvos evaluate` score? Runs the built command over the published OSVOS masks of the
 * DAVIS validation sequences: start of the program, of its threads and decoding of both masks included.
 * Ends with 1 when the bound is not kept.
 *
 *     npx tsx bench/evaluate.ts [folder of results] [flags of osvos evaluate]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeMachine } from './machine.js';

/** Frames per second at 854×480 on two cores. */
const LEAST_RATE = 200;
/** The first run reads the files from the disk, the others from the system's cache. */
const RUNS = 5;

const project = fileURLToPath(new URL('..', import.meta.url));
const data = path.resolve(project, process.env.OSVOS_DATA ?? '../shared/data');
const [results = path.join(data, 'davis-published', 'masks', 'osvos'), ...flags] = process.argv.slice(2);
const davis = path.join(data, 'DAVIS');
for (const folder of [results, davis, path.join(project, 'dist')]) {
  if (!existsSync(folder)) throw new Error(`${folder} is not there: build the project, and set OSVOS_DATA`);
}

const frames = readdirSync(results)
  .map((sequence) => readdirSync(path.join(results, sequence)).length)
  .reduce((sum, count) => sum + count, 0);
const seconds = Array.from({ length: RUNS }, runOnce).sort((a, b) => a - b);
const median = seconds[Math.floor(RUNS / 2)];
const rate = { median: Math.round(frames / median), best: Math.round(frames / seconds[0]) };
const kept = rate.median >= LEAST_RATE;
console.log(
  JSON.stringify(
    { bench: 'evaluate', machine: describeMachine(), frames, seconds, framesPerSecond: rate, kept },
    null,
    2,
  ),
);
process.exitCode = kept ? 0 : 1;

/** Seconds of one whole command. */
function runOnce(): number {
  const began = performance.now();
  const args = ['evaluate', results, '--davis', davis, '--split', 'val', '--json', '--quiet', ...flags];
  const { status, stderr } = spawnSync(process.execPath, [path.join(project, 'bin', 'run.js'), ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`osvos evaluate ended with ${status}: ${stderr}`);
  return Number(((performance.now() - began) / 1000).toFixed(3));
}
