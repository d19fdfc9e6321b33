/** What a target model costs, counted from the stages that it scores. */
import { FLOAT_BYTES, sum, type StageCost } from '../../networks/trunk-cost.js';
import type { LogisticOptions } from '../../training/logistic-regression.js';
import { noWork, type Work } from '../cost.js';
import { fullRegression } from './target-filter.js';
import { goingOn, MEMORY_COPIES, REMEMBERED_FRAMES } from './target-memory.js';

/** How often all numbers are read or written: maps of several pictures are joined (once read, once written); */
const JOIN_PASSES = 2;
/** squared and summed for their scale; */
const SCALE_PASSES = 3;
/** divided by it, and written as rows with a one at the end. */
const ROW_PASSES = 4;
/** Labels and known pixels are joined; their product, and what is known, are padded and cut to whole cells. */
const LABEL_MAPS = 7;

export interface TargetCost {
  /** A model of all copies, once the trunk's maps of them are there. */
  fit: Work;
  /** Scores of one picture. */
  score: Work;
  /** A memory begins, once the maps of its copies are there. */
  begin: Work;
  /** The memory takes in a frame. */
  adapt: Work;
  /** Most bytes held at once by a fit, beside the maps themselves. */
  fitBytes: number;
  /** Bytes of a full memory. */
  memoryBytes: number;
  /** Most bytes held at once while it takes in a frame, beside the memory itself. */
  adaptBytes: number;
}

/**
 * All of it is little arithmetic on many numbers: what counts are the bytes that pass.
 *
 * @param scored stages that are scored, at the picture's size
 * @param copies of the annotations that a model is fitted to
 * @param pixels of a picture
 */
export function targetCost(scored: readonly StageCost[], copies: number, pixels: number): TargetCost {
  const rows = scored.map(({ cells, channels }) => cells * (channels + 1) * FLOAT_BYTES);
  const [all, largest] = [sum(rows), Math.max(...rows)];
  const remembered = MEMORY_COPIES + REMEMBERED_FRAMES;
  const passes = (pictures: number, times: number): Work => ({ ...noWork, moved: pictures * times * all });
  return {
    fit: passes(copies, JOIN_PASSES + SCALE_PASSES + ROW_PASSES + regressionPasses(fullRegression)),
    score: passes(1, 1),
    begin: passes(MEMORY_COPIES, JOIN_PASSES + SCALE_PASSES + ROW_PASSES),
    adapt: passes(1, ROW_PASSES + remembered * (JOIN_PASSES + regressionPasses(goingOn))),
    // joined maps; of one stage after the other labels, divided maps and rows
    fitBytes: copies * (all + 2 * largest + LABEL_MAPS * pixels * FLOAT_BYTES),
    memoryBytes: remembered * all,
    adaptBytes: remembered * largest,
  };
}

/** Passes over the rows: two in a Newton step itself, and two in each conjugate-gradient step. */
function regressionPasses({ newtonSteps, gradientSteps }: LogisticOptions): number {
  return newtonSteps * (2 + 2 * gradientSteps);
}
