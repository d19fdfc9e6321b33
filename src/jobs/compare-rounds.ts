/** Progressive refinement: round after round each run is given the annotation of the frame where it was worst. */
import path from 'node:path';
import type { DavisSequence } from '../clips/davis.js';
import { meanByFrame, objectsOf, type ObjectScores } from '../scores/evaluation.js';
import { scoredFrames } from '../scores/protocols.js';
import { folderOf } from './compare-contenders.js';
import type { ContenderRun } from './compare-runs.js';

/** What options of variants and folders call the number of annotations. */
export const ANNOTATIONS = 'annotations';

/**
 * The run with one annotation more in each sequence: of the frame with the lowest J, mean over its objects, among those
 * that are scored and not annotated yet, the earliest of several. A sequence without such a frame stays as it is.
 *
 * @param objects scores of `run`, by `<sequence>_<id>`
 * @param first the run of the first round, whose name and folder all others add to
 */
export function withNextAnnotation(
  run: ContenderRun,
  first: ContenderRun,
  objects: Readonly<Record<string, ObjectScores>>,
  sequences: readonly DavisSequence[],
  count: number,
): ContenderRun {
  const annotations: Record<string, readonly string[]> = {};
  for (const sequence of sequences) {
    const before = run.annotations?.[sequence.name] ?? [];
    const worst = worstFrame(sequence, objectsOf(objects, sequence.name), before);
    annotations[sequence.name] = worst === undefined ? before : [...before, worst];
  }
  const suffix = `@${ANNOTATIONS}=${count}`;
  return {
    contender: first.contender,
    name: `${first.name}${suffix}`,
    folder: path.join(path.dirname(first.folder), `${path.basename(first.folder)}${folderOf(suffix)}`),
    annotations,
  };
}

function worstFrame(
  sequence: DavisSequence,
  objects: readonly ObjectScores[],
  annotated: readonly string[],
): string | undefined {
  const J = meanByFrame(objects);
  const frames = scoredFrames(sequence.annotatedFrames());
  const left = frames.flatMap((name, i) => (i in J && !annotated.includes(name) ? [{ name, J: J[i] }] : []));
  return left.sort((a, b) => a.J - b.J).at(0)?.name; // a stable sort: the earliest of several
}
