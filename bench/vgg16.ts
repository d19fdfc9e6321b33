/**
 * The paper's own trunk at full size, by the program's own commands: takes over a generated file with torchvision's names,
 * trains a parent on it, fine-tunes at 240p and 480p with frozen stages and without, segments one sequence.
 *
 *     npx tsx bench/vgg16.ts DAVIS [--sequence car-turn] [--threads 2] [--engine torch]
 *
 * The numbers in the file are a rule (`test/weights/sine-vgg16.ts`), not ImageNet's: time and memory are those of VGG-16,
 * masks are what random features allow. Ends with 1 where a loss falls by less than 30 % in 50 updates or steps.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { FinetuneResult } from '../src/jobs/finetune.js';
import type { RunRecord } from '../src/jobs/run-record.js';
import { sineVgg16File } from '../test/weights/sine-vgg16.js';
import { run } from './engine/run-row.js';
import { describeMachine } from './machine.js';

const UPDATES = 50;
const LOSS_MUST_FALL = 0.3;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sequence: { type: 'string', default: 'car-turn' },
    threads: { type: 'string', default: '2' },
    engine: { type: 'string', default: 'auto' },
  },
});
const davis = positionals[0];
if (!davis) throw new Error('which DAVIS folder? npx tsx bench/vgg16.ts DAVIS');

const program = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), 'osvos-vgg16-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
const within = (...parts: string[]) => path.join(folder, ...parts);
const osvos = (...args: string[]) =>
  run(process.execPath, [program, ...args], { OSVOS_DATA_DIR: within('data') });
const machine = ['--engine', values.engine, '--threads', values.threads];

const file = within('vgg16.npz');
writeFileSync(file, sineVgg16File());
await osvos('weights', 'import', file, '--name', 'vgg16');

const rows = [await trainParent()];
for (const size of [240, 480])
  for (const frozenStages of [2, 0]) rows.push(await fineTune(size, frozenStages));
const sequence = await segment();
console.log(
  JSON.stringify({ bench: 'vgg16', machine: describeMachine(), rows: rows.map(rounded), sequence }, null, 2),
);
if (rows.some(({ lossFell }) => lossFell < LOSS_MUST_FALL)) process.exitCode = 1;

interface Row {
  what: string;
  /** Short side that the network saw, pixels. */
  size: number;
  frozenStages: number;
  /** Of all updates or steps, without start of the engine and loading. */
  seconds: number;
  peakMemoryMB: number;
  /** Share by which it fell. */
  lossFell: number;
}

async function trainParent(): Promise<Row> {
  const out = within('parent');
  const data = ['--davis', davis, '--split', 'train-fit', '--hold-out', 'none', '--size', '240'];
  const flags = ['--trunk', 'vgg16', '--base', 'vgg16', '--updates', `${UPDATES}`, '--out', out];
  await osvos('train', 'parent', ...data, ...flags, ...machine);
  const lines = readFileSync(path.join(out, 'log.csv'), 'utf8').trim().split('\n').slice(1);
  const log = lines.map((line) => line.split(',').map(Number));
  // what stands there are means of all updates so far
  const [[count, , first], [before, , mean], [all, seconds, whole]] = [log[0], log.at(-2)!, log.at(-1)!];
  const last = (all * whole - before * mean) / (all - before);
  const { peakMemoryMB } = recordOf(out);
  if (count !== all - before) throw new Error(`not the log that is expected: ${lines.join(' ')}`);
  return {
    what: 'train parent',
    size: 240,
    frozenStages: 0,
    seconds,
    peakMemoryMB,
    lossFell: 1 - last / first,
  };
}

async function fineTune(size: number, frozenStages: number): Promise<Row> {
  const out = within(`tuned-${size}-${frozenStages}.safetensors`);
  const said = await osvos('finetune', ...task(size, frozenStages), '--out', out, ...machine, '--json');
  const { learning = {}, peakMemoryMB } = JSON.parse(said) as FinetuneResult;
  const { seconds, loss } = learning['fine-tuning'];
  if (!loss) throw new Error(`no loss in ${out}`);
  return {
    what: 'finetune',
    size,
    frozenStages,
    seconds,
    peakMemoryMB,
    lossFell: 1 - loss.last / loss.first,
  };
}

async function segment() {
  const out = within('segmented');
  await osvos('segment', ...task(240, 2), '--out', out, ...machine);
  const { seconds, secondsPerFrame, peakMemoryMB, frames } = recordOf(out);
  const total = Object.values(seconds).reduce((sum, of) => sum + of, 0);
  return { name: values.sequence, frames: frames.length, seconds: total, secondsPerFrame, peakMemoryMB };
}

function task(size: number, frozenStages: number): string[] {
  const clip = path.join(davis, 'JPEGImages', '480p', values.sequence);
  const mask = path.join(davis, 'Annotations', '480p', values.sequence, '00000.png');
  const parent = ['--trunk', 'vgg16', '--parent', within('parent', 'osvos-vgg16.safetensors')];
  const steps = ['--iterations', `${UPDATES}`, '--frozen-stages', `${frozenStages}`, '--size', `${size}`];
  return [clip, '--mask', mask, ...parent, ...steps];
}

function recordOf(out: string): RunRecord {
  return JSON.parse(readFileSync(path.join(out, 'run.json'), 'utf8')) as RunRecord;
}

function rounded(row: Row): Row {
  return { ...row, seconds: Number(row.seconds.toFixed(1)), lossFell: Number(row.lossFell.toFixed(3)) };
}
