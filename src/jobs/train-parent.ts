/** `osvos train parent`: pictures in, a parent network out. */
import path from 'node:path';
import { networkSize, type Size } from '../clips/network-size.js';
import type { PairSource } from '../datasets/pairs.js';
import { readDavisVideos, readStillSamples } from '../datasets/training-samples.js';
import { OsvosError } from '../errors.js';
import { formatSize } from '../frame.js';
import { loadParent, type ParentMetadata } from '../methods/osvos/parent.js';
import type { ParentOptions } from '../methods/osvos/parent-defaults.js';
import { createParentOptimizer } from '../methods/osvos/parent-optimizer.js';
import { parentCourses } from '../methods/osvos/parent-recipes.js';
import { trainParent } from '../methods/osvos/train-parent.js';
import { OsvosNetwork } from '../networks/osvos-network.js';
import type { TrunkName } from '../networks/trunk-names.js';
import { findWeights } from '../weights/manifest.js';
import { sha256 } from '../weights/safetensors.js';
import type { RunIdentity } from './run-record.js';
import type { TrainingResult } from './training-result.js';
import { runTraining, type Trainee, type TrainingJob } from './training.js';

export interface TrainParentJob extends TrainingJob {
  trunk: TrunkName;
  /** Weights to start from, name or file: a parent network (`init`), else the trunk's own (`base`). */
  init?: string;
  base?: string;
  davis?: { root: string; split: string };
  /** Folder with `images/` and `masks/`. */
  stills?: string;
  options: ParentOptions;
}

/**
 * Trains a parent network. Throws `usage`, `data-set`, `weights-*` and what `runTraining` throws.
 */
export async function trainParentJob(job: TrainParentJob): Promise<TrainingResult> {
  const { rate: ratesAt } = parentCourses[job.options.course];
  return runTraining(job, await identityOf(job), { ...job.options, ratesAt }, async () => {
    const pictures = await readPictures(job);
    const [first] = [...pictures.videos.flat(), ...pictures.stills];
    const canvas = networkSize(first, job.options.size);
    const frames = pictures.videos.reduce((sum, video) => sum + video.length, 0);
    const text = `${frames} frames of ${pictures.videos.length} videos and ${pictures.stills.length} stills, seen at ${formatSize(canvas)}`;
    job.report({ kind: 'note', text });
    return () => traineeOf(job, pictures, canvas);
  });
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

async function traineeOf(job: TrainParentJob, source: PairSource, canvas: Size): Promise<Trainee> {
  const { trunk, init, options } = job;
  const { heads, crop, seed } = options;
  const start = await loadParent({ ...job, heads, parent: init ?? false, seed });
  if (start.heads !== heads) {
    const remedy = `use --heads ${start.heads}, or --base in place of --init to take its trunk alone`;
    throw new OsvosError(
      'weights-unfit',
      `the parent has heads ${start.heads}, not ${heads}`,
      start.file,
      remedy,
    );
  }
  const network = OsvosNetwork.from(start.weights, { trunk, heads, crop }, start.file);
  const optimizer = createParentOptimizer(network, options);
  const metadata: ParentMetadata = { architecture: `osvos-${trunk}`, heads, crop };
  const course = parentCourses[options.course];
  return {
    ...{ name: trunk, parameters: network.parameters, optimizer },
    ...{ file: `osvos-${trunk}.safetensors`, metadata: { ...metadata } },
    train: (given) =>
      trainParent(network, {
        ...given,
        ...{ source, canvas, input: start.input, optimizer, seed },
        frozenStages: options.frozenStages,
        batchSize: options.batch,
        accumulate: options.accumulate,
        lossForm: options.loss,
        sideWeight: (share) => options.sideWeight * course.sides(share),
      }),
    dispose: () => {
      optimizer.dispose();
      network.dispose();
    },
  };
}
