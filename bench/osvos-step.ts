/**
 * Seconds of a training iteration (whole network; frozen stages cached) and of a frame, GFLOP/s and peak memory, for each
 * engine that can hold it and each trunk, with random weights. The iteration is that of `osvos segment`: augmentation,
 * forward, backward, Adam. A process for each figure, in turns; medians.
 *
 *     npm run bench:osvos-step -- [--engines torch:bf16,torch:f32,tensorflow,wasm,cpu,webgpu] [--threads 2] [--rounds 2]
 *                                 [--networks vgg16,resnet50-v1,…,tiny] [--sizes 240x427,480x854] [--card] [--json]
 *
 * Sizes are height × width. wasm gets none above 240×427; cpu and webgpu the tiny network alone, at 37×53. `--card`: torch
 * and webgpu run on a graphics card. What does not start here is left out, with a message.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatTable, type Column } from '../src/terminal/table.js';
import { run, Unavailable } from './engine/run-row.js';
import { formatPictureSize, nameOf, parseCount, parseSizes, parseSubjects } from './engine/subjects.js';
import { describeMachine } from './machine.js';
import type { Timing } from './osvos-step/child.js';
import { modes, type Mode } from './osvos-step/modes.js';
import { networkNames, parseNetworkNames } from './osvos-step/networks.js';
import { casesOf, toRow, type Case, type Row } from './osvos-step/rows.js';

/** Timed frames or iterations of a round; of pictures as large as the largest fewer, since they take seconds. */
const TIMES = 5;
const TIMES_LARGE = 3;
const LARGE_PIXELS = 300_000;

const child = fileURLToPath(new URL('osvos-step/child.ts', import.meta.url));

const { values } = parseArgs({
  options: {
    engines: { type: 'string', default: 'torch:bf16,torch:f32,tensorflow,wasm,cpu,webgpu' },
    networks: { type: 'string', default: networkNames.join() },
    sizes: { type: 'string', default: '240x427,480x854' },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '2' },
    card: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const rounds = parseCount(values.rounds);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

const { card } = values;
const subjects = parseSubjects(values.engines);
const cases = casesOf(subjects, parseNetworkNames(values.networks), parseSizes(values.sizes), card);
/** Subjects that turned out not to run here. */
const leftOut = new Set<string>();
const timings = cases.map((): Record<Mode, Timing[]> => ({ forward: [], whole: [], frozen: [] }));
for (let round = 0; round < rounds; round++) {
  for (const [i, what] of cases.entries()) {
    for (const mode of modes) {
      if (leftOut.has(nameOf(what.subject))) continue;
      const timing = await time(what, mode);
      if (timing) timings[i][mode].push(timing);
    }
  }
}

const measured = cases.map((what, i) => ({ what, timings: timings[i] }));
const rows = measured
  .filter(({ timings }) => timings.forward.length > 0)
  .map(({ what, timings }) => toRow(what, timings));
if (values.json) {
  const engines = Object.fromEntries(
    measured.flatMap(({ what, timings: { forward } }) =>
      forward.slice(0, 1).map(({ device, version }) => [what.subject.engine, { device, version }]),
    ),
  );
  const about = { bench: 'osvos-step', machine: describeMachine(), engines, rounds };
  console.log(JSON.stringify({ ...about, rows }, null, 2));
} else console.log(formatTable(rows, columns()));

async function time({ subject, network, size }: Case, mode: Mode): Promise<Timing | undefined> {
  const { height, width } = size;
  const flags = Object.entries({
    ...{ ...subject, network, mode },
    size: `${height}x${width}`,
    device: card || subject.engine === 'webgpu' ? 'auto' : 'cpu',
    threads: values.threads,
    times: height * width > LARGE_PIXELS ? TIMES_LARGE : TIMES,
  }).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  try {
    const timing = JSON.parse(await run(process.execPath, ['--import', 'tsx', child, ...flags])) as Timing;
    const seconds = timing.seconds.map((s) => s.toFixed(3)).join(' ');
    console.error(`${network} ${formatPictureSize(size)}, ${nameOf(subject)}, ${mode}: ${seconds} s`);
    return timing;
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.error(`${nameOf(subject)}: left out, ${error.message}`);
    leftOut.add(nameOf(subject));
    return undefined;
  }
}

function columns(): Column<Row>[] {
  const figure = (title: string, ...keys: (keyof Row)[]): Column<Row> => ({
    title,
    value: (row) => keys.map((key) => row[key] ?? '–').join(' / '),
    align: 'right',
  });
  return [
    { title: 'network', value: (row) => row.network },
    { title: 'size', value: (row) => row.size },
    { title: 'engine', value: (row) => `${row.engine} ${row.precision}` },
    figure('threads', 'threads'),
    figure('s iteration: whole / frozen', 'secondsPerIteration', 'secondsPerIterationFrozen'),
    figure('s frame', 'secondsPerFrame'),
    figure('GFLOP/s: whole / frozen / frame', 'gflopsIteration', 'gflopsFrozen', 'gflopsFrame'),
    figure('peak MB: whole / frozen / frame', 'peakMbIteration', 'peakMbFrozen', 'peakMbFrame'),
  ];
}
