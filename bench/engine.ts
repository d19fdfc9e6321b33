/**
 * CPU and wall time of a training iteration and of a frame, and peak memory, for all engines and their peer in
 * PyTorch: the same network, weights, picture, loss and optimizer, in turns in one run, a process for each.
 *
 *     npm run bench:engine -- [--networks vgg16,resnet50-v1] [--sizes 240x427,480x854] [--threads 1,2] [--rounds 3]
 *                             [--engines torch:bf16,torch:f32,tensorflow,pytorch:bf16,pytorch:f32]
 *                             [--keep FOLDER] [--json]
 *
 * PyTorch is looked for in OSVOS_PYTHON, else python3. Rows of what is not there are left out, with a message.
 * `--keep` keeps the cases, for a closer look at one of them (`engine/child.ts`, `peers/pytorch.py`).
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { formatTable, type Column } from '../src/terminal/table.js';
import { MOMENTUM, writeCase } from './engine/case.js';
import {
  compareLosses,
  convolutionShareOf,
  median,
  ratios,
  toRow,
  type Measured,
  type Row,
} from './engine/rows.js';
import { runRow, Unavailable } from './engine/run-row.js';
import {
  formatPictureSize,
  nameOf,
  parseCount,
  parseNetworks,
  parseSizes,
  parseSubjects,
  ratioCase,
  sameCase,
  subjects,
  type Case,
  type Subject,
} from './engine/subjects.js';
import { describeMachine } from './machine.js';

/** Timed iterations of a row in a round; of pictures as large as the largest fewer, since they take seconds. */
const ITERATIONS = 5;
const ITERATIONS_LARGE = 3;
const LARGE_PIXELS = 300_000;

const { values } = parseArgs({
  options: {
    networks: { type: 'string', default: 'vgg16,resnet50-v1' },
    sizes: { type: 'string', default: '240x427,480x854' },
    threads: { type: 'string', default: '1,2' },
    engines: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    keep: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const asked = values.engines ? parseSubjects(values.engines) : subjects;
const networks = parseNetworks(values.networks);
const sizes = parseSizes(values.sizes);
const threads = values.threads.split(',').map((count) => parseCount(count));
const rounds = parseCount(values.rounds);

const folder = values.keep ?? mkdtempSync(path.join(os.tmpdir(), 'osvos-engine-'));
if (values.keep) mkdirSync(folder, { recursive: true });
else process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

/** Subjects that turned out not to run here, or not on so many threads. */
const leftOut = new Set<string>();
const measured: Measured[] = [];
for (const network of networks) {
  for (const size of sizes) {
    const file = path.join(folder, `${network}-${size.height}x${size.width}.safetensors`);
    await writeCase(file, network, size);
    for (const count of threads)
      measured.push(...(await measureCase({ network, size, threads: count }, file)));
  }
}
const rows = measured.map(toRow);
const summary = { ...ratios(measured), convolutionShare: convolutionShareOf(measured) };
if (values.json) {
  const versions = Object.fromEntries(
    measured.map(({ subject, rounds: [round] }) => [subject.engine, round.version]),
  );
  const settings = { rounds, optimizer: `SGD, momentum ${MOMENTUM}` };
  const about = { bench: 'engine', machine: describeMachine(), versions, ...settings };
  console.log(JSON.stringify({ ...about, rows, ...summary }, null, 2));
} else {
  console.log(formatTable(rows, columns()));
  for (const [name, value] of Object.entries(summary)) console.log(`${name}: ${value ?? '–'}`);
}

/** All subjects in turns, round after round; each round begins with another one. */
async function measureCase(where: Case, file: string): Promise<Measured[]> {
  const found = asked.map((subject): Measured => ({ subject, where, rounds: [] }));
  for (let round = 0; round < rounds; round++) {
    const turns = found.map((_, i) => found[(i + round) % found.length]);
    for (const turn of turns) {
      if (leftOut.has(placeOf(turn.subject, where))) continue;
      const result = await measureOnce(turn.subject, where, file);
      if (!result) continue;
      turn.rounds.push(result);
      const cpuMs = Math.round(median(result.iterationCpuMs));
      console.error(`${describeCase(where)}, round ${round + 1}: ${nameOf(turn.subject)} ${cpuMs} ms`);
    }
  }
  const done = found.filter((turn) => turn.rounds.length > 0);
  compareLosses(done);
  return done;
}

async function measureOnce(subject: Subject, where: Case, file: string) {
  const large = where.size.height * where.size.width > LARGE_PIXELS;
  try {
    return await runRow(subject, file, {
      threads: where.threads,
      iterations: large ? ITERATIONS_LARGE : ITERATIONS,
      profile: sameCase(where, ratioCase),
    });
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    const place = placeOf(subject, where);
    console.error(`${place}: left out, ${error.message}`);
    leftOut.add(place);
    return undefined;
  }
}

function placeOf(subject: Subject, { threads }: Case): string {
  return `${nameOf(subject)} on ${countOf(threads)}`;
}

function describeCase({ network, size, threads }: Case): string {
  return `${network} ${formatPictureSize(size)}, ${countOf(threads)}`;
}

function countOf(threads: number): string {
  return `${threads} ${threads === 1 ? 'thread' : 'threads'}`;
}

function columns(): Column<Row>[] {
  const figure = (title: string, key: keyof Row): Column<Row> => ({
    title,
    value: (row) => String(row[key]),
    align: 'right',
  });
  return [
    { title: 'network', value: (row) => row.network },
    { title: 'size', value: (row) => row.size },
    figure('threads', 'threads'),
    { title: 'engine', value: (row) => `${row.engine} ${row.precision}` },
    figure('iteration CPU ms', 'iterationCpuMs'),
    figure('wall ms', 'iterationWallMs'),
    figure('forward wall ms', 'forwardWallMs'),
    figure('peak MB', 'peakMb'),
  ];
}
