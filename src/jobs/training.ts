/** A training from its start to the finished network: output folder, record, engine, checkpoints, log. What is trained is the caller's. */
import { appendFile, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../clips/atomic-file.js';
import { removeLeftovers } from '../clips/leftover-files.js';
import type { Engine } from '../engine/engine.js';
import { OsvosError } from '../errors.js';
import type { Parameters } from '../networks/parameters.js';
import type { Report } from '../progress.js';
import { readCheckpoint, writeCheckpoint } from '../training/checkpoint.js';
import type { Update } from '../training/loop.js';
import type { Optimizer } from '../training/optimizer.js';
import { halfCosine } from '../training/schedule.js';
import { toHalf } from '../weights/half.js';
import { writeSafetensors } from '../weights/safetensors.js';
import type { Weights } from '../weights/weights.js';
import { lookAtOutput, makeWritable } from './output-folder.js';
import { peakMemoryMB, versions, writeRunRecord, type RunIdentity, type StoredRun } from './run-record.js';
import { refuseOtherEngine, usedEngine, type UsedEngine } from './same-engine.js';
import { BestState } from './training-best.js';
import type { TrainingResult } from './training-result.js';

/** What every training is told. */
export interface TrainingJob {
  out: string;
  /** Overwrite another training in `out`. */
  force: boolean;
  /** There must be a training in `out` to go on with. */
  resume?: boolean;
  /** `former`: the training that goes on, whose engine is taken where none is named. */
  startEngine(former?: UsedEngine): Promise<Engine>;
  report: Report;
  signal?: AbortSignal;
}

/** How long a training goes on. */
export interface TrainingLength {
  updates: number;
  /** Seconds after which it ends, its schedules stretched or shortened to fit. */
  timeBudget?: number;
  /** Updates with a rising rate at the start. */
  warmUp: number;
  /** Factor of the learning rates by the share of the training that is done; half a cosine to 0 where left out. */
  ratesAt?: (share: number) => number;
  /** How often the network is scored, where it can be; the best state is what is written then. */
  looks?: number;
}

/** The course of a training, as `train` of `training/loop.ts` takes it. */
export interface Course {
  start: number;
  updates: number;
  /** Factor of the learning rates, 0–1. */
  rate(index: number, seconds: number): number;
  /** Share of the training that is done, 0–1; more than the updates where a time budget rules. */
  share(index: number, seconds: number): number;
  after(update: Update): Promise<boolean>;
  signal?: AbortSignal;
}

/** A network in training. Lives until `dispose`. */
export interface Trainee {
  /** For the progress line. */
  name: string;
  parameters: Parameters;
  optimizer: Optimizer;
  /** Gives the number of updates done in all. */
  train(course: Course): Promise<number>;
  /** What is written in the end where that is not the parameters as they are. */
  finished?(): Promise<Weights>;
  /**
   * What such weights are worth on videos left out of the training, 0–1; `undefined` where `signal` asked to stop.
   * Absent where there are none.
   */
  score?(weights: Weights): Promise<number | undefined>;
  /** Name of the finished network's file, and what its header says beside the tensors. */
  file: string;
  metadata: Record<string, string>;
  dispose(): void;
}

/** `run.json` of a training. */
interface TrainingRecord extends StoredRun, UsedEngine {
  versions: Record<string, string>;
  peakMemoryMB: number;
  result?: TrainingResult;
}

/** Updates between two checkpoints, and between two lines of the log. */
const CHECKPOINT_EVERY = 100;
const LOG_EVERY = 10;

/**
 * Trains a network and writes it in half precision. The same call goes on where a stopped one left off.
 *
 * @param prepare reads the training data; what it gives makes the network once the engine has started
 * @throws OsvosError `usage`, `record-differs`, `output-exists`, `weights-unfit`, `not-a-number`, `interrupted`, and those of `prepare`
 */
export async function runTraining(
  job: TrainingJob,
  identity: RunIdentity,
  length: TrainingLength,
  prepare: () => Promise<() => Promise<Trainee>>,
): Promise<TrainingResult> {
  const { out } = job;
  const record = path.join(out, 'run.json');
  const { former, replace } = await lookAtOutput<TrainingRecord>(
    { folder: out, record },
    identity,
    job.force,
  );
  if (job.resume && !former)
    throw new OsvosError('usage', 'no training to go on with', out, 'leave out --resume');
  if (former?.status === 'finished' && former.result)
    return { ...former.result, peakMemoryMB: former.peakMemoryMB };
  await makeWritable(out);
  await removeLeftovers(out);
  await removeLeftovers(path.dirname(checkpointOf(out)));
  if (replace) await rm(checkpointOf(out), { force: true });
  const begin = await prepare();
  const engine = await job.startEngine(former);
  refuseOtherEngine(former, engine, out);
  const write = (status: StoredRun['status'], result?: TrainingResult) => {
    const used = { ...usedEngine(engine), versions: versions(engine), peakMemoryMB: peakMemoryMB() };
    return writeRunRecord(record, { ...identity, ...used, status, result } as TrainingRecord);
  };
  await write('running');
  const trainee = await begin();
  try {
    const result = await run(job, length, trainee);
    await write('finished', result);
    return result;
  } catch (error) {
    await write(error instanceof OsvosError && error.code === 'interrupted' ? 'interrupted' : 'failed');
    throw error;
  } finally {
    trainee.dispose();
  }
}

function checkpointOf(out: string): string {
  return path.join(out, 'checkpoints', 'last.safetensors');
}

async function run(
  { out, report, signal }: TrainingJob,
  { updates, timeBudget, warmUp, ratesAt = halfCosine, looks = 0 }: TrainingLength,
  trainee: Trainee,
): Promise<TrainingResult> {
  const { parameters, optimizer } = trainee;
  const checkpoint = checkpointOf(out);
  const { updates: start, seconds: before } = await readCheckpoint(checkpoint, parameters, optimizer);
  const log = path.join(out, 'log.csv');
  if (start === 0) await writeFileAtomically(log, 'update,seconds,loss\n');

  const share = (index: number, seconds: number) =>
    Math.min(1, Math.max(index / updates, timeBudget ? (before + seconds) / timeBudget : 0));
  const state = async () => halved(await (trainee.finished?.() ?? parameters.read()));
  const watched = trainee.score && { state, score: (weights: Weights) => trainee.score!(weights) };
  const best = watched && looks > 0 ? await BestState.open(watched, out, looks, share(start, 0)) : undefined;
  const recent: number[] = [];
  let total = before;
  const save = (done: number) =>
    writeCheckpoint(checkpoint, parameters, optimizer, { updates: done, seconds: total });
  const look = async (done: number) => {
    const seen = await best!.look(done, total, share(done, total - before));
    if (seen) report({ kind: 'note', text: `hold-out J ${seen.score.toFixed(3)} after ${done} updates` });
    return seen;
  };
  report({ kind: 'stage', stage: `training ${trainee.name}`, total: updates, unit: 'updates', start });
  // one that was stopped while its last state was scored has no update to do
  const ends = share(start, 0) < 1 ? updates : start;
  const done = await trainee.train({
    ...{ start, updates: ends, share, signal },
    // rises along a line
    rate: (index, seconds) => Math.min(1, (index + 1) / warmUp) * ratesAt(share(index, seconds)),
    after: async ({ index, loss, seconds }) => {
      recent.push(loss);
      if (recent.length > CHECKPOINT_EVERY) recent.shift();
      total = before + seconds;
      const now = share(index + 1, seconds);
      const left =
        timeBudget && secondsLeft(index + 1 - start, seconds, updates - index - 1, timeBudget - total);
      report({ kind: 'step', done: index + 1, detail: `loss ${meanOf(recent).toFixed(3)}`, left });
      if ((index + 1) % LOG_EVERY === 0) {
        await appendFile(log, `${index + 1},${total.toFixed(1)},${meanOf(recent).toFixed(5)}\n`);
      }
      const due = now < 1 && best?.due(now);
      if (due) await look(index + 1);
      if (due || (index + 1) % CHECKPOINT_EVERY === 0) await save(index + 1);
      return now < 1;
    },
  });
  await save(done);
  if (signal?.aborted && share(done, total - before) < 1) {
    throw new OsvosError('interrupted', `stopped after update ${done} of ${updates}`);
  }
  if (best && !(await look(done))) throw new OsvosError('interrupted', 'stopped while it was scored');
  const kept = await best?.kept();
  const file = path.join(out, trainee.file);
  await writeSafetensors(file, kept?.weights ?? (await state()), trainee.metadata);
  const loss = recent.length > 0 ? meanOf(recent) : await lastLogged(log);
  return {
    file,
    updates: done,
    seconds: total,
    loss,
    peakMemoryMB: peakMemoryMB(),
    ...(kept && { best: kept.best }),
  };
}

/** Until the updates are done or the time is up, whichever comes first. */
function secondsLeft(done: number, seconds: number, updatesLeft: number, budgetLeft: number): number {
  return Math.max(0, Math.min(budgetLeft, (seconds / done) * updatesLeft));
}

async function lastLogged(log: string): Promise<number> {
  const lines = (await readFile(log, 'utf8')).trimEnd().split('\n');
  return Number(lines.at(-1)!.split(',')[2]);
}

function meanOf(values: number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** Half precision: 17 MB for ResNet-50, and no visible change of masks. */
function halved(weights: Weights): Weights {
  const half: Weights = new Map();
  for (const [name, { shape, data }] of weights) {
    half.set(name, { dtype: 'F16', shape, data: toHalf(data as Float32Array, name) });
  }
  return half;
}
