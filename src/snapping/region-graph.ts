/** Which regions of a frame touch, and how strong the outlines between them are. */
import { checkSameSize, type ContourMap } from './contour-map.js';
import { clearPairs, createPairTable, findPair, setPair, type PairTable } from './pair-table.js';
import type { Partition } from './partition.js';
import { chordAngles } from './straight-pieces.js';
import { createWorkspace, type Workspace } from './workspace.js';

/**
 * A *crack* lies between two neighbouring pixels (4-connectivity); all cracks between the same two regions are an
 * *arc*.
 */
export interface RegionGraph {
  /** Number of regions. */
  regions: number;
  /** By arc: the region of the lower number, */
  low: Int32Array;
  /** that of the higher, */
  high: Int32Array;
  /** sum of the cracks' strengths, */
  total: Float64Array;
  /** and number of cracks. */
  length: Int32Array;
  /** By crack, in reading order: `crackOf(pixel, direction)`. */
  cracks: Int32Array;
  /** By crack: its arc. */
  arcs: Int32Array;
}

/** The crack between a pixel and the one to its right. */
export const RIGHT = 0;
/** The crack between a pixel and the one below it. */
export const DOWN = 1;

export function crackOf(pixel: number, direction: typeof RIGHT | typeof DOWN): number {
  return pixel * 2 + direction;
}

/**
 * The strength of a crack is the mean of its two pixels' strengths.
 *
 * @param angles of the normals of the outlines, by pixel, from `findOrientations`. With them each pixel's strength is
 *   weighted by how well it fits to the direction in which the arc runs there: an arc that meets a strong outline at a
 *   right angle gets no strength from it (Arbeláez et al. 2011, § 3; the cosine is that of Maninis et al. 2017)
 */
export function linkRegions(
  regions: Partition,
  contours: ContourMap,
  angles?: Float32Array,
  work: Workspace = createWorkspace(),
  pairs: PairTable = createPairTable(),
): RegionGraph {
  checkSameSize(regions, contours, ['the regions are', 'the contour map']);
  const graph = findArcs(regions, work, pairs);
  const chords = angles ? chordAngles(regions, graph.cracks, work) : undefined;
  const { width } = regions;
  const { data } = contours;
  const { cracks, arcs, total } = graph;
  total.fill(0);
  for (let k = 0; k < cracks.length; k++) {
    const one = cracks[k] >> 1;
    const other = one + ((cracks[k] & 1) === RIGHT ? 1 : width);
    let first = data[one] > 0 ? data[one] : 0;
    let second = data[other] > 0 ? data[other] : 0;
    if (angles && chords) {
      first = orientedStrength(first, angles[one], chords[k]);
      second = orientedStrength(second, angles[other], chords[k]);
    }
    total[arcs[k]] += (first + second) / 2;
  }
  return graph;
}

/**
 * Strength of a pixel on an arc.
 *
 * @param normal angle of the outline's normal at the pixel
 * @param chord angle of the arc there
 */
export function orientedStrength(strength: number, normal: number, chord: number): number {
  return strength * Math.abs(Math.cos(normal - Math.PI / 2 - chord));
}

/** All of the graph but the strengths. */
function findArcs({ width, height, count, map }: Partition, work: Workspace, pairs: PairTable): RegionGraph {
  const cracks = work.int32('graph.cracks', 2 * width * height);
  const arcs = work.int32('graph.arcs', 2 * width * height);
  // an arc has at least one crack, and planar graphs have less than three arcs a node; but regions need not be simple
  const lows = work.int32('graph.low', 2 * width * height);
  const highs = work.int32('graph.high', 2 * width * height);
  const lengths = work.int32('graph.length', 2 * width * height);
  clearPairs(pairs);
  let found = 0;
  let last = -1;
  let crack = 0;
  const add = (pixel: number, other: number, direction: typeof RIGHT | typeof DOWN): void => {
    const low = Math.min(map[pixel], map[other]);
    const high = Math.max(map[pixel], map[other]);
    // most cracks are of the same arc as the one before
    if (last < 0 || lows[last] !== low || highs[last] !== high) last = findPair(pairs, low, high);
    if (last < 0) {
      last = found++;
      lows[last] = low;
      highs[last] = high;
      lengths[last] = 0;
      setPair(pairs, low, high, last);
    }
    lengths[last]++;
    arcs[crack] = last;
    cracks[crack++] = crackOf(pixel, direction);
  };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (x + 1 < width && map[i] !== map[i + 1]) add(i, i + 1, RIGHT);
      if (y + 1 < height && map[i] !== map[i + width]) add(i, i + width, DOWN);
    }
  }
  return {
    regions: count,
    low: lows.subarray(0, found),
    high: highs.subarray(0, found),
    total: work.float64('graph.total', found),
    length: lengths.subarray(0, found),
    cracks: cracks.subarray(0, crack),
    arcs: arcs.subarray(0, crack),
  };
}
