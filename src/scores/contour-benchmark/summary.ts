/** The three figures of the boundary benchmark: ODS, OIS and AP (Arbeláez et al. 2011, section 3.2). */
import type { Counts } from './counts.js';

/** Steps by which recall and precision are interpolated between neighbouring thresholds, both ends included. */
const STEPS_BETWEEN = 100;
/** Recalls at which precision is averaged: 0, 0.01 … 1. */
const RECALL_STEPS = 100;

/** A place on the curve of precision over recall. */
export interface Working {
  threshold: number;
  recall: number;
  precision: number;
  F: number;
}

export interface Summary {
  /** All images at the one threshold that is best for all, which lies between those measured too. */
  ODS: Working;
  /** Each image at its own best threshold; the counts add up. */
  OIS: Omit<Working, 'threshold'>;
  /** Precision averaged over recall, 0–1. */
  AP: number;
  /** One for each threshold. */
  curve: Working[];
  /** Best measured threshold of each image. */
  images: Working[];
}

/** Sums up `counts[image][threshold]`; thresholds ascend. */
export function summarise(thresholds: readonly number[], counts: readonly (readonly Counts[])[]): Summary {
  const curve = thresholds.map((threshold, k) => workingAt(threshold, add(counts.map((image) => image[k]))));
  const chosen = counts.map((image) => {
    const workings = image.map((at, k) => workingAt(thresholds[k], at));
    let best = 0;
    for (let k = 1; k < workings.length; k++) if (workings[k].F > workings[best].F) best = k;
    return { working: workings[best], counts: image[best] };
  });
  const { recall, precision, F } = workingAt(NaN, add(chosen.map((image) => image.counts)));
  return {
    ODS: bestBetween(curve),
    OIS: { recall, precision, F },
    AP: averagePrecision(curve),
    curve,
    images: chosen.map(({ working }) => working),
  };
}

function add(all: readonly Counts[]): Counts {
  const sum: Counts = { found: 0, annotated: 0, confirmed: 0, detected: 0 };
  for (const counts of all) {
    sum.found += counts.found;
    sum.annotated += counts.annotated;
    sum.confirmed += counts.confirmed;
    sum.detected += counts.detected;
  }
  return sum;
}

/** Recall and precision of nothing are 0, as in the authors' program. */
function workingAt(threshold: number, { found, annotated, confirmed, detected }: Counts): Working {
  return working(threshold, found / Math.max(1, annotated), confirmed / Math.max(1, detected));
}

function working(threshold: number, recall: number, precision: number): Working {
  const sum = recall + precision;
  return { threshold, recall, precision, F: sum === 0 ? 0 : (2 * recall * precision) / sum };
}

/** The largest F on the lines between neighbouring places of the curve; of equal ones the first. */
export function bestBetween(curve: readonly Working[]): Working {
  let best = curve[0];
  for (let k = 1; k < curve.length; k++) {
    for (let step = 0; step < STEPS_BETWEEN; step++) {
      const share = step / (STEPS_BETWEEN - 1);
      const mix = (a: number, b: number) => a * (1 - share) + b * share;
      const [from, to] = [curve[k - 1], curve[k]];
      const here = working(
        mix(from.threshold, to.threshold),
        mix(from.recall, to.recall),
        mix(from.precision, to.precision),
      );
      if (here.F > best.F) best = here;
    }
  }
  return best;
}

/**
 * Precision at recalls 0, 0.01 … 1 by linear interpolation, 0 outside the measured recalls; their sum × 0.01. Where
 * several thresholds have the same recall, the highest counts.
 *
 * @param curve in the order of rising thresholds
 */
export function averagePrecision(curve: readonly Pick<Working, 'recall' | 'precision'>[]): number {
  const byRecall = [...new Map(curve.map((place) => [place.recall, place])).values()];
  byRecall.sort((a, b) => a.recall - b.recall);
  if (byRecall.length < 2) return 0;
  let sum = 0;
  let k = 1;
  for (let step = 0; step <= RECALL_STEPS; step++) {
    const recall = step / RECALL_STEPS;
    while (k < byRecall.length - 1 && byRecall[k].recall < recall) k++;
    const [from, to] = [byRecall[k - 1], byRecall[k]];
    if (recall < from.recall || recall > to.recall) continue;
    const share = (recall - from.recall) / (to.recall - from.recall);
    sum += from.precision * (1 - share) + to.precision * share;
  }
  return sum / RECALL_STEPS;
}
