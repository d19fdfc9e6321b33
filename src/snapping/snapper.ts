/** Snapping: masks whose outlines lie on the contours of the frame (Caelles et al. 2017, § 3.3). */
import type { LabelMap } from '../label-map.js';
import { checkSameSize, type ContourMap } from './contour-map.js';
import { mergeRegions, partitionAt } from './merge-tree.js';
import { findOrientations } from './orientation.js';
import { createPairTable, type PairTable } from './pair-table.js';
import type { Partition } from './partition.js';
import { linkRegions } from './region-graph.js';
import { cornerStrengths, drawUltrametricMap } from './ultrametric-map.js';
import { voteLabels, type VoteOptions } from './vote.js';
import { floodBasins } from './watershed.js';
import { createWorkspace, type Workspace } from './workspace.js';

export interface SnapOptions extends VoteOptions {
  /** Outlines of at most this strength, of 0–1, are no borders of superpixels. */
  threshold: number;
  /** Does an outline count only as far as it runs along the contour? */
  oriented: boolean;
}

/** As in the code of Caelles et al. 2017, whose contours are oriented in another way. */
export const defaultSnapOptions: SnapOptions = { threshold: 0.29, oriented: false };

/**
 * A probability above this is foreground where masks are to be snapped (Caelles et al. 2017, code); in single precision,
 * as probabilities are, so that the grey value 122 of 255 is not above it.
 */
export const MASK_THRESHOLD = Math.fround(122 / 255);

/** What snappers work in, one after the other: frames, or parts of them, of several sizes need not have one each. */
export interface SnapMemory {
  work: Workspace;
  pairs: PairTable;
}

export function createSnapMemory(): SnapMemory {
  return { work: createWorkspace(), pairs: createPairTable() };
}

export interface Snapper {
  /** Superpixels of a frame: they last until the next call. */
  superpixels(contours: ContourMap): Partition;
  /** The labels, voted by the superpixels of the contours. */
  snap(contours: ContourMap, labels: LabelMap): LabelMap;
  /** How strong the outlines of superpixels are, `[H, W]`, at the corner at each pixel's lower right. */
  strengths(contours: ContourMap): Float64Array;
  /** Memory of the work arrays, which are kept from frame to frame. */
  bytes(): number;
}

/**
 * Snaps the masks of frames of one size.
 *
 * Errors of its methods: `not-a-number` where contours hold NaN or infinity, `mask-size` where labels or contours are of
 * another size.
 */
export function createSnapper(
  width: number,
  height: number,
  options: Partial<SnapOptions> = {},
  { work, pairs }: SnapMemory = createSnapMemory(),
): Snapper {
  const { threshold, oriented, ...vote } = { ...defaultSnapOptions, ...options };
  const flood = (contours: ContourMap) => {
    checkSameSize(contours, { width, height }, ['the contour map is', 'the frame']);
    const basins = floodBasins(contours, work);
    const angles = oriented ? findOrientations(contours, work) : undefined;
    return { basins, graph: linkRegions(basins, contours, angles, work, pairs) };
  };
  const superpixels = (contours: ContourMap): Partition => {
    const { basins, graph } = flood(contours);
    return partitionAt(basins, mergeRegions(graph, threshold, work, pairs), threshold, work);
  };
  return {
    superpixels,
    snap(contours, labels) {
      checkSameSize(labels, contours, ['the labels are', 'the contour map']);
      return voteLabels(superpixels(contours), labels, vote, work);
    },
    strengths(contours) {
      const { graph } = flood(contours);
      return cornerStrengths(
        drawUltrametricMap({ width, height }, graph, mergeRegions(graph, Infinity, work, pairs)),
      );
    },
    bytes: () => work.bytes(),
  };
}
