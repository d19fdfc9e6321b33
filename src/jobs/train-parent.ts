import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../clips/atomic-file.js';
import { networkSize } from '../clips/network-size.js';
import type { Sample } from '../datasets/sample.js';
import { readDavisSamples, readStillSamples } from '../datasets/training-samples.js';
import { OsvosError } from '../errors.js';
import { formatSize } from '../frame.js';
import { loadParent, type ParentMetadata } from '../methods/osvos/parent.js';
import type { ParentOptions } from '../methods/osvos/parent-defaults.js';
import { createParentOptimizer } from '../methods/osvos/parent-optimizer.js';
import { trainParent } from '../methods/osvos/train-parent.js';
import { OsvosNetwork } from '../networks/osvos-network.js';
import type { TrunkName } from '../networks/trunk-names.js';
import type { Report } from '../progress.js';
import { readCheckpoint, writeCheckpoint } from '../training/checkpoint.js';
import { toHalf } from '../weights/half.js';
import { writeSafetensors } from '../weights/safetensors.js';
import type { Weights } from '../weights/weights.js';

export interface TrainParentJob {
  trunk: TrunkName;
  /** Weights to start from: a parent network (`init`), else the trunk's own (`base`). */
  init?: string;
  base?: string;
  davis?: { root: string; split: string };
  stills?: string;
  out: string;
  options: ParentOptions;
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

/** Updates between two checkpoints, and between two lines of the log. */
const CHECKPOINT_EVERY = 100;
const LOG_EVERY = 10;

/** Trains a parent network and writes it in half precision. The same call goes on where a stopped one left off. */
export async function trainParentJob(job: TrainParentJob): Promise<TrainParentResult> {
  const { options, report } = job;
  const samples = await readSamples(job);
  const canvas = networkSize(samples[0], options.size);
  report({ kind: 'note', text: `${samples.length} pictures, seen at ${formatSize(canvas)}` });
  const source = await loadParent({
    ...{ iterations: 0, trunkRate: 0, headRate: 0, frozenStages: 0, size: options.size, seed: options.seed },
    trunk: job.trunk,
    parent: job.init ?? false,
    base: job.base,
  });
  const network = OsvosNetwork.from(source.weights, { trunk: job.trunk, crop: options.crop }, source.file);
  try {
    return await run(job, network, samples, canvas, source.input);
  } finally {
    network.dispose();
  }
}

async function readSamples({ davis, stills, options }: TrainParentJob): Promise<Sample[]> {
  const samples: Sample[] = [];
  if (davis) samples.push(...(await readDavisSamples(davis.root, davis.split, options.size)));
  if (stills) samples.push(...(await readStillSamples(stills, options.size)));
  if (samples.length === 0)
    throw new OsvosError('usage', 'no training pictures', '', 'name --davis or --stills');
  return samples;
}

async function run(
  job: TrainParentJob,
  network: OsvosNetwork,
  samples: Sample[],
  canvas: { width: number; height: number },
  input: Parameters<typeof trainParent>[1]['input'],
): Promise<TrainParentResult> {
  const { options, out, report, signal } = job;
  const { updates, timeBudget } = options;
  const optimizer = createParentOptimizer(network, options);
  const checkpoint = path.join(out, 'checkpoints', 'last.safetensors');
  const log = path.join(out, 'log.csv');
  const { updates: start, seconds: before } = await readCheckpoint(checkpoint, network.parameters, optimizer);
  await mkdir(out, { recursive: true });
  if (start === 0) await writeFileAtomically(log, 'update,seconds,loss\n');

  const share = (index: number, seconds: number) =>
    Math.min(1, Math.max(index / updates, timeBudget ? (before + seconds) / timeBudget : 0));
  const recent: number[] = [];
  let total = before;
  report({ kind: 'stage', stage: `training ${job.trunk}`, total: updates, unit: 'updates' });
  if (start > 0) report({ kind: 'step', done: start, detail: 'resumed' });
  const done = await trainParent(network, {
    ...{ samples, canvas, input, optimizer, updates, start, share, signal },
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
      const mean = meanOf(recent);
      report({ kind: 'step', done: index + 1, detail: `loss ${mean.toFixed(3)}` });
      if ((index + 1) % LOG_EVERY === 0)
        await appendFile(log, `${index + 1},${total.toFixed(1)},${mean.toFixed(5)}\n`);
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
  await writeNetwork(file, network, { architecture: `osvos-${job.trunk}`, crop: options.crop });
  return { file, updates: done, seconds: total, loss: meanOf(recent) };
}

function meanOf(values: number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** Half precision: 17 MB for ResNet-50, and no visible change of masks. */
async function writeNetwork(file: string, network: OsvosNetwork, metadata: ParentMetadata): Promise<void> {
  const half: Weights = new Map();
  for (const [name, { shape, data }] of await network.parameters.read()) {
    half.set(name, { dtype: 'F16', shape, data: toHalf(data as Float32Array) });
  }
  await writeSafetensors(file, half, { ...metadata });
}
