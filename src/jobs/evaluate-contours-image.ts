/** Scoring of a single contour map; what a thread of `osvos evaluate contours` does. */
import { readBsdsContours, type BsdsImage } from '../datasets/bsds.js';
import { countImage, type ContourMap, type Counts } from '../scores/contour-benchmark/counts.js';
import { suppressNonMaxima } from '../snapping/non-maximum-suppression.js';
import { outcomeOrFault, type Fault } from './fault.js';

/** One image to be scored. */
export interface ContourTask {
  /** Root folder of the data set. */
  bsds: string;
  image: BsdsImage;
  /** `[height, width]` of the image, 0–1. */
  map: Float32Array | Float64Array;
  /** Whether the map is reduced to its ridges first. */
  suppress: boolean;
  thresholds: number[];
}

/** Counts at each threshold, or why there are none. */
export type ContourOutcome = { counts: Counts[] } | { fault: Fault };

/** Scores one map; faults of the data set are returned, all others thrown. */
export async function scoreContours({
  bsds,
  image,
  map,
  suppress,
  thresholds,
}: ContourTask): Promise<ContourOutcome> {
  return outcomeOrFault(async () => {
    const annotators = await readBsdsContours(bsds, image);
    const { width, height } = image;
    const single = map instanceof Float32Array ? map : Float32Array.from(map);
    const data = suppress ? suppressNonMaxima(single, width, height) : map;
    const scored: ContourMap = { width, height, data };
    return { counts: countImage(scored, annotators, { thresholds }) };
  });
}
