/**
 * Masks whose outlines lie where the colours of the frame change, without contours: the fast bilateral solver (Barron &
 * Poole 2016), which Caelles et al. 2017 (§ 3.3) name as the quick way beside snapping.
 *
 * It finds the map that is near to the given one where that is sure of itself, and smooth where pixels are near in place
 * and colour.
 */
import { OsvosError } from '../errors.js';
import type { Frame } from '../frame.js';
import type { Probabilities } from '../label-map.js';
import { createBilateralGrid, type BilateralGrid, type GridOptions } from './bilateral-grid.js';
import { sumEven, sumOdd } from './grid-neighbours.js';
import { checkSameSize } from './contour-map.js';
import { createWorkspace, type Workspace } from './workspace.js';

export interface BilateralOptions extends GridOptions {
  /** How much smoothness counts beside nearness to the given map. */
  lambda: number;
}

/** Those of the solver's first public code; what Caelles et al. used they do not say. */
export const defaultBilateralOptions: BilateralOptions = {
  sigmaXy: 8,
  sigmaLuma: 4,
  sigmaChroma: 4,
  lambda: 128,
};

/**
 * Steps of conjugate gradients at most, and the share of the residual at which they end. The public code takes 25 steps
 * on all vertices; one on every other vertex does what two of those do (Reid 1972, on matrices of property A). Ten of them leave
 * about the residual of those 25.
 */
const MAX_STEPS = 10;
const TOLERANCE = 1e-5;

/**
 * Probabilities of all objects, and of the background where there are some, smoothed along the frame's colours. What is
 * sure, near 0 or 1, weighs most: a probability p has the confidence |2p − 1|.
 *
 * @throws OsvosError `mask-size` where probabilities and frame differ in size, `not-a-number` where a probability is NaN
 *   or infinite
 */
export function smoothProbabilities(
  p: Probabilities,
  frame: Pick<Frame, 'width' | 'height' | 'rgb'>,
  options: Partial<BilateralOptions> = {},
  work: Workspace = createWorkspace(),
): Probabilities {
  checkSameSize(p, frame, ['the probabilities are', 'the frame']);
  const { lambda, ...sigmas } = { ...defaultBilateralOptions, ...options };
  const grid = createBilateralGrid(frame, sigmas, work);
  const pixels = p.width * p.height;
  const confidence = work.float32('solver.confidence', pixels);
  const smooth = (map: Float32Array, result: Float32Array): void => {
    for (let i = 0; i < pixels; i++) confidence[i] = Math.abs(2 * map[i] - 1);
    solveOnGrid(grid, map, confidence, lambda, result, work);
  };
  const data = new Float32Array(p.data.length);
  for (let from = 0; from < data.length; from += pixels) {
    smooth(p.data.subarray(from, from + pixels), data.subarray(from, from + pixels));
  }
  if (!p.background) return { ids: p.ids, width: p.width, height: p.height, data };
  const background = new Float32Array(pixels);
  smooth(p.background, background);
  return { ids: p.ids, width: p.width, height: p.height, data, background };
}

/**
 * Solves for one map (ibid., eqs. 4–8). Conjugate gradients, with the diagonal as preconditioner, on the odd vertices of
 * the grid: the even ones have no neighbours among themselves, so each follows from its odd neighbours. A part of the
 * grid in which nothing has confidence takes a mean of its targets.
 *
 * @param target `[H, W]`, 0–1
 * @param confidence `[H, W]`, 0 or more
 * @param lambda more than 0
 * @param result `[H, W]`, written
 */
export function solveOnGrid(
  grid: BilateralGrid,
  target: Float32Array,
  confidence: Float32Array,
  lambda: number,
  result: Float32Array,
  work: Workspace = createWorkspace(),
): void {
  const { count, even, scales: n, scaleSums, vertices } = grid;
  const array = (name: string) => work.float64(`solver.${name}`, count);
  const solution = array('solution');
  const right = array('right');
  const diagonal = array('diagonal');
  const inverse = array('inverse');
  splat(grid, target, confidence, diagonal, right, solution);

  // (λ (m − n B n) + weights) y = wanted, in z = n y and divided by λ n: off the diagonal −1 for neighbours is left
  let norm = 0;
  for (let v = 0; v < count; v++) {
    if (scaleSums[v] === 0) {
      // no neighbours: the guess is the solution
      diagonal[v] = 1;
      right[v] = solution[v] * n[v];
    } else {
      diagonal[v] = scaleSums[v] / n[v] + diagonal[v] / (lambda * n[v] * n[v]);
      right[v] /= lambda * n[v];
    }
    inverse[v] = 1 / diagonal[v];
    norm += right[v] * right[v] * inverse[v];
    solution[v] *= n[v];
  }

  const sums = array('sums');
  const through = array('through'); // even entries: what comes from odd vertices and goes back to them
  const residual = array('residual');
  const direction = array('direction');
  scale(right, inverse, through, 0, even);
  sumEven(grid, through, sums);
  for (let v = even; v < count; v++) residual[v] = right[v] - diagonal[v] * solution[v] + sums[v];
  throughEven(grid, solution, inverse, through, sums);
  let rest = 0;
  for (let v = even; v < count; v++) {
    residual[v] += sums[v];
    direction[v] = residual[v] * inverse[v];
    rest += residual[v] * direction[v];
  }
  const enough = TOLERANCE * TOLERANCE * norm;
  for (let step = 0; step < MAX_STEPS && rest > enough; step++) {
    throughEven(grid, direction, inverse, through, sums);
    const curvature = applyDiagonal(diagonal, direction, sums, even, count);
    if (!(curvature > 0)) break; // nothing is left but what no pixel is sure of
    const length = rest / curvature;
    const left = shorten(residual, length, sums, inverse, even, count);
    advance(solution, direction, length, residual, inverse, left / rest, even, count);
    rest = left;
  }
  sumOdd(grid, solution, sums);
  for (let v = 0; v < even; v++) solution[v] = (right[v] + sums[v]) * inverse[v];
  for (let v = 0; v < count; v++) solution[v] = Math.min(Math.max(solution[v] / n[v], 0), 1);
  for (let i = 0; i < vertices.length; i++) result[i] = solution[vertices[i]];
}

// Loops that take most of the time are functions of their own: the compiler then does them better.

/** `result = a b` for some vertices. */
function scale(a: Float64Array, b: Float64Array, result: Float64Array, from: number, to: number): void {
  for (let v = from; v < to; v++) result[v] = a[v] * b[v];
}

/** What odd vertices get of each other by way of the even ones between them, into `sums`. */
function throughEven(
  grid: BilateralGrid,
  x: Float64Array,
  inverse: Float64Array,
  through: Float64Array,
  sums: Float64Array,
): void {
  sumOdd(grid, x, sums);
  scale(sums, inverse, through, 0, grid.even);
  sumEven(grid, through, sums);
}

/** `sums = diagonal x − sums`, which is the matrix times x; its product with x. */
function applyDiagonal(
  diagonal: Float64Array,
  x: Float64Array,
  sums: Float64Array,
  from: number,
  to: number,
): number {
  let product = 0;
  for (let v = from; v < to; v++) {
    const value = diagonal[v] * x[v] - sums[v];
    sums[v] = value;
    product += x[v] * value;
  }
  return product;
}

/** `residual −= length step`; its square, by the preconditioner's measure. */
function shorten(
  residual: Float64Array,
  length: number,
  step: Float64Array,
  inverse: Float64Array,
  from: number,
  to: number,
): number {
  let square = 0;
  for (let v = from; v < to; v++) {
    const value = residual[v] - length * step[v];
    residual[v] = value;
    square += value * value * inverse[v];
  }
  return square;
}

/** A step along the direction, and the next direction. */
function advance(
  solution: Float64Array,
  direction: Float64Array,
  length: number,
  residual: Float64Array,
  inverse: Float64Array,
  turn: number,
  from: number,
  to: number,
): void {
  for (let v = from; v < to; v++) {
    const along = direction[v];
    solution[v] += length * along;
    direction[v] = residual[v] * inverse[v] + turn * along;
  }
}

/** Sums over the pixels of each vertex, and a first guess: their mean, weighted by confidence where there is any. */
function splat(
  { width, count, vertices }: BilateralGrid,
  target: Float32Array,
  confidence: Float32Array,
  weights: Float64Array,
  wanted: Float64Array,
  guess: Float64Array,
): void {
  weights.fill(0);
  wanted.fill(0);
  guess.fill(0);
  for (let i = 0; i < vertices.length; i++) {
    const t = target[i];
    if (!Number.isFinite(t)) {
      throw new OsvosError(
        'not-a-number',
        `the probability map holds ${t}`,
        `column ${i % width}, row ${Math.floor(i / width)}`,
        'check the weights of the network',
      );
    }
    const v = vertices[i];
    weights[v] += confidence[i];
    wanted[v] += confidence[i] * t;
  }
  let blind = false; // no pixel of some vertex has confidence
  for (let v = 0; v < count; v++) {
    if (weights[v] > 0) guess[v] = wanted[v] / weights[v];
    else blind = true;
  }
  if (blind) guessUnweighted(vertices, target, weights, guess);
}

function guessUnweighted(
  vertices: Int32Array,
  target: Float32Array,
  weights: Float64Array,
  guess: Float64Array,
): void {
  const pixels = new Int32Array(guess.length);
  for (let i = 0; i < vertices.length; i++) {
    const v = vertices[i];
    if (weights[v] > 0) continue;
    pixels[v]++;
    guess[v] += (target[i] - guess[v]) / pixels[v]; // the mean so far
  }
}
