/** Which pieces of an object's mask are kept: all, the largest, or those near to where the object was. */
import type { Clip } from '../clips/clip.js';
import { readLabelPng } from '../clips/label-png.js';
import { OsvosError } from '../errors.js';
import { formatSize } from '../frame.js';
import { idsOf, labelsFromProbabilities, type LabelMap, type Probabilities } from '../label-map.js';
import { butLargest } from '../snapping/keep-largest.js';
import { judgeNearness, noteSightings, withSightings, type Sightings } from '../snapping/keep-near.js';
import { labelsWithout } from '../snapping/labels-without.js';
import type { OutputPaths } from './output-folder.js';
import type { KeepRule, SegmentSettings } from './segment-options.js';
import { underGiven } from './segment-met-frame.js';
import { passIndices, planPasses, type AnnotatedFrame, type Pass } from './segment-passes.js';
import type { Snap } from './segment-snap.js';

/**
 * Decides the labels of a pass's frames, which come in its order; the next may come before the last is decided. Where
 * some objects were given, `p` is of the others, and what was given lies over them.
 */
export interface Keeper {
  labels(index: number, p: Probabilities, snap?: Snap): Promise<LabelMap>;
}

interface KeptJob {
  clip: Clip;
  paths: Pick<OutputPaths, 'mask'>;
  settings: Pick<SegmentSettings, 'keep' | 'threshold'>;
  /** Masks that were given of all objects, by frame index, and those of some of them. */
  given: ReadonlyMap<number, LabelMap>;
  met?: ReadonlyMap<number, LabelMap>;
}

/**
 * A keeper for one pass. What is near depends on the masks before it: of frames that an earlier start finished it
 * reads them back, so that a run that stopped goes on with the same masks. Its `labels` throws `mask-unreadable`
 * where such a mask is damaged.
 */
export function createKeeper(job: KeptJob, pass: Pass): Keeper {
  const { threshold, keep } = job.settings;
  if (keep === 'near') return createNearKeeper(job, pass);
  return {
    async labels(index, p, snap) {
      const labels =
        keep === 'largest' ? labelsWithout(p, threshold, butLargest) : labelsFromProbabilities(p, threshold);
      return underGiven(snap ? await snap.move(labels) : labels, job.met?.get(index));
    },
  };
}

/**
 * A pass in the order in which masks are decided; one of a method that wants its frames in order has it already. What is near is told from annotation to annotation as a method that
 * remembers goes: forwards and backwards from each, halfway to the next, however the method itself sees the frames.
 */
export function keepingOrder(
  keep: KeepRule,
  inOrder: boolean,
  pass: Pass,
  annotated: readonly AnnotatedFrame[],
): Pass[] {
  if (keep !== 'near' || inOrder || annotated.length === 0) return [pass];
  return planPasses({ family: 'offline', annotations: 'all-before-start' }, annotated, pass.from, pass.to);
}

function createNearKeeper(job: KeptJob, pass: Pass): Keeper {
  const { given, settings } = job;
  const before = passIndices(pass);
  let sightings: Sightings = new Map();
  const noteGiven = (index: number, labels: LabelMap) =>
    (sightings = withSightings(sightings, idsOf(labels), { index, labels }));
  const noteSegmented = (index: number, labels: LabelMap) => {
    sightings = noteSightings(labels, index, sightings);
    const met = job.met?.get(index);
    if (met) noteGiven(index, met);
  };
  // a pass backwards begins beside its annotation
  const origin = given.has(pass.from) ? undefined : given.get(pass.from + 1);
  if (origin) noteGiven(pass.from + 1, origin);

  const noteFramesBefore = async (index: number) => {
    for (let next = before.shift(); next !== undefined && next !== index; next = before.shift()) {
      const labels = given.get(next);
      if (labels) noteGiven(next, labels);
      else noteSegmented(next, await readWritten(job, next));
    }
  };
  const decideNext = async (index: number, p: Probabilities, snap?: Snap) => {
    await noteFramesBefore(index);
    const near = labelsWithout(
      p,
      settings.threshold,
      (components, current) => judgeNearness(components, current, index, sightings).drop,
    );
    // what is seen of an object is what its file will show
    const labels = underGiven(snap ? await snap.move(near) : near, job.met?.get(index));
    noteSegmented(index, labels);
    return labels;
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    labels(index, p, snap) {
      const labels = last.then(() => decideNext(index, p, snap));
      last = labels;
      return labels;
    },
  };
}

/** A mask that an earlier start wrote. */
async function readWritten({ clip, paths }: KeptJob, index: number): Promise<LabelMap> {
  const file = paths.mask(clip.names[index]);
  const remedy = 'remove it, and the same command makes it again';
  const labels = await readLabelPng(file).catch((error: OsvosError) => {
    throw new OsvosError('mask-unreadable', error.what, file, remedy, { cause: error });
  });
  if (labels.width === clip.width && labels.height === clip.height) return labels;
  const what = `the mask written before is ${formatSize(labels)}, its frame ${formatSize(clip)}`;
  throw new OsvosError('mask-size', what, file, remedy);
}
