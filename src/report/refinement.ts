/** What each annotation more is worth (Caelles et al. 2017, section 5: progressive refinement). */
import { meanByFrame, objectsOf } from '../scores/evaluation.js';
import { mean } from '../scores/statistics.js';
import type { ComparedMethod, Comparison } from './comparison.js';

export interface RefinementRow {
  /** The variant. */
  of: string;
  /** Annotations of each sequence. */
  count: number;
  /** As in the main table: frames that were annotated on the way count too, as they were given. */
  J: number | null;
  F: number | null;
  /** Mean J over the frames that the variant never was given, the same for all counts; mean over sequences. */
  unseenJ: number | null;
}

/** A row for each variant and number of annotations; none where every sequence has but one. */
export function refinementRows({ sequences, methods }: Comparison): RefinementRow[] {
  const refined = methods.filter(({ series }) => series?.name === 'annotations');
  return refined.map((method) => {
    const { of, value } = method.series!;
    const last = refined.filter(({ series }) => series!.of === of).at(-1)!;
    return {
      of,
      count: Number(value),
      J: method.scores['J-Mean'],
      F: method.scores['F-Mean'],
      unseenJ: unseenJ(method, last, sequences),
    };
  });
}

function unseenJ(
  { objects }: ComparedMethod,
  last: ComparedMethod,
  sequences: Comparison['sequences'],
): number | null {
  const means = sequences.map(({ name, scored }) => {
    const given = new Set(last.annotated?.[name]);
    return mean(meanByFrame(objectsOf(objects, name)).filter((_, i) => !given.has(scored[i])));
  });
  return mean(means.filter((value) => value !== null));
}
