/**
 * What the two DAVIS benchmarks count. 2016 (Perazzi et al. 2016): one object, everything but 0, averaged over
 * sequences. 2017 semi-supervised (Pont-Tuset et al. 2017): each object on its own, averaged over objects, void is
 * background. Both leave out a sequence's first frame, which is given, and its last.
 */
import { VOID, countLabels, type LabelMap } from '../label-map.js';
import { contourAccuracy } from './contour.js';
import { errorSplit, type ErrorSplit } from './error-split.js';
import { regionSimilarity, type Mask } from './region.js';

export const protocols = ['davis-2016', 'davis-2017'] as const;
export type Protocol = (typeof protocols)[number];

/** Region similarity and contour accuracy of one object in one frame. */
export interface FrameScore {
  J: number;
  F: number;
  /** Where it was asked for. */
  errors?: ErrorSplit;
}

/** The frames that count: all but the first and the last. */
export function scoredFrames<T>(frames: readonly T[]): T[] {
  return frames.slice(1, -1);
}

/** The labels are 0 and 255 only, and the 255 is there: black and white, not ids with void. */
export function isBlackAndWhite(labels: LabelMap): boolean {
  const counts = countLabels(labels);
  return counts[VOID] > 0 && counts[0] + counts[VOID] === labels.data.length;
}

/** 2016 where the annotations are black and white, else 2017. Give the first annotation of each sequence. */
export function protocolOf(annotations: readonly LabelMap[]): Protocol {
  return annotations.length > 0 && annotations.every(isBlackAndWhite) ? 'davis-2016' : 'davis-2017';
}

/** Objects of a sequence by its first annotation: one in 2016, in 2017 the largest id there, void left out. */
export function objectCount(protocol: Protocol, first: LabelMap): number {
  return protocol === 'davis-2016' ? 1 : largestId(first);
}

/** The largest object id of a label map, void left out; 0 where there is no object. */
export function largestId(labels: LabelMap): number {
  const counts = countLabels(labels);
  let id = VOID - 1;
  while (id > 0 && counts[id] === 0) id--;
  return id;
}

function maskOf({ width, height, data }: LabelMap, id: number): Mask {
  const mask = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) if (data[i] === id) mask[i] = 1;
  return { width, height, data: mask };
}

function score(prediction: Mask, truth: Mask, withErrors: boolean): FrameScore {
  const scores = { J: regionSimilarity(prediction, truth), F: contourAccuracy(prediction, truth) };
  return withErrors ? { ...scores, errors: errorSplit(prediction, truth) } : scores;
}

/**
 * Scores of the objects `ids` in one frame. Both label maps have the same size. 2016: all but 0 is the
 * object. 2017: void of the truth is background.
 *
 * @param withErrors tell the kinds of wrong pixels too
 */
export function scoreFrame(
  protocol: Protocol,
  prediction: LabelMap,
  truth: LabelMap,
  ids: readonly number[],
  withErrors = false,
): FrameScore[] {
  if (protocol === 'davis-2016') return [score(prediction, truth, withErrors)];
  return ids.map((id) => score(maskOf(prediction, id), maskOf(truth, id), withErrors));
}
