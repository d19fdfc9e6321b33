/** What a segmentation will take, and what one that was done tells of the engine's speed. */
import { existsSync } from 'node:fs';
import { regionNearMasks } from '../methods/contours/region-near-masks.js';
import { seesContours, type SnapSettings } from '../methods/contours/snap-settings.js';
import { addWork, learnsAnything, type MethodCost } from '../methods/cost.js';
import { sizeSeen, type Method } from '../methods/method.js';
import { estimateSeconds, objectsIn, type Amount } from './estimate.js';
import { estimateDisk } from './estimate-disk.js';
import { foresee, type Foresight, type Place } from './estimate-run.js';
import type { RunRecord } from './run-record.js';
import type { SegmentInput } from './segment-input.js';
import { keptFile } from './segment-learn.js';
import { learnsFromMasks, type CommonOptions } from './segment-options.js';
import { passIndices, planCourse } from './segment-passes.js';
import type { SegmentRequest } from './segment-request.js';
import { secondsOf, type Experience } from './speeds.js';

/** What an estimate is made from. */
export interface EstimateSource<Options extends CommonOptions> extends Place {
  request: SegmentRequest<Options>;
  method: Method<Options>;
  /** Whether the run goes on from an earlier one, whose frames and network are there. */
  goesOn: boolean;
}

/**
 * Estimates a clip, and makes sure that the machine can do it. Undefined for methods that foretell nothing.
 *
 * @throws OsvosError as `foresee`
 */
export async function estimateClip<Options extends CommonOptions>(
  source: EstimateSource<Options>,
): Promise<Foresight | undefined> {
  const { request, method } = source;
  const { input, options, settings, paths } = request;
  const { clip, masks, objects } = input;
  const contours =
    settings.snap && seesContours(settings.snap) && (await costOfContours(settings.snap, input));
  const costAt = (size: number) => {
    const own = method.cost?.({ ...options, size }, clip, objects.length, Math.max(1, masks.length));
    if (!own || !contours) return own;
    const segmentingBytes = own.segmentingBytes + contours.bytes;
    return { ...own, frame: addWork(own.frame, contours.frame), segmentingBytes };
  };
  const cost = costAt(options.size);
  if (!cost) return undefined;
  const amount = amountOf(source, cost);
  const disk = estimateDisk(cost, amount, input, settings);
  const { ignoreMemoryLimit } = settings;
  const { size } = options;
  const seen = sizeSeen(method, clip, size);
  const ahead = { clip, size, seen, cost, costAt, amount, disk, folder: paths.folder, ignoreMemoryLimit };
  return foresee(ahead, source);
}

/** Contours are looked for around the masks, which are taken to stay as large as those that were given; for pictures everywhere. */
async function costOfContours({ contours, scales, rule, saveContours }: SnapSettings, input: SegmentInput) {
  const { contourCost } = await import('../methods/contours/cost.js');
  const { readContourWeights } = await import('../methods/contours/contour-network.js');
  const { trunk } = await readContourWeights(contours);
  const { clip, masks } = input;
  const regions = masks.flatMap(({ labels }) => regionNearMasks(labels) ?? []);
  const [largest = clip] = regions.sort((a, b) => b.width * b.height - a.width * a.height);
  const near = contourCost(trunk, largest, scales);
  if (!saveContours) return near;
  const whole = contourCost(trunk, clip, scales);
  return { bytes: whole.bytes, frame: rule === 'ucm' ? addWork(near.frame, whole.frame) : whole.frame };
}

/** What is left to do. */
function amountOf<Options extends CommonOptions>(
  { request, method, goesOn }: EstimateSource<Options>,
  cost: MethodCost,
): Amount {
  const { input, options, settings, paths } = request;
  const { clip, masks, objects } = input;
  const { passes: all, inOrder, copied } = planCourse(method, options, input);
  const missing = (index: number) => !goesOn || !existsSync(paths.mask(clip.names[index]));
  const passes = all.filter((pass) => passIndices(pass).some(missing));
  // a method that wants its frames in order sees those before the stop again
  const frames = passes
    .flatMap(passIndices)
    .filter((index) => !copied.has(index) && (inOrder || missing(index)));
  const kept = goesOn && existsSync(keptFile(paths.checkpoints, all[0].learn));
  const learns = learnsFromMasks(settings) && !kept && learnsAnything(cost);
  return {
    frame: clip,
    objects: objects.length,
    frames: frames.length,
    passes: passes.filter(({ start }) => start !== undefined).length,
    learnt: learns ? objectsIn(masks) : 0,
  };
}

/** Runs shorter than this tell more of their start than of the engine's speed, seconds. */
const TELLING_LEARNING = 5;
const TELLING_SEGMENTING = 2;

/** What a run that was done in one go tells of the engine's speed. */
export function experienceOf(
  { cost, amount, speeds }: Foresight,
  record: Pick<RunRecord, 'seconds' | 'steps' | 'secondsPerFrame'>,
): Experience | undefined {
  if (!speeds) return undefined;
  const steps = sum(Object.values(record.steps));
  const { 'fine-tuning': tuning, memorising, loading } = record.seconds;
  const learnt = (tuning ?? memorising ?? 0) + (loading ?? 0);
  const perFrame = record.secondsPerFrame ?? 0;
  const start = amount.learnt * secondsOf(cost.start, speeds.learning);
  const learning = start + steps * secondsOf(cost.step, speeds.learning);
  const one = { ...amount, frames: 1, passes: 0, learnt: 0 };
  const segmenting = estimateSeconds(cost, one, speeds).segmenting;
  return {
    speeds,
    learning: steps > 0 && learnt >= TELLING_LEARNING ? learning / learnt : undefined,
    segmenting: perFrame * amount.frames >= TELLING_SEGMENTING ? segmenting / perFrame : undefined,
  };
}

function sum(values: number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
