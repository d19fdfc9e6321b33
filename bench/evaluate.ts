/**
 * How many frames per second does `osvos evaluate` score, and how many do plain loops? Runs the built command over the
 * published OSVOS masks of the DAVIS validation sequences, start of the program, of its threads and decoding of both
 * masks included; then evaluate/plain-scores.ts, the definition written down, over the same files in this process.
 * Ends with 1 when the bound is not kept, or when any J or F of any frame differs.
 *
 *     npx tsx bench/evaluate.ts [folder of results] [folder of annotations] [flags of osvos evaluate]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Evaluation } from '../src/scores/evaluation.js';
import { plainScores } from './evaluate/plain-scores.js';
import { describeMachine } from './machine.js';

/** Frames per second at 854×480 on two cores. */
const LEAST_RATE = 200;
/** The first run reads the files from the disk, the others from the system's cache. */
const RUNS = 5;

const project = fileURLToPath(new URL('..', import.meta.url));
const data = path.resolve(project, process.env.OSVOS_DATA ?? '../shared/data');
const given = process.argv.slice(2);
const folders = given.filter((text, i) => i < 2 && !text.startsWith('-'));
const flags = given.slice(folders.length);
const [
  results = path.join(data, 'davis-published', 'masks', 'osvos'),
  annotations = path.join(data, 'DAVIS', 'Annotations', '480p'),
] = folders;
for (const folder of [results, annotations, path.join(project, 'dist')]) {
  if (!existsSync(folder)) throw new Error(`${folder} is not there: build the project, and set OSVOS_DATA`);
}

const sequences = readdirSync(results, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const runs = Array.from({ length: RUNS }, runOnce).sort((a, b) => a.seconds - b.seconds);
const scored = Object.values(runs[0].objects).reduce((sum, { J }) => sum + J.length, 0);
const plain = await runPlainly(runs[0].objects);
const seconds = runs.map((run) => run.seconds);
const framesPerSecond = {
  median: Math.round(scored / seconds[Math.floor(RUNS / 2)]),
  best: Math.round(scored / seconds[0]),
  plain: round(scored / plain.seconds, 1),
};
const ratio = round(framesPerSecond.median / framesPerSecond.plain, 1);
const { largestDifference } = plain;
const kept = framesPerSecond.median >= LEAST_RATE && largestDifference === 0;
const figures = { frames: scored, seconds, plainSeconds: plain.seconds, framesPerSecond, ratio };
console.log(
  JSON.stringify(
    { bench: 'evaluate', machine: describeMachine(), ...figures, largestDifference, kept },
    null,
    2,
  ),
);
process.exitCode = kept ? 0 : 1;

/** One whole command. */
function runOnce(): { seconds: number; objects: Evaluation['objects'] } {
  const began = performance.now();
  const set = ['--annotations', annotations, '--sequences', sequences.join(), '--protocol', 'davis-2016'];
  const args = [
    path.join(project, 'bin', 'run.js'),
    'evaluate',
    results,
    ...set,
    '--json',
    '--quiet',
    ...flags,
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1e9 });
  const taken = secondsSince(began);
  if (status !== 0) throw new Error(`osvos evaluate ended with ${status}: ${stderr}${stdout}`);
  return { seconds: taken, objects: (JSON.parse(stdout) as Evaluation).objects };
}

/** The same frames, one after the other. */
async function runPlainly(objects: Evaluation['objects']) {
  const began = performance.now();
  let largestDifference = 0;
  for (const sequence of sequences) {
    const names = readdirSync(path.join(annotations, sequence)).sort().slice(1, -1);
    const { J, F } = objects[`${sequence}_1`];
    if (names.length !== J.length)
      throw new Error(`${sequence}: ${J.length} of ${names.length} frames were scored`);
    for (const [i, name] of names.entries()) {
      const files = [results, annotations].map((folder) => path.join(folder, sequence, name));
      const scores = await plainScores(files[0], files[1]);
      largestDifference = Math.max(largestDifference, Math.abs(scores.J - J[i]), Math.abs(scores.F - F[i]));
    }
  }
  return { seconds: secondsSince(began), largestDifference };
}

function secondsSince(began: number): number {
  return round((performance.now() - began) / 1000, 3);
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
