/** Scoring of single frames from files; what a thread of `osvos evaluate` does. */
import { readLabelPng } from '../clips/label-png.js';
import { OsvosError } from '../errors.js';
import { formatSize } from '../frame.js';
import type { LabelMap } from '../label-map.js';
import {
  isBlackAndWhite,
  largestId,
  scoreFrame,
  type FrameScore,
  type Protocol,
} from '../scores/protocols.js';
import { outcomeOrFault, type Fault } from './fault.js';

/** One frame to be scored. */
export interface FrameTask {
  /** File of the mask to be scored. */
  prediction: string;
  /** File of the annotation. */
  truth: string;
  protocol: Protocol;
  /** Objects that the annotations of the sequence have; 1 in the 2016 protocol. */
  objects: number;
  /** Tell the kinds of wrong pixels too. */
  withErrors?: boolean;
}

/** Scores by object, or why there are none. */
export type FrameOutcome = { scores: FrameScore[] } | { fault: Fault };

/** Scores one frame; faults of the user's files are returned, all others thrown. */
export async function scoreTask(task: FrameTask): Promise<FrameOutcome> {
  return outcomeOrFault(async () => {
    const truth = await readLabelPng(task.truth);
    const prediction = asLabels(await readLabelPng(task.prediction), truth, task);
    return { scores: scoreFrame(task.protocol, prediction, truth, task.objects, task.withErrors) };
  });
}

/** The prediction as the protocol wants it. Throws `results-incomplete` or `mask-unreadable`. */
function asLabels(prediction: LabelMap, truth: LabelMap, task: FrameTask): LabelMap {
  if (prediction.width !== truth.width || prediction.height !== truth.height) {
    throw new OsvosError(
      'results-incomplete',
      `the mask is ${formatSize(prediction)}, the annotation ${formatSize(truth)}`,
      task.prediction,
      'masks are scored at the size of the annotations; rescale labels by nearest neighbour',
    );
  }
  if (task.protocol === 'davis-2016') return prediction;
  if (isBlackAndWhite(prediction)) {
    // black and white is a mask of one object, never id 255
    if (task.objects === 1)
      return { ...prediction, data: prediction.data.map((value) => (value === 0 ? 0 : 1)) };
    throw new OsvosError(
      'mask-unreadable',
      `the mask is black and white, the annotations have ${task.objects} objects`,
      task.prediction,
      'save object ids as indexed PNG, or score with --protocol davis-2016',
    );
  }
  const largest = largestId(prediction);
  if (largest > task.objects) {
    throw new OsvosError(
      'mask-unreadable',
      `the mask has object id ${largest}, the first annotation ids up to ${task.objects}`,
      task.prediction,
      'use the ids of the annotations, or score with --protocol davis-2016',
    );
  }
  return prediction;
}
