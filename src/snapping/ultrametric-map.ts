/**
 * The ultrametric contour map ("ucm2"): how strong an outline has to be to survive, drawn between the pixels.
 *
 * The grid is doubled, `[2 H + 1, 2 W + 1]`: pixels at odd rows and columns, cracks between two pixels at one odd and
 * one even coordinate, corners at even ones. Pixels are 0, cracks have the height at which their arc vanishes, those on
 * the frame's rim are 0; a corner has the greatest of its cracks. That goes for corners on the rim too: it is what keeps
 * two regions apart along the rim.
 */
import type { MergeTree } from './merge-tree.js';
import { rootOf, type Partition } from './partition.js';
import { DOWN, type RegionGraph } from './region-graph.js';

export interface UltrametricMap {
  /** Of the frame. */
  width: number;
  height: number;
  /** `[2 height + 1, 2 width + 1]`. */
  data: Float64Array;
}

interface Size {
  width: number;
  height: number;
}

/** @param tree merged to the end */
export function drawUltrametricMap(
  { width, height }: Size,
  graph: RegionGraph,
  tree: MergeTree,
): UltrametricMap {
  const stride = 2 * width + 1;
  const data = new Float64Array(stride * (2 * height + 1));
  const { cracks, arcs } = graph;
  for (let k = 0; k < cracks.length; k++) {
    const pixel = cracks[k] >> 1;
    const cell = (2 * Math.floor(pixel / width) + 1) * stride + 2 * (pixel % width) + 1;
    const down = (cracks[k] & 1) === DOWN;
    const at = cell + (down ? stride : 1);
    const along = down ? 1 : stride; // to its corners
    const strength = tree.arcHeights[arcs[k]];
    data[at] = strength;
    data[at - along] = Math.max(data[at - along], strength);
    data[at + along] = Math.max(data[at + along], strength);
  }
  return { width, height, data };
}

/** The map at the frame's size, as the boundary benchmark takes it, `[H, W]`: the corner at each pixel's lower right. */
export function cornerStrengths({ width, height, data }: UltrametricMap): Float64Array {
  const stride = 2 * width + 1;
  const result = new Float64Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) result[i] = data[(2 * y + 2) * stride + 2 * x + 2];
  }
  return result;
}

/**
 * The partition of all outlines stronger than `threshold` (0 or more): the pieces (4-connectivity) of the doubled grid
 * that is left without them. Also for maps that other programs drew.
 */
export function partitionOf({ width, height, data }: UltrametricMap, threshold: number): Partition {
  const stride = 2 * width + 1;
  const parents = Int32Array.from(data.keys());
  for (let i = 0; i < data.length; i++) {
    if (data[i] > threshold) continue;
    if (i % stride > 0 && data[i - 1] <= threshold) join(parents, i, i - 1);
    if (i >= stride && data[i - stride] <= threshold) join(parents, i, i - stride);
  }
  const numbers = new Int32Array(data.length).fill(-1);
  const map = new Int32Array(width * height);
  let count = 0;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const root = rootOf(parents, (2 * y + 1) * stride + 2 * x + 1);
      if (numbers[root] < 0) numbers[root] = count++;
      map[i] = numbers[root];
    }
  }
  return { width, height, count, map };
}

function join(parents: Int32Array, a: number, b: number): void {
  const [one, other] = [rootOf(parents, a), rootOf(parents, b)];
  parents[Math.max(one, other)] = Math.min(one, other);
}
