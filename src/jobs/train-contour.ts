/** `osvos train contour`: photographs with contour maps in, a contour network out. */
import path from 'node:path';
import { outlineSample, readBsdsSamples } from '../datasets/contour-samples.js';
import type { Sample } from '../datasets/sample.js';
import { readDavisVideos } from '../datasets/training-samples.js';
import { OsvosError } from '../errors.js';
import {
  loadContourNetwork,
  untrainedContourNetwork,
  type ContourMetadata,
} from '../methods/contours/contour-network.js';
import type { ContourTrainingOptions } from '../methods/contours/defaults.js';
import { createContourOptimizer, trainContours } from '../methods/contours/train-contours.js';
import type { TrunkName } from '../networks/trunk-names.js';
import { findWeights } from '../weights/manifest.js';
import { sha256 } from '../weights/safetensors.js';
import type { RunIdentity } from './run-record.js';
import type { TrainingResult } from './training-result.js';
import { runTraining, type Trainee, type TrainingJob } from './training.js';

export interface TrainContourJob extends TrainingJob {
  trunk: TrunkName;
  /** Weights to start from, name or file: a contour network (`init`), else the trunk's own (`base`). */
  init?: string;
  base?: string;
  /** BSDS500, and which of its splits. */
  bsds: { root: string; splits: string[] };
  /** Sequences whose masks give outlines. */
  davis?: { root: string; split: string };
  options: ContourTrainingOptions;
}

/** Frames of data sets are seen at their own size up to this short side, pixels. */
const FRAME_SIZE = 480;

/** Trains a contour network. Throws `usage`, `data-set`, `weights-*` and what `runTraining` throws. */
export async function trainContourJob(job: TrainContourJob): Promise<TrainingResult> {
  return runTraining(job, await identityOf(job), job.options, async () => {
    const { bsds, davis, options, report } = job;
    const pictures = await readBsdsSamples(bsds.root, bsds.splits, options.agreement);
    const videos = davis ? await readDavisVideos(davis.root, davis.split, FRAME_SIZE) : [];
    const outlines = videos.flat().map(outlineSample);
    const frames = outlines.length > 0 ? ` and ${outlines.length} frames with outlines` : '';
    report({ kind: 'note', text: `${pictures.length} photographs with contours${frames}` });
    return () => traineeOf(job, pictures, outlines);
  });
}

async function identityOf(job: TrainContourJob): Promise<RunIdentity> {
  const { trunk, init, base, bsds, davis, options } = job;
  const { seed, ...others } = options;
  const name = init ?? base;
  if (!name) {
    const remedy = 'name --base (trunk weights) or --init (a contour network)';
    throw new OsvosError('usage', 'nothing to start from', '', remedy);
  }
  return {
    command: 'train contour',
    method: 'contours',
    options: { trunk, davis: davis && `${path.resolve(davis.root)} ${davis.split}`, ...others },
    seed,
    weights: [{ name, sha256: await sha256((await findWeights(name)).file) }],
    input: { source: path.resolve(bsds.root), split: bsds.splits.join(' ') },
    annotations: [],
    objects: [],
  };
}

async function traineeOf(
  { trunk, init, base, options }: TrainContourJob,
  pictures: Sample[],
  outlines: Sample[],
): Promise<Trainee> {
  const contours = init
    ? await loadContourNetwork(init)
    : await untrainedContourNetwork(trunk, base!, options.seed);
  if (contours.trunk !== trunk) {
    contours.network.dispose();
    const remedy = `use --trunk ${contours.trunk}`;
    throw new OsvosError(
      'weights-unfit',
      `the network has trunk ${contours.trunk}, not ${trunk}`,
      init,
      remedy,
    );
  }
  const { network } = contours;
  const optimizer = createContourOptimizer(contours, options);
  const metadata: ContourMetadata = { architecture: `contour-${trunk}` };
  return {
    ...{ name: `contours on ${trunk}`, parameters: network.parameters, optimizer },
    ...{ file: `contour-${trunk}.safetensors`, metadata: { ...metadata } },
    train: (course) => trainContours(contours, { ...course, pictures, outlines, optimizer, options }),
    dispose: () => {
      optimizer.dispose();
      network.dispose();
    },
  };
}
