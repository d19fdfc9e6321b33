/** Regions that become larger and fewer: at each step the weakest outline of all is taken away. */
import { createArcHeap, firstArc, moveArc, removeArc } from './arc-heap.js';
import { clearPairs, createPairTable, deletePair, findPair, setPair, type PairTable } from './pair-table.js';
import { rootOf, type Partition } from './partition.js';
import type { RegionGraph } from './region-graph.js';
import { createWorkspace, type Workspace } from './workspace.js';

/** In which order, and at which heights, regions are joined. */
export interface MergeTree {
  /** By region: the one of a lower number that it is joined to; itself where it never is. */
  into: Int32Array;
  /** By region: the height at which it is; `Infinity` where it never is. From a region on along `into` they never fall. */
  heights: Float64Array;
  /** By arc of the graph: the height at which it vanishes; `Infinity` where it stays. */
  arcHeights: Float64Array;
}

/**
 * Merges greedily until one region is left. The strength of an arc is the mean of its cracks; when two regions are
 * joined, their arcs to a common neighbour become one. A mean of two values that are not below the last height is not
 * below it either: heights never fall, and each threshold gives a partition (Arbeláez et al. 2011, § 3.2). Of arcs
 * equally strong the one of the lower region goes first, then that of the other region's lower number; the joined
 * region bears the lower number.
 *
 * @param until merging ends before the first height above this: enough where only one partition is wanted
 */
export function mergeRegions(
  graph: RegionGraph,
  until = Infinity,
  work: Workspace = createWorkspace(),
  pairs: PairTable = createPairTable(),
): MergeTree {
  const { regions } = graph;
  const count = graph.low.length;
  const into = work.int32('merge.into', regions);
  const heights = work.float64('merge.heights', regions).fill(Infinity);
  const arcHeights = work.float64('merge.arcHeights', count).fill(Infinity);
  for (let region = 0; region < regions; region++) into[region] = region;

  const total = work.float64('merge.total', count);
  const length = work.int32('merge.length', count);
  const energy = work.float64('merge.energy', count);
  const low = work.int32('merge.low', count);
  const high = work.int32('merge.high', count);
  total.set(graph.total);
  length.set(graph.length);
  low.set(graph.low);
  high.set(graph.high);
  const fused = work.int32('merge.fused', count); // the arc that an arc became part of
  const lists = createLists(graph, work);
  clearPairs(pairs);
  for (let arc = 0; arc < count; arc++) {
    energy[arc] = total[arc] / length[arc];
    fused[arc] = arc;
    setPair(pairs, low[arc], high[arc], arc);
  }
  const before = (a: number, b: number): boolean =>
    energy[a] !== energy[b] ? energy[a] < energy[b] : low[a] !== low[b] ? low[a] < low[b] : high[a] < high[b];
  const heap = createArcHeap(
    count,
    before,
    work.int32('merge.order', count),
    work.int32('merge.places', count),
  );

  let level = 0;
  while (heap.size > 0) {
    const weakest = firstArc(heap);
    if (energy[weakest] > level) level = energy[weakest]; // rounding must not let it fall
    if (level > until) break;
    const kept = low[weakest];
    const gone = high[weakest];
    into[gone] = kept;
    heights[gone] = arcHeights[weakest] = level;
    removeArc(heap, weakest);
    deletePair(pairs, kept, gone);
    unlist(lists, kept, weakest);
    unlist(lists, gone, weakest);
    for (let side = lists.first[gone], next; side >= 0; side = next) {
      next = lists.next[side];
      const arc = side >> 1;
      const neighbour = low[arc] === gone ? high[arc] : low[arc];
      deletePair(pairs, gone, neighbour);
      const other = findPair(pairs, kept, neighbour);
      if (other >= 0) {
        fused[arc] = other;
        unlist(lists, neighbour, arc);
        removeArc(heap, arc);
        total[other] += total[arc];
        length[other] += length[arc];
        energy[other] = total[other] / length[other];
        moveArc(heap, other);
      } else {
        low[arc] = Math.min(kept, neighbour);
        high[arc] = Math.max(kept, neighbour);
        lists.regions[side] = kept;
        enlist(lists, side);
        setPair(pairs, kept, neighbour, arc);
        moveArc(heap, arc);
      }
    }
    lists.first[gone] = -1;
  }
  for (let arc = 0; arc < count; arc++) arcHeights[arc] = arcHeights[rootOf(fused, arc)];
  return { into, heights, arcHeights };
}

/** The regions that are left when all outlines of a strength up to `threshold` are taken away. */
export function partitionAt(
  regions: Partition,
  tree: MergeTree,
  threshold: number,
  work: Workspace = createWorkspace(),
): Partition {
  const { width, height, map: from } = regions;
  const numbers = work.int32('partition.numbers', regions.count);
  let count = 0;
  // a region is joined to one that comes before it
  for (let region = 0; region < numbers.length; region++) {
    numbers[region] = tree.heights[region] <= threshold ? numbers[tree.into[region]] : count++;
  }
  const map = work.int32('partition.map', width * height);
  for (let i = 0; i < map.length; i++) map[i] = numbers[from[i]];
  return { width, height, count, map };
}

/** The arcs of each region, as chains. An arc has two sides, `2 arc` and `2 arc + 1`, each in the chain of its region. */
interface ArcLists {
  /** By region: a side, −1 where it has none. */
  first: Int32Array;
  /** By side: its region. */
  regions: Int32Array;
  next: Int32Array;
  previous: Int32Array;
}

function createLists({ regions, low, high }: RegionGraph, work: Workspace): ArcLists {
  const sides = 2 * low.length;
  const lists: ArcLists = {
    first: work.int32('merge.first', regions).fill(-1),
    regions: work.int32('merge.regions', sides),
    next: work.int32('merge.next', sides),
    previous: work.int32('merge.previous', sides),
  };
  for (let side = 0; side < sides; side++) {
    lists.regions[side] = (side & 1) === 0 ? low[side >> 1] : high[side >> 1];
    enlist(lists, side);
  }
  return lists;
}

/** Puts a side in front of its region's chain. */
function enlist({ first, regions, next, previous }: ArcLists, side: number): void {
  const region = regions[side];
  next[side] = first[region];
  previous[side] = -1;
  if (first[region] >= 0) previous[first[region]] = side;
  first[region] = side;
}

/** Takes an arc out of a region's chain. */
function unlist({ first, regions, next, previous }: ArcLists, region: number, arc: number): void {
  const side = regions[2 * arc] === region ? 2 * arc : 2 * arc + 1;
  if (previous[side] >= 0) next[previous[side]] = next[side];
  else first[region] = next[side];
  if (next[side] >= 0) previous[next[side]] = previous[side];
}
