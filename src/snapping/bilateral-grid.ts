/**
 * A frame in the space of place and colour: pixels that are near in both share a vertex (Chen, Paris & Durand 2007;
 * Barron & Poole 2016, § 2.2). Only vertices with pixels exist: of a frame of 854×480 some ten thousand.
 */
import type { Frame } from '../frame.js';
import { DIMENSIONS, sortVertices, sumEven, sumOdd, type Neighbours } from './grid-neighbours.js';
import { createWorkspace, type Workspace } from './workspace.js';

export interface GridOptions {
  /** Pixels by which two vertices next to each other differ. */
  sigmaXy: number;
  /** Brightness, of 0–255. */
  sigmaLuma: number;
  /** Each of two colour differences, of 0–255. */
  sigmaChroma: number;
}

export interface BilateralGrid {
  width: number;
  height: number;
  /** Number of vertices. */
  count: number;
  /**
   * Number of even vertices: those whose steps in all directions have an even sum. They come first; all neighbours of
   * an even vertex are odd, and the other way round.
   */
  even: number;
  /** `[height, width]`: vertex of each pixel. */
  vertices: Int32Array;
  neighbours: Neighbours;
  /** By vertex: the n that makes the blur of weights `n B n` doubly stochastic, nearly … */
  scales: Float64Array;
  /** … and the sum of its neighbours' n. */
  scaleSums: Float64Array;
}

/** Weight of a vertex itself in the blur B, where each neighbour has 1. */
const CENTRE = 2 * DIMENSIONS;
/** Farther from 1 than products are rounded, nearer than a millionth of 256 is to nothing. */
const ABOVE_ONE = 1 + 1e-12;
/** Rounds in which the scales are found: each leaves a twentieth of what is wrong, four are as good as ten damped ones. */
const ROUNDS = 4;

/** Vertices while they are found, square by square of the frame. */
interface Squares {
  columns: number;
  count: number;
  /** By square in reading order, and one more: its first vertex. */
  firsts: Int32Array;
  /** By vertex: its brightness and colour steps as one number. */
  colours: Int32Array;
  /** By vertex: 1 where it is odd. */
  parities: Uint8Array;
}

/** Which vertex of the current square has a colour. */
interface ColourTable {
  colours: Int32Array;
  /** Vertex by slot. What is below the square's first vertex is left from others: the slot is free. */
  vertices: Int32Array;
}

/** What a colour number grows by with a step in brightness or in one of the colour differences. */
type ColourSteps = readonly [number, number, number];

export function createBilateralGrid(
  frame: Pick<Frame, 'width' | 'height' | 'rgb'>,
  { sigmaXy, sigmaLuma, sigmaChroma }: GridOptions,
  work: Workspace = createWorkspace(),
): BilateralGrid {
  const { width, height } = frame;
  // one step more than there are: the last one's next is then no other row's first. And an odd number: a colour's
  // number is then odd where its steps have an odd sum
  const chromaSteps = (Math.floor(256 / sigmaChroma) + 2) | 1;
  const steps: ColourSteps = [chromaSteps ** 2, chromaSteps, 1];
  const slots = 2 ** Math.ceil(Math.log2(2 * Math.ceil(sigmaXy) ** 2));
  const table: ColourTable = {
    colours: work.int32('grid.slotColours', slots),
    vertices: work.int32('grid.slotVertices', slots).fill(-1),
  };
  const keys = findColours(frame, sigmaLuma, sigmaChroma, steps, work);
  const vertices = work.int32('grid.vertices', width * height);
  const squares = findVertices(width, height, sigmaXy, keys, vertices, table, work);
  const { count } = squares;
  const links = findLinks(squares, steps, table, work);
  const { places, even, neighbours } = sortVertices(squares, links, work);
  for (let i = 0; i < vertices.length; i++) vertices[i] = places[vertices[i]];
  const scales = work.float64('grid.scales', count);
  const scaleSums = work.float64('grid.scaleSums', count);
  const grid = { width, height, count, even, vertices, neighbours, scales, scaleSums };
  bistochastise(grid, work);
  return grid;
}

/**
 * Brightness and colour of each pixel (JPEG's full-range YUV) in steps, as one number. Counted in millionths, in which
 * the matrix has whole numbers: grey is exactly in the middle, which is a border between two steps.
 */
function findColours(
  { width, height, rgb }: Pick<Frame, 'width' | 'height' | 'rgb'>,
  sigmaLuma: number,
  sigmaChroma: number,
  [luma, chroma]: ColourSteps,
  work: Workspace,
): Int32Array {
  const keys = work.int32('grid.keys', width * height);
  // a product is quicker than a quotient; a little more than it, so that a border is never missed from below
  const lumaStep = ABOVE_ONE / (1e6 * sigmaLuma);
  const chromaStep = ABOVE_ONE / (1e6 * sigmaChroma);
  for (let i = 0, k = 0; i < keys.length; i++, k += 3) {
    const r = rgb[k];
    const g = rgb[k + 1];
    const b = rgb[k + 2];
    const y = ((299_000 * r + 587_000 * g + 114_000 * b) * lumaStep) | 0;
    const u = ((128e6 - 168_736 * r - 331_264 * g + 500_000 * b) * chromaStep) | 0;
    const v = ((128e6 + 500_000 * r - 418_688 * g - 81_312 * b) * chromaStep) | 0;
    keys[i] = y * luma + u * chroma + v;
  }
  return keys;
}

function findVertices(
  width: number,
  height: number,
  sigmaXy: number,
  keys: Int32Array,
  vertices: Int32Array,
  table: ColourTable,
  work: Workspace,
): Squares {
  const columns = Math.floor((width - 1) / sigmaXy) + 1;
  const rows = Math.floor((height - 1) / sigmaXy) + 1;
  const firsts = work.int32('grid.firsts', columns * rows + 1);
  const colours = work.int32('grid.colours', width * height);
  const parities = work.uint8('grid.parities', width * height);
  let count = 0;
  for (let row = 0, square = 0; row < rows; row++) {
    const bottom = Math.min(height, Math.ceil((row + 1) * sigmaXy));
    for (let column = 0; column < columns; column++, square++) {
      const left = Math.ceil(column * sigmaXy);
      const right = Math.min(width, Math.ceil((column + 1) * sigmaXy));
      const first = count;
      firsts[square] = first;
      for (let y = Math.ceil(row * sigmaXy); y < bottom; y++) {
        for (let i = y * width + left, end = y * width + right; i < end; i++) {
          const slot = slotOf(table, keys[i], first);
          if (table.vertices[slot] < first) {
            table.colours[slot] = colours[count] = keys[i];
            parities[count] = (row + column + keys[i]) & 1;
            table.vertices[slot] = count++;
          }
          vertices[i] = table.vertices[slot];
        }
      }
    }
  }
  firsts[columns * rows] = count;
  return { columns, count, firsts, colours, parities };
}

/** All pairs of vertices one step from each other, one after the other. */
function findLinks(squares: Squares, steps: ColourSteps, table: ColourTable, work: Workspace): Int32Array {
  const { columns, count, firsts, colours } = squares;
  const links = work.int32('grid.links', 2 * DIMENSIONS * count);
  let k = 0;
  table.vertices.fill(-1);
  for (let square = 0; square + 1 < firsts.length; square++) {
    const first = firsts[square];
    for (let v = first; v < firsts[square + 1]; v++) {
      const slot = slotOf(table, colours[v], first);
      table.colours[slot] = colours[v];
      table.vertices[slot] = v;
    }
    for (let axis = 0; axis < steps.length; axis++) {
      k = linkSquare(squares, square, steps[axis], table, first, links, k);
    }
    if (square % columns > 0) k = linkSquare(squares, square - 1, 0, table, first, links, k);
    if (square >= columns) k = linkSquare(squares, square - columns, 0, table, first, links, k);
  }
  return links.subarray(0, k);
}

/**
 * Links vertices of a square to those in the table, from vertex `first` on, whose colour is `step` further.
 *
 * @returns where the next link is to be written
 */
function linkSquare(
  { firsts, colours }: Squares,
  square: number,
  step: number,
  table: ColourTable,
  first: number,
  links: Int32Array,
  k: number,
): number {
  const end = firsts[square + 1];
  for (let v = firsts[square]; v < end; v++) {
    const next = table.vertices[slotOf(table, colours[v] + step, first)];
    if (next < first) continue;
    links[k++] = v;
    links[k++] = next;
  }
  return k;
}

/** The slot of a colour, or a free one. */
function slotOf({ colours, vertices }: ColourTable, colour: number, first: number): number {
  const mask = colours.length - 1;
  const mixed = Math.imul(colour, 0x9e3779b1);
  let slot = (mixed ^ (mixed >>> 15)) & mask;
  while (vertices[slot] >= first && colours[slot] !== colour) slot = (slot + 1) & mask;
  return slot;
}

/**
 * Finds scales n with n (B n) = m nearly, m being the pixels of each vertex. Even and odd vertices take turns: with the
 * neighbours' scales as they are, a vertex's own is the root of a quadratic equation. That comes to the same as the
 * public code's damped rounds on all vertices, sooner.
 */
function bistochastise(grid: BilateralGrid, work: Workspace): void {
  const { vertices, count, even, scales: n, scaleSums: sums } = grid;
  const m = work.float64('grid.masses', count).fill(0);
  for (let i = 0; i < vertices.length; i++) m[vertices[i]]++;
  n.fill(1);
  const solve = (from: number, to: number): void => {
    for (let v = from; v < to; v++) {
      n[v] = (Math.sqrt(sums[v] * sums[v] + 4 * CENTRE * m[v]) - sums[v]) / (2 * CENTRE);
    }
  };
  for (let round = 0; round < ROUNDS; round++) {
    sumOdd(grid, n, sums);
    solve(0, even);
    sumEven(grid, n, sums);
    solve(even, count);
  }
  sumOdd(grid, n, sums); // those of the odd ones are still true
}
