/**
 * Milliseconds and extra memory of one read of a space-time memory: a query of 30×54 cells (854×480) against twenty
 * frames, frame after frame and all at once, as STM, KMN and from the best cells alone, for engines and their peer in
 * PyTorch; a process for each, in turns. Ends with 1 where a bound is not kept.
 *
 *     npx tsx bench/memory-read.ts [--widths 128x512,64x256] [--frames 20] [--threads 1] [--rounds 3] [--json]
 *                                  [--engines torch:bf16,torch:f32,pytorch:bf16,pytorch:f32]
 *
 * Widths are channels of keys and values: those of ResNet-50 and ResNet-18. PyTorch is looked for in OSVOS_PYTHON, else
 * python3. Rows of what is not there are left out, with a message.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatTable, type Column } from '../src/terminal/table.js';
import { median } from './engine/rows.js';
import { pythonProgram, run, Unavailable } from './engine/run-row.js';
import { nameOf, parseCount, parseSubjects, PEER, type Subject } from './engine/subjects.js';
import { describeMachine } from './machine.js';
import { writeCase, type Measured, type Measurement, type Widths } from './memory-read/case.js';

/** Of each read, in a round. */
const ITERATIONS = 5;
/** What the kernel may cost, and what a read may take beside its memory. */
const MOST_KERNEL_RATIO = 1.3;
const MOST_PEAK_MB = 64;
/** Of a number read, relative to their mean size: float32 sums in another order; bfloat16 keeps eight bits. */
const TOLERANCES = { f32: 1e-3, bf16: 0.03 } as const;
/** Share of the numbers that may differ by more: where two cells score alike either is the best. */
const MOST_APART = 0.01;

interface Row extends Omit<Measured, 'sample' | 'wallMs' | 'cpuMs'> {
  widths: string;
  engine: string;
  wallMs: number;
  cpuMs: number;
}

const { values } = parseArgs({
  options: {
    widths: { type: 'string', default: '128x512,64x256' },
    frames: { type: 'string', default: '20' },
    threads: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
    engines: { type: 'string', default: 'torch:bf16,torch:f32,pytorch:bf16,pytorch:f32' },
    json: { type: 'boolean', default: false },
  },
});
const [frames, threads, rounds] = [values.frames, values.threads, values.rounds].map((text) =>
  parseCount(text),
);
const subjects = parseSubjects(values.engines);
const childProgram = fileURLToPath(new URL('memory-read/child.ts', import.meta.url));
const peerProgram = fileURLToPath(new URL('peers/memory_read.py', import.meta.url));

const folder = mkdtempSync(path.join(os.tmpdir(), 'osvos-memory-read-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

const versions: Record<string, string> = {};
const rows: Row[] = [];
for (const text of values.widths.split(',')) {
  const [key, value] = text.split(/[x×]/).map((channels) => parseCount(channels, text));
  rows.push(...(await measureWidths({ key, value })));
}
const bounds = boundsOf(rows);
const kept = bounds.every((bound) => bound.kept);
if (values.json) {
  const about = { bench: 'memory-read', machine: describeMachine(), versions, frames, threads, rounds };
  console.log(JSON.stringify({ ...about, rows, bounds, kept }, null, 2));
} else {
  console.log(formatTable(rows, columns()));
  for (const { what, figure, most } of bounds) console.log(`${what}: ${figure}, at most ${most}`);
}
process.exitCode = kept ? 0 : 1;

/** All subjects in turns, round after round. */
async function measureWidths(widths: Widths): Promise<Row[]> {
  const file = path.join(folder, 'case.safetensors');
  await writeCase(file, widths, frames);
  const found = subjects.map((subject) => ({ subject, measured: [] as Measured[] }));
  for (let round = 0; round < rounds; round++) {
    for (const { subject, measured } of found) {
      const result = await measureOnce(subject, file);
      if (!result) continue;
      versions[subject.engine] = result.version;
      measured.push(...result.rows);
      console.error(`${widths.key}, ${widths.value}, round ${round + 1}: ${nameOf(subject)} done`);
    }
  }
  compare(found);
  return found.flatMap(({ subject, measured }) =>
    toRows(`${widths.key}, ${widths.value}`, subject, measured),
  );
}

async function measureOnce(subject: Subject, file: string): Promise<Measurement | undefined> {
  const { engine, precision } = subject;
  const flags = [file, '--precision', precision, '--threads', `${threads}`, '--iterations', `${ITERATIONS}`];
  try {
    const text =
      engine === PEER
        ? await run(pythonProgram(), [peerProgram, ...flags], {
            OMP_NUM_THREADS: `${threads}`,
            MKL_NUM_THREADS: `${threads}`,
          })
        : await run(process.execPath, ['--import', 'tsx', childProgram, ...flags, '--engine', engine]);
    return JSON.parse(text) as Measurement;
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.error(`${nameOf(subject)}: left out, ${error.message}`);
    return undefined;
  }
}

/** Figures of others' work are no figures of ours: all must have read the same. */
function compare(found: { subject: Subject; measured: Measured[] }[]): void {
  for (const precision of ['f32', 'bf16'] as const) {
    const all = found
      .filter(({ subject }) => subject.precision === precision)
      .flatMap(({ measured }) => measured);
    for (const { read, form, sample } of all) {
      const first = all.find((other) => other.read === read)!.sample;
      const size = Math.sqrt(first.reduce((sum, x) => sum + x * x, 0) / first.length);
      const apart = sample.filter((x, i) => !(Math.abs(x - first[i]) <= TOLERANCES[precision] * size)).length;
      if (apart > MOST_APART * first.length)
        throw new Error(`${read}, ${form}, ${precision}: ${apart} of ${first.length} numbers are others`);
    }
  }
}

/** Medians over all rounds. */
function toRows(widths: string, subject: Subject, measured: Measured[]): Row[] {
  const names = [...new Set(measured.map(({ read, form }) => `${form}/${read}`))];
  return names.map((name) => {
    const own = measured.filter(({ read, form }) => `${form}/${read}` === name);
    const { read, form } = own[0];
    const peaks = own.map(({ peakMb }) => peakMb).filter((peak) => peak !== null);
    const figure = (numbers: number[]) => Number(median(numbers).toFixed(1));
    return {
      ...{ widths, engine: nameOf(subject), read, form },
      wallMs: figure(own.flatMap((row) => row.wallMs)),
      cpuMs: figure(own.flatMap((row) => row.cpuMs)),
      peakMb: peaks.length > 0 ? figure(peaks) : null,
    };
  });
}

interface Bound {
  what: string;
  figure: number;
  most: number;
  kept: boolean;
}

/** Of engine `torch`, frame after frame. */
function boundsOf(all: Row[]): Bound[] {
  const own = all.filter(({ engine, form }) => engine.startsWith('torch ') && form === 'blockwise');
  const bound = (what: string, figure: number, most: number): Bound => ({
    what,
    figure,
    most,
    kept: figure <= most,
  });
  return own.flatMap(({ widths, engine, read, cpuMs, peakMb }) => {
    const where = `${engine}, ${widths}`;
    const bounds: Bound[] = [];
    if (peakMb !== null) bounds.push(bound(`${where}: MB beside the memory, ${read}`, peakMb, MOST_PEAK_MB));
    if (read === 'KMN') {
      const plain = own.find((row) => row.widths === widths && row.engine === engine && row.read === 'STM')!;
      bounds.push(
        bound(
          `${where}: CPU time of KMN over STM’s`,
          Number((cpuMs / plain.cpuMs).toFixed(2)),
          MOST_KERNEL_RATIO,
        ),
      );
    }
    return bounds;
  });
}

function columns(): Column<Row>[] {
  const figure = (title: string, key: keyof Row): Column<Row> => ({
    title,
    value: (row) => String(row[key] ?? '–'),
    align: 'right',
  });
  return [
    { title: 'key, value', value: (row) => row.widths },
    { title: 'engine', value: (row) => row.engine },
    { title: 'read', value: (row) => row.read },
    { title: 'scores', value: (row) => row.form },
    figure('wall ms', 'wallMs'),
    figure('CPU ms', 'cpuMs'),
    figure('peak MB', 'peakMb'),
  ];
}
