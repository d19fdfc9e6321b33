/** Scores over several seeds. */
import { scoreNames, type ScoreName, type Scores } from '../scores/evaluation.js';
import { mean } from '../scores/statistics.js';

/** Means; `null` where a run has none. */
export function meanScores(runs: readonly Scores[]): Scores {
  return eachScore(runs, mean);
}

/** Standard deviations of a sample, divided by n − 1. */
export function spreadOfScores(runs: readonly Scores[]): Scores {
  return eachScore(runs, (values) => {
    const middle = mean(values);
    if (middle === null || values.length < 2) return null;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
  });
}

function eachScore(runs: readonly Scores[], of: (values: number[]) => number | null): Scores {
  const valueOf = (name: ScoreName) => {
    const values = runs.map((scores) => scores[name]).filter((value) => value !== null);
    return values.length < runs.length ? null : of(values);
  };
  return Object.fromEntries(scoreNames.map((name) => [name, valueOf(name)])) as Scores;
}
