/** Scoring of single frames from files; what a thread of `osvos evaluate` does. */
import { readLabelPng } from '../clips/label-png.js';
import { OsvosError } from '../errors.js';
import { formatSize } from '../frame.js';
import { idsOf, VOID, type LabelMap } from '../label-map.js';
import { maskFacts, type MaskFacts } from '../scores/degenerate-masks.js';
import { scoreFrame, type FrameScore, type Protocol } from '../scores/protocols.js';
import { outcomeOrFault, type Fault } from './fault.js';

/** One frame to be scored. */
export interface FrameTask {
  /** File of the mask to be scored. */
  prediction: string;
  /** File of the annotation. */
  truth: string;
  /** File of the sequence's first annotation. */
  first: string;
  protocol: Protocol;
  /** Objects that the annotations of the sequence have; one in the 2016 protocol. */
  ids: readonly number[];
  /** Tell the kinds of wrong pixels too. */
  withErrors?: boolean;
}

/** Scores by object and what there is to know of the mask, or why there are none. */
export type FrameOutcome = { scores: FrameScore[]; facts: MaskFacts } | { fault: Fault };

/** The first annotation of the sequence that this thread is at. */
let firstRead: { file: string; labels: LabelMap } | undefined;

/** Scores one frame; faults of the user's files are returned, all others thrown. */
export async function scoreTask(task: FrameTask): Promise<FrameOutcome> {
  return outcomeOrFault(async () => {
    const truth = await readLabelPng(task.truth);
    const prediction = asLabels(await readLabelPng(task.prediction), truth, task);
    const { protocol, ids, withErrors } = task;
    const first = await readFirst(task.first);
    const scores = scoreFrame(protocol, prediction, truth, ids, withErrors);
    return { scores, facts: maskFacts(protocol, { mask: prediction, truth, first, ids, scores }) };
  });
}

async function readFirst(file: string): Promise<LabelMap> {
  if (firstRead?.file !== file) firstRead = { file, labels: await readLabelPng(file) };
  return firstRead.labels;
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
  const there = idsOf(prediction);
  if (there.length === 0 && prediction.data.includes(VOID)) {
    // black and white is a mask of one object, never id 255
    const [only, ...more] = task.ids;
    if (more.length === 0)
      return { ...prediction, data: prediction.data.map((value) => (value === 0 ? 0 : only)) };
    throw new OsvosError(
      'mask-unreadable',
      `the mask is black and white, the annotations have ${task.ids.length} objects`,
      task.prediction,
      'save object ids as indexed PNG, or score with --protocol davis-2016',
    );
  }
  const unknown = there.filter((id) => !task.ids.includes(id));
  if (unknown.length > 0) {
    throw new OsvosError(
      'mask-unreadable',
      `the mask has object id ${unknown.join(', ')}, the annotations ${task.ids.join(', ')}`,
      task.prediction,
      'use the ids of the annotations, or score with --protocol davis-2016',
    );
  }
  return prediction;
}
