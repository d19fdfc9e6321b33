/**
 * Does a comparison on a Slurm cluster go on after all that clusters do to jobs? Starts a cluster of one node on this
 * machine (`slurm-wlm` and `munge` have to be installed; needs root), submits deploy/slurm/submit.sh, and then
 * preempts a task, tells it that its time is nearly up, lets the node die, and kills it (SIGKILL), after which nobody
 * puts it back. Compares masks and scores with those of one undisturbed run without Slurm, and looks at which masks
 * were written twice. Ends with 1 where anything differs, was done twice or is left behind.
 *
 *     npx tsx bench/slurm.ts DAVIS [--split val] [--sequences 4] [--frames 20] [--methods stcn@size=240,stcn@size=160]
 *
 * What happens goes to stderr, JSON to stdout. The project has to be built, with engine torch.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openDavis } from '../src/clips/davis.js';
import type { Comparison } from '../src/report/comparison.js';
import { describeMachine } from './machine.js';
import { requireSlurm, startCluster, type Job } from './slurm/cluster.js';
import { framesUnderWay, leftBehind, lookAt, sequenceFolders, writtenAgain } from './slurm/output.js';

const SHARDS = 2;
/** A task is disturbed in a sequence of which at least so many frames are done, and so many are not. */
const MIDDLE = 4;
const PATIENCE_SECONDS = 900;
/** The same bytes from every run. */
const EXACTLY = ['--engine', 'torch', '--precision', 'f32'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    split: { type: 'string', default: 'val' },
    sequences: { type: 'string', default: '4' },
    frames: { type: 'string', default: '20' },
    methods: { type: 'string', default: 'stcn@size=240,stcn@size=160' },
  },
});
const [davis] = positionals;
if (davis === undefined) throw new Error('give the root folder of DAVIS');
requireSlurm();

const project = fileURLToPath(new URL('..', import.meta.url));
const frames = Number(values.frames);
const folder = mkdtempSync(path.join(os.tmpdir(), 'osvos-slurm-'));
const [data, whole, out] = ['data', 'whole', 'out'].map((name) => path.join(folder, name));
const began = performance.now();
const log: string[] = [];

const sequences = linkSmallDavis();
const compared = ['--davis', data, '--split', 'small', '--methods', values.methods, ...EXACTLY];
const cluster = await startCluster(folder);
try {
  runAlone();
  const jobs = submit();
  const before = [
    await disturb(1, 'task 1 is preempted', ({ array, task }) =>
      cluster.call('scontrol', 'requeue', `${array}_${task}`),
    ),
    await disturb(1, 'the time of task 1 is nearly up', ({ array, task }) =>
      cluster.call('scancel', '--signal=USR1', '--batch', `${array}_${task}`),
    ),
    await disturb(1, 'the node dies, with all that runs on it', () => cluster.killNode()),
  ];
  await cluster.startNode();
  tell('the node is back');
  before.push(await disturb(1, 'task 1 is killed (SIGKILL)', (job) => cluster.kill(job.id)));
  const ended = await untilAllEnded(jobs);
  const result = {
    jobs: ended,
    ...compareWithWhole(),
    doneBefore: before.map(({ size }) => size),
    doneTwice: [...new Set(before.flatMap((done) => writtenAgain(done, lookAt(out))))],
    leftBehind: leftBehind(out),
    again: await submitAgain(),
  };
  const kept =
    ended.report === 'COMPLETED' &&
    result.missing.length + result.different.length + result.doneTwice.length + result.leftBehind.length ===
      0 &&
    result.sameScores &&
    result.again.written === 0 &&
    result.again.reported;
  const { methods } = values;
  const task = { sequences, frames, methods, shards: SHARDS };
  const slurm = cluster.call('sinfo', '--version');
  if (!kept) tellOutputs();
  console.log(
    JSON.stringify(
      { bench: 'slurm', machine: describeMachine(), slurm, task, log, ...result, kept },
      null,
      2,
    ),
  );
  process.exitCode = kept ? 0 : 1;
} finally {
  await cluster.stop();
  rmSync(folder, { recursive: true });
}

function tell(text: string): void {
  const line = `${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}`;
  log.push(line);
  console.error(line);
}

/** What the tasks said, where something went wrong. */
function tellOutputs(): void {
  const files = readdirSync(folder).filter((name) => /^\d+_\d+\.txt$/.test(name));
  for (const file of files) console.error(`${file}:\n${readFileSync(path.join(folder, file), 'utf8')}`);
}

/** The first frames of some sequences, as links; gives the sequences. */
function linkSmallDavis(): string[] {
  const listed = openDavis(davis, { split: values.split }).sequences.slice(0, Number(values.sequences));
  const names = listed.map(({ name }) => name);
  for (const kind of ['JPEGImages', 'Annotations']) {
    for (const name of names) {
      const from = path.resolve(davis, kind, '480p', name);
      const to = path.join(data, kind, '480p', name);
      mkdirSync(to, { recursive: true });
      for (const file of readdirSync(from).sort().slice(0, frames))
        symlinkSync(path.join(from, file), path.join(to, file));
    }
  }
  mkdirSync(path.join(data, 'ImageSets', '2016'), { recursive: true });
  writeFileSync(path.join(data, 'ImageSets', '2016', 'small.txt'), names.map((name) => `${name}\n`).join(''));
  return names;
}

function runAlone(): void {
  tell('one run without Slurm begins');
  const program = path.join(project, 'bin', 'run.js');
  const args = [program, 'compare', ...compared, '--threads', '1', '--out', whole, '--quiet'];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`osvos compare ended with ${status}: ${stderr}`);
  tell('it has ended');
}

interface Submitted {
  array: string;
  report: string;
}

function submit(): Submitted {
  const script = path.join(project, 'deploy', 'slurm', 'submit.sh');
  const flags = ['--cpus-per-task=1', `--output=${folder}/%A_%a.txt`];
  const said = cluster.call(script, String(SHARDS), ...flags, '--', ...compared, '--out', out);
  tell(`submitted: ${said}`);
  const [, array, report] = /^shards (\d+), report (\d+)$/.exec(said)!;
  return { array, report };
}

/**
 * Waits until a task has got on since its last disturbance and is in the middle of a sequence, disturbs it, and gives
 * the masks that were done by then.
 */
async function disturb(task: number, what: string, how: (job: Job) => void): Promise<Map<string, string>> {
  const isOwn = (place: string) => sequences.indexOf(path.basename(place)) % SHARDS === task - 1;
  const find = () => cluster.jobs().find((job) => job.task === task)!;
  const doneByTask = () => [...lookAt(out).done.keys()].filter((mask) => isOwn(path.dirname(mask))).length;
  const former = doneByTask();
  await until(() => {
    const { state } = find();
    if (isEnd(state)) throw new Error(`task ${task} is ${state} before it could be disturbed: more --frames`);
    const left = sequenceFolders(out)
      .filter(isOwn)
      .map((place) => frames - (framesUnderWay(out, place) ?? frames));
    return state === 'RUNNING' && Math.max(0, ...left) >= MIDDLE && doneByTask() - former >= MIDDLE;
  }, `task ${task} in the middle of a sequence`);
  how(find());
  await until(() => !['RUNNING', 'COMPLETING'].includes(find().state), `the end of task ${task}`);
  const { done } = lookAt(out);
  tell(`${what}: ${done.size} masks are done, the task is ${find().state}`);
  return done;
}

/** States of all jobs at their end. */
async function untilAllEnded({ array, report }: Submitted): Promise<{ shards: string[]; report: string }> {
  const mine = () => cluster.jobs().filter((job) => job.array === array || job.id === report);
  await until(() => mine().every(({ state }) => isEnd(state)), 'the end');
  const shards = mine().filter((job) => job.array === array && job.id !== report);
  const states = {
    shards: shards.sort((a, b) => a.task - b.task).map(({ state }) => state),
    report: mine().find(({ id }) => id === report)!.state,
  };
  tell(`all have ended: shards ${states.shards.join(', ')}, report ${states.report}`);
  return states;
}

function isEnd(state: string): boolean {
  return ['COMPLETED', 'FAILED', 'CANCELLED', 'NODE_FAIL', 'TIMEOUT'].includes(state);
}

/** Masks, scores and reports beside those of the run without Slurm. */
function compareWithWhole(): { masks: number; missing: string[]; different: string[]; sameScores: boolean } {
  const masks = [...lookAt(whole).all.keys()];
  const bytes = (root: string, mask: string) => readFileSync(path.join(root, 'masks', mask));
  const missing = masks.filter((mask) => !existsSync(path.join(out, 'masks', mask)));
  const there = masks.filter((mask) => !missing.includes(mask));
  const different = there.filter((mask) => !bytes(whole, mask).equals(bytes(out, mask)));
  return { masks: masks.length, missing, different, sameScores: scoresOf(out) === scoresOf(whole) };
}

/** All but what it cost. */
function scoresOf(root: string): string {
  const { methods, ...rest } = JSON.parse(readFileSync(path.join(root, 'scores.json'), 'utf8')) as Comparison;
  return JSON.stringify({ ...rest, methods: methods.map((method) => ({ ...method, cost: undefined })) });
}

/** The same command once more: how many masks it writes, and whether the report is there again. */
async function submitAgain(): Promise<{ written: number; reported: boolean }> {
  const before = lookAt(out).all;
  const reports = ['report.html', 'scores.json'].map((name) => path.join(out, name));
  for (const file of reports) rmSync(file);
  await untilAllEnded(submit());
  const written = writtenAgain(before, lookAt(out)).length;
  return { written, reported: reports.every((file) => existsSync(file)) };
}

async function until(met: () => boolean, what: string): Promise<void> {
  const end = performance.now() + PATIENCE_SECONDS * 1000;
  while (!met()) {
    if (performance.now() > end)
      throw new Error(`still waiting for ${what}: ${JSON.stringify(cluster.jobs())}`);
    await sleep(200);
  }
}
