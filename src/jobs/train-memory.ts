/** `osvos train stm`, `kmn` and `stcn`: videos and stills in, a memory network out. */
import path from 'node:path';
import { openDavis } from '../clips/davis.js';
import type { TripletSource } from '../datasets/triplets.js';
import {
  readDavisVideos,
  readStillSamples,
  type StillSample,
  type VideoSample,
} from '../datasets/training-samples.js';
import { OsvosError } from '../errors.js';
import {
  loadMemoryNetwork,
  untrainedMemoryNetwork,
  type MemoryMetadata,
} from '../methods/stm/load-memory-network.js';
import { methods } from '../methods/registry.js';
import { scorePropagation } from '../methods/stm/score-propagation.js';
import { createMemoryOptimizer, trainMemory } from '../methods/stm/train-memory.js';
import type { MemoryTrainingOptions } from '../methods/stm/training-defaults.js';
import { architectureName, type MemoryArchitecture } from '../networks/memory/memory-architecture.js';
import { findWeights } from '../weights/manifest.js';
import { sha256 } from '../weights/safetensors.js';
import type { RunIdentity } from './run-record.js';
import type { TrainingResult } from './training-result.js';
import { runTraining, type Trainee, type TrainingJob } from './training.js';

/** Methods that remember by such a network. */
export type MemoryMethodName = 'stm' | 'kmn' | 'stcn';

export interface TrainMemoryJob extends TrainingJob {
  method: MemoryMethodName;
  architecture: MemoryArchitecture;
  /** Weights to start from, name or file: a memory network (`init`), else the trunk's own (`base`). */
  init?: string;
  base?: string;
  davis?: { root: string; split: string };
  /** Folder with `images/` and `masks/`. */
  stills?: string;
  /** Split of `davis` whose videos the network is scored on; they are not trained on. */
  holdOut?: string;
  options: MemoryTrainingOptions;
}

/** Frames of videos and stills are kept at these short sides, pixels: views show them about half as large to a little larger. */
const FRAME_SIZE = 480;
const STILL_SIZE = 320;
/** Short side of hold-out frames, and of the network's view of the region around their objects. */
const HOLD_OUT_SIZE = 240;

/** Trains a memory network. Throws `usage`, `data-set`, `weights-*` and what `runTraining` throws. */
export async function trainMemoryJob(job: TrainMemoryJob): Promise<TrainingResult> {
  return runTraining(job, await identityOf(job), job.options, async () => {
    const source = await readPictures(job);
    const frames = source.videos.reduce((sum, video) => sum + video.length, 0);
    const stills = source.stills.reduce((sum, group) => sum + group.length, 0);
    const text = `${frames} frames of ${source.videos.length} videos and ${stills} stills`;
    job.report({ kind: 'note', text });
    const held = await readHeldOut(job);
    return () => traineeOf(job, source, held);
  });
}

async function identityOf(job: TrainMemoryJob): Promise<RunIdentity> {
  const { method, architecture, init, base, davis, stills, holdOut, options } = job;
  const { seed, ...others } = options;
  const name = init ?? base;
  if (!name) {
    const remedy = 'name --base (trunk weights) or --init (a memory network)';
    throw new OsvosError('usage', 'nothing to start from', '', remedy);
  }
  if (!davis && !stills)
    throw new OsvosError('usage', 'no training pictures', '', 'name --davis or --stills');
  return {
    command: `train ${method}`,
    method,
    options: { ...architecture, stills: stills && path.resolve(stills), holdOut, ...others },
    seed,
    weights: [{ name, sha256: await sha256((await findWeights(name)).file) }],
    input: { source: path.resolve(davis?.root ?? stills!), split: davis?.split ?? '' },
    annotations: [],
    objects: [],
  };
}

async function readPictures({ davis, stills }: TrainMemoryJob): Promise<TripletSource> {
  const videos = davis ? await readDavisVideos(davis.root, davis.split, FRAME_SIZE) : [];
  const photographs = stills ? await readStillSamples(stills, STILL_SIZE, ({ data }) => data) : [];
  if (videos.length + photographs.length === 0) {
    throw new OsvosError(
      'data-set',
      'no picture with an object',
      davis?.root ?? stills!,
      'check the split and the masks',
    );
  }
  return { videos, stills: byPrefix(photographs) };
}

/** Videos that show how far masks are carried; their first frames are given. Throws `usage` where they are trained on. */
async function readHeldOut({ davis, holdOut, options, report }: TrainMemoryJob): Promise<VideoSample[][]> {
  if (!davis || holdOut === undefined || options.looks === 0) return [];
  const namesOf = (split: string) => openDavis(davis.root, { split }).sequences.map(({ name }) => name);
  const trained = namesOf(davis.split);
  const both = namesOf(holdOut).filter((name) => trained.includes(name));
  if (both.length > 0) {
    const what = `trained on and held out: ${both.join(', ')}`;
    throw new OsvosError('usage', what, '', 'name another split to --hold-out, or none');
  }
  const videos = await readDavisVideos(davis.root, holdOut, HOLD_OUT_SIZE);
  const long = videos.filter(({ length }) => length > 1);
  const frames = long.reduce((sum, { length }) => sum + length, 0);
  report({ kind: 'note', text: `scored on ${frames} frames of ${long.length} videos of ${holdOut}` });
  return long;
}

/** Groups by what stands before the first `_` of a name: parts of a set of stills differ in size. */
function byPrefix(stills: readonly StillSample[]): StillSample[][] {
  const groups = new Map<string, StillSample[]>();
  for (const still of stills) {
    const prefix = /^[^_]*_/.exec(still.name)?.[0] ?? '';
    groups.set(prefix, [...(groups.get(prefix) ?? []), still]);
  }
  return [...groups.values()];
}

async function traineeOf(
  { method, architecture, init, base, options, signal }: TrainMemoryJob,
  source: TripletSource,
  held: readonly VideoSample[][],
): Promise<Trainee> {
  const pictures = [...source.videos.flat(), ...source.stills.flat()];
  const network = init
    ? await loadMemoryNetwork(init, architecture)
    : await untrainedMemoryNetwork(architecture, base!, pictures, options.seed);
  const optimizer = createMemoryOptimizer(network, options);
  const { defaults } = methods[method];
  const scored = { architecture, defaults, size: HOLD_OUT_SIZE };
  const metadata: MemoryMetadata = { architecture: architectureName(architecture) };
  return {
    ...{ name: `${method} on ${architecture.trunk}`, parameters: network.parameters, optimizer },
    ...{ file: `${method}-${architecture.trunk}.safetensors`, metadata: { ...metadata } },
    finished: async () => new Map([...(await network.parameters.read()), ...(await optimizer.average())]),
    score: held.length > 0 ? (weights) => scorePropagation(weights, scored, held, signal) : undefined,
    train: (course) => trainMemory(network, { ...course, source, optimizer, options }),
    dispose: () => {
      optimizer.dispose();
      network.dispose();
    },
  };
}
