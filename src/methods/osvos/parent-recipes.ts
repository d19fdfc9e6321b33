/** Whole ways of training a parent network, by name. */
import { halfCosine } from '../../training/schedule.js';
import { parentDefaults, type ParentOptions } from './parent-defaults.js';

export const recipeNames = ['osvos', 'paper'] as const;
export type RecipeName = (typeof recipeNames)[number];

/** What a recipe sets where nothing else is said. */
export const recipes: Readonly<Record<RecipeName, ParentOptions>> = {
  osvos: parentDefaults,
  /**
   * Caelles et al. 2017 with the released code's settings: summed loss, pictures one by one, gradients of ten averaged,
   * SGD with momentum .9. Rates are those of 480 pixels: of smaller pictures the sum has fewer terms.
   */
  paper: {
    heads: 'side-outputs',
    frozenStages: 0,
    size: 480,
    batch: 1,
    updates: 50_000,
    optimizer: 'sgd',
    trunkRate: 1e-8,
    headRate: 1e-8,
    warmUp: 1,
    weightDecay: 2e-4,
    clipNorm: Infinity,
    accumulate: 10,
    loss: 'sum',
    sideWeight: 1,
    course: 'phases',
    crop: 'fixed',
    seed: parentDefaults.seed,
  },
};

/** How rates and side losses go along a training: factors, 0–1, by the share of it that is done. */
export interface ParentCourse {
  rate: (share: number) => number;
  sides: (share: number) => number;
}

/** A stretch of a training up to a share of it. */
interface Phase {
  until: number;
  rate: number;
  sides: number;
}

/** Of the released code: 10, 5, 10, 5, 10 and 10 thousand of its 50 thousand updates. */
const releasedPhases: readonly Phase[] = [
  { until: 0.2, rate: 1, sides: 1 },
  { until: 0.3, rate: 0.1, sides: 1 },
  { until: 0.5, rate: 1, sides: 0.5 },
  { until: 0.6, rate: 0.1, sides: 0.5 },
  { until: 0.8, rate: 1, sides: 0 },
  { until: Infinity, rate: 0.1, sides: 0 },
];

export const parentCourses: Readonly<Record<ParentOptions['course'], ParentCourse>> = {
  cosine: {
    rate: halfCosine,
    sides: (share) => 1 - share,
  },
  phases: {
    rate: (share) => phaseAt(share).rate,
    sides: (share) => phaseAt(share).sides,
  },
};

function phaseAt(share: number): Phase {
  return releasedPhases.find(({ until }) => share < until)!;
}
