/** `osvos train parent`: pictures in, a parent network, its log and its hold-out scores out. */
import { appendFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../clips/atomic-file.js';
import { removeLeftovers } from '../clips/leftover-files.js';
import { networkSize, type Size } from '../clips/network-size.js';
import type { PairSource } from '../datasets/pairs.js';
import { readDavisVideos, readStillSamples } from '../datasets/training-samples.js';
import type { Engine } from '../engine/engine.js';
import { OsvosError } from '../errors.js';
import { formatSize } from '../frame.js';
import { loadParent, type ParentMetadata, type ParentNetwork } from '../methods/osvos/parent.js';
import type { ParentOptions } from '../methods/osvos/parent-defaults.js';
import { createParentOptimizer } from '../methods/osvos/parent-optimizer.js';
import { trainParent } from '../methods/osvos/train-parent.js';
import { OsvosNetwork } from '../networks/osvos-network.js';
import type { TrunkName } from '../networks/trunk-names.js';
import type { Report } from '../progress.js';
import { readCheckpoint, writeCheckpoint } from '../training/checkpoint.js';
import type { Optimizer } from '../training/optimizer.js';
import { toHalf } from '../weights/half.js';
import { findWeights } from '../weights/manifest.js';
import { sha256, writeSafetensors } from '../weights/safetensors.js';
import type { Weights } from '../weights/weights.js';
import { describeChangedEngine } from './changed-engine.js';
import { lookAtOutput, makeWritable } from './output-folder.js';
import { peakMemoryMB, versions, writeRunRecord, type RunIdentity, type StoredRun } from './run-record.js';

export interface TrainParentJob {
  trunk: TrunkName;
  /** Weights to start from, name or file: a parent network (`init`), else the trunk's own (`base`). */
  init?: string;
  base?: string;
  davis?: { root: string; split: string };
  /** Folder with `images/` and `masks/`. */
  stills?: string;
  out: string;
  /** Overwrite another training in `out`. */
  force: boolean;
  /** There must be a training in `out` to go on with. */
  resume?: boolean;
  options: ParentOptions;
  startEngine(): Promise<Engine>;
  report: Report;
  signal?: AbortSignal;
}

export interface TrainParentResult {
  file: string;
  updates: number;
  seconds: number;
  /** Mean loss of the last updates. */
  loss: number;
}

/** `run.json` of a training. */
interface TrainingRecord extends StoredRun {
  engine: { name: string; device: string; precision?: string };
  threads: number;
  versions: Record<string, string>;
  peakMemoryMB: number;
  result?: TrainParentResult;
}

/** Updates between two checkpoints, and between two lines of the log. */
const CHECKPOINT_EVERY = 100;
const LOG_EVERY = 10;

/**
 * Trains a parent network and writes it in half precision. The same call goes on where a stopped one left off.
 *
 * @throws OsvosError `usage`, `data-set`, `record-differs`, `output-exists`, `weights-*`, `not-a-number`, `interrupted`
 */
export async function trainParentJob(job: TrainParentJob): Promise<TrainParentResult> {
  const { options, report, out } = job;
  const record = path.join(out, 'run.json');
  const identity = await identityOf(job);
  const { former, replace } = await lookAtOutput<TrainingRecord>(
    { folder: out, record },
    identity,
    job.force,
  );
  if (job.resume && !former)
    throw new OsvosError('usage', 'no training to go on with', out, 'leave out --resume');
  if (former?.status === 'finished' && former.result) return former.result;
  await makeWritable(out);
  await removeLeftovers(out);
  await removeLeftovers(path.dirname(checkpointOf(out)));
  if (replace) await rm(checkpointOf(out), { force: true });
  const pictures = await readPictures(job);
  const [first] = [...pictures.videos.flat(), ...pictures.stills];
  const canvas = networkSize(first, options.size);
  const frames = pictures.videos.reduce((sum, video) => sum + video.length, 0);
  const text = `${frames} frames of ${pictures.videos.length} videos and ${pictures.stills.length} stills, seen at ${formatSize(canvas)}`;
  report({ kind: 'note', text });
  const engine = await job.startEngine();
  const changed = former && describeChangedEngine(former, engine);
  if (changed !== undefined) report({ kind: 'warning', text: changed });
  const write = (status: StoredRun['status'], result?: TrainParentResult) => {
    const { name, device, precision, threads } = engine;
    const used = {
      engine: { name, device, precision },
      threads,
      versions: versions(engine),
      peakMemoryMB: peakMemoryMB(),
    };
    return writeRunRecord(record, { ...identity, ...used, status, result } as TrainingRecord);
  };
  await write('running');
  const { heads, crop, seed } = options;
  const source = await loadParent({ ...job, heads, parent: job.init ?? false, seed });
  if (source.heads !== heads) {
    const remedy = `use --heads ${source.heads}, or --base in place of --init to take its trunk alone`;
    throw new OsvosError(
      'weights-unfit',
      `the parent has heads ${source.heads}, not ${heads}`,
      source.file,
      remedy,
    );
  }
  const network = OsvosNetwork.from(source.weights, { trunk: job.trunk, heads, crop }, source.file);
  const optimizer = createParentOptimizer(network, options);
  try {
    const result = await run(job, network, optimizer, pictures, canvas, source);
    await write('finished', result);
    return result;
  } catch (error) {
    await write(error instanceof OsvosError && error.code === 'interrupted' ? 'interrupted' : 'failed');
    throw error;
  } finally {
    optimizer.dispose();
    network.dispose();
  }
}

async function identityOf({
  trunk,
  init,
  base,
  davis,
  stills,
  options,
}: TrainParentJob): Promise<RunIdentity> {
  const { seed, ...others } = options;
  const name = init ?? base;
  if (!name)
    throw new OsvosError(
      'usage',
      'nothing to start from',
      '',
      'name --base (trunk weights) or --init (a parent)',
    );
  if (!davis && !stills)
    throw new OsvosError('usage', 'no training pictures', '', 'name --davis or --stills');
  return {
    command: 'train parent',
    method: 'osvos',
    options: { trunk, stills: stills && path.resolve(stills), ...others },
    seed,
    weights: [{ name, sha256: await sha256((await findWeights(name)).file) }],
    input: { source: path.resolve(davis?.root ?? stills!), split: davis?.split ?? '' },
    annotations: [],
    objects: [],
  };
}

/** Frames are kept somewhat larger than the network sees them: enlarged views of them stay sharp. */
const KEPT_FRAME_SIZE = 1.5;

async function readPictures({ davis, stills, options }: TrainParentJob): Promise<PairSource> {
  const short = Math.round(KEPT_FRAME_SIZE * options.size);
  const pictures = {
    videos: davis ? await readDavisVideos(davis.root, davis.split, short) : [],
    stills: stills ? await readStillSamples(stills, options.size) : [],
  };
  if (pictures.videos.length + pictures.stills.length > 0) return pictures;
  throw new OsvosError(
    'data-set',
    'no picture with an object',
    davis?.root ?? stills!,
    'check the split and the masks',
  );
}

function checkpointOf(out: string): string {
  return path.join(out, 'checkpoints', 'last.safetensors');
}

async function run(
  job: TrainParentJob,
  network: OsvosNetwork,
  optimizer: Optimizer,
  source: PairSource,
  canvas: Size,
  { input }: ParentNetwork,
): Promise<TrainParentResult> {
  const { options, out, report, signal } = job;
  const { updates, timeBudget } = options;
  const checkpoint = checkpointOf(out);
  const { updates: start, seconds: before } = await readCheckpoint(checkpoint, network.parameters, optimizer);
  const log = path.join(out, 'log.csv');
  if (start === 0) await writeFileAtomically(log, 'update,seconds,loss\n');

  const share = (index: number, seconds: number) =>
    Math.min(1, Math.max(index / updates, timeBudget ? (before + seconds) / timeBudget : 0));
  const recent: number[] = [];
  let total = before;
  report({ kind: 'stage', stage: `training ${job.trunk}`, total: updates, unit: 'updates', start });
  const done = await trainParent(network, {
    ...{ source, canvas, input, optimizer, updates, start, share, signal },
    frozenStages: options.frozenStages,
    batchSize: options.batch,
    accumulate: options.accumulate,
    lossForm: options.loss,
    sideWeight: options.sideWeight,
    seed: options.seed,
    rate: (index, seconds) =>
      Math.min(1, (index + 1) / options.warmUp) * 0.5 * (1 + Math.cos(Math.PI * share(index, seconds))),
    after: async ({ index, loss, seconds }) => {
      recent.push(loss);
      if (recent.length > CHECKPOINT_EVERY) recent.shift();
      total = before + seconds;
      report({ kind: 'step', done: index + 1, detail: `loss ${meanOf(recent).toFixed(3)}` });
      if ((index + 1) % LOG_EVERY === 0) {
        await appendFile(log, `${index + 1},${total.toFixed(1)},${meanOf(recent).toFixed(5)}\n`);
      }
      if ((index + 1) % CHECKPOINT_EVERY === 0) {
        await writeCheckpoint(checkpoint, network.parameters, optimizer, {
          updates: index + 1,
          seconds: total,
        });
      }
      return share(index + 1, seconds) < 1;
    },
  });
  await writeCheckpoint(checkpoint, network.parameters, optimizer, { updates: done, seconds: total });
  if (signal?.aborted && share(done, total - before) < 1) {
    throw new OsvosError('interrupted', `stopped after update ${done} of ${updates}`);
  }
  const file = path.join(out, `osvos-${job.trunk}.safetensors`);
  const { heads, crop } = options;
  await writeNetwork(file, network, { architecture: `osvos-${job.trunk}`, heads, crop });
  return { file, updates: done, seconds: total, loss: meanOf(recent) };
}

function meanOf(values: number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** Half precision: 17 MB for ResNet-50, and no visible change of masks. */
async function writeNetwork(file: string, network: OsvosNetwork, metadata: ParentMetadata): Promise<void> {
  const half: Weights = new Map();
  for (const [name, { shape, data }] of await network.parameters.read()) {
    half.set(name, { dtype: 'F16', shape, data: toHalf(data as Float32Array, name) });
  }
  await writeSafetensors(file, half, { ...metadata });
}
