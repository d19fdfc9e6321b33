/**
 * What do broken weight files do? Writes ten thousand by seed (flipped bits, cuts, spliced parts, huge lengths, other
 * headers, deep nesting, bombs; safetensors, npz, both forms of PyTorch) and takes each over as `osvos weights import`
 * would, in a process that is watched. Ends with 1 where one is neither read nor refused in an orderly error, takes
 * more than 2 s of the processor, or the process grows beyond 1 GB.
 *
 *     npx tsx bench/mutated-weights.ts [--files 10000] [--seed 1] [--first 0] [--keep FILE]
 *
 * One file alone: `--first 1234 --files 1`, and `--keep FILE` leaves it. The table goes to stderr, JSON to stdout.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatTable } from '../src/terminal/table.js';
import { containers } from '../test/weights/mutated/base-files.js';
import { kindNames } from '../test/weights/mutated/mutate.js';
import { describeMachine } from './machine.js';
import type { Message, Task } from './mutated-weights/child.js';

const MILLISECONDS = 2000;
const MEGABYTES = 1000;
/** Of the processor, after which a file that is still being read is given up. */
const HUNG = 3 * MILLISECONDS;
/** Of a tick in Linux's account of processes, which counts a hundred a second. */
const TICK = 10;
const LOOK_EVERY = 20;

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
    keep: { type: 'string' },
  },
});

interface Result {
  index: number;
  container: string;
  kind: string;
  outcome: 'read' | 'refused' | 'failed';
  milliseconds: number;
  /** Of the process until then. */
  peakMb: number;
  message?: string;
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'osvos-mutated-'));
const file = path.join(folder, 'weights');
const results: Result[] = [];
try {
  const [first, count] = [Number(values.first), Number(values.files)];
  while (results.length < count)
    await readSome({ seed: Number(values.seed), from: first + results.length, to: first + count, file });
  if (values.keep) copyFileSync(file, values.keep);
} finally {
  rmSync(folder, { recursive: true });
}

const tooMuch = results.filter(
  ({ milliseconds, peakMb }) => milliseconds > MILLISECONDS || peakMb > MEGABYTES,
);
const failed = [...new Set([...results.filter(({ outcome }) => outcome === 'failed'), ...tooMuch])];
const rows = containers.flatMap((container) => kindNames.map((kind) => rowOf(container, kind)));
const columns = ['container', 'kind', 'read', 'refused', 'failed', 'slowestMs'] as const;
console.error(
  formatTable(
    rows,
    columns.map((title) => ({ title, value: (row) => String(row[title]) })),
  ),
);
const slowest = results.reduce((a, b) => (b.milliseconds > a.milliseconds ? b : a));
const { seed } = values;
const total = {
  files: results.length,
  read: countOf('read'),
  refused: countOf('refused'),
  failed: failed.length,
};
const peakMb = Math.round(Math.max(...results.map((result) => result.peakMb)));
console.log(
  JSON.stringify(
    {
      bench: 'mutated-weights',
      machine: describeMachine(),
      seed,
      ...total,
      slowest,
      peakMb,
      rows,
      failures: failed.slice(0, 20),
    },
    null,
    2,
  ),
);
if (failed.length > 0) process.exitCode = 1;

function countOf(outcome: Result['outcome'], among = results): number {
  return among.filter((result) => result.outcome === outcome).length;
}

function rowOf(container: string, kind: string) {
  const among = results.filter((result) => result.container === container && result.kind === kind);
  const slowestMs = Math.round(Math.max(0, ...among.map(({ milliseconds }) => milliseconds)));
  return {
    container,
    kind,
    read: countOf('read', among),
    refused: countOf('refused', among),
    failed: countOf('failed', among),
    slowestMs,
  };
}

/** Results of files from `task.from` on: to the end, or to the one that stopped the process. */
async function readSome(task: Task): Promise<void> {
  const child = fork(fileURLToPath(new URL('mutated-weights/child.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let current = { index: task.from, container: '', kind: '', since: Infinity }; // processor’s milliseconds
  let fault: string | undefined;
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, residentMb(child));
    if (processorMs(child) - current.since > HUNG)
      fault = `still at it after ${HUNG / 1000} s of the processor`;
    if (peak > MEGABYTES) fault = `${Math.round(peak)} MB resident`;
    if (fault) child.kill('SIGKILL');
  }, LOOK_EVERY);
  child.on('message', (message: Message) => {
    if ('kind' in message) current = { ...message, since: processorMs(child) };
    else {
      const { container, kind } = current;
      current.since = Infinity;
      results.push({ container, kind, ...message });
    }
  });
  child.send(task);
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.once('exit', (...how) => resolve(how)),
  );
  clearInterval(watch);
  if (code === 0 && results.at(-1)?.index === task.to - 1) return;
  const { index, container, kind } = current;
  const message = fault ?? `the process ended with ${signal ?? `code ${code}`}`;
  results.push({ index, container, kind, outcome: 'failed', milliseconds: 0, peakMb: peak, message });
}

function residentMb(child: ChildProcess): number {
  return (Number(/VmRSS:\s+(\d+)/.exec(told(child, 'status'))?.[1] ?? 0) * 1024) / 1e6;
}

/** Used so far, by all threads. */
function processorMs(child: ChildProcess): number {
  // fields 14 and 15, counted behind the name in brackets, which is the second
  const [user, system] = told(child, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return ((user ?? 0) + (system ?? 0)) * TICK;
}

/** What Linux says of a process; nothing where the system does not tell, or the process is gone. */
function told({ pid }: ChildProcess, part: 'status' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${part}`, 'utf8');
  } catch {
    return '';
  }
}
