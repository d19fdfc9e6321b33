/** Mean, recall and decay of a sequence's per-frame values (Perazzi et al. 2016, section 5.2). */

/** `null` where there is no scored frame. */
export interface Statistics {
  mean: number | null;
  /** Share of the frames above 0.5. */
  recall: number | null;
  /** Mean of the first quarter less mean of the last one; negative = the scores improve. */
  decay: number | null;
}

/** A frame counts as found when its value is above this, strictly. */
const RECALL_THRESHOLD = 0.5;
const QUARTERS = 4;

/** Average; `null` of nothing. */
export function mean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/**
 * Statistics of the values of the scored frames in order. The quarters for the decay are as in the official tools:
 * cut points at round(1 + (k − 1)·j/4) − 1, halves up, and neighbouring quarters share the frame at the cut.
 */
export function sequenceStatistics(values: readonly number[]): Statistics {
  if (values.length === 0) return { mean: null, recall: null, decay: null };
  const cut = (j: number) => Math.floor(((values.length - 1) * j) / QUARTERS + 0.5);
  const quarter = (j: number) => mean(values.slice(cut(j), cut(j + 1) + 1)) as number;
  return {
    mean: mean(values),
    recall: values.filter((value) => value > RECALL_THRESHOLD).length / values.length,
    decay: quarter(0) - quarter(QUARTERS - 1),
  };
}
