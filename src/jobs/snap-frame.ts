/** Snapping of a single frame; what the thread beside the network does. Typed arrays only. */
import { createSnapMemory, createSnapper, type SnapMemory } from '../snapping/snapper.js';
import { clearVote } from '../snapping/vote.js';
import { smoothProbabilities, type BilateralOptions } from '../snapping/bilateral-solver.js';
import type { Workspace } from '../snapping/workspace.js';
import { outcomeOrFault, type Fault } from './fault.js';

interface Sized {
  width: number;
  height: number;
}

/** Labels, to be voted by the superpixels of the contours. */
export interface UcmTask extends Sized {
  kind: 'ucm';
  /** `[height, width]`, 0–1. */
  contours: Float32Array;
  /** `[height, width]`. */
  labels: Uint8Array;
  threshold: number;
  /** 0.5 where the most frequent label always wins. */
  clearMajority: number;
}

/** Contours, to be drawn as ultrametric contour map. */
export interface DrawTask extends Sized {
  kind: 'draw';
  contours: Float32Array;
}

/** Probabilities, to be smoothed where the frame is smooth. */
export interface BilateralTask extends Sized {
  kind: 'bilateral';
  /** `[height, width, 3]`. */
  rgb: Uint8Array;
  ids: number[];
  /** `[ids, height, width]`. */
  p: Float32Array;
  /** Above this is object. */
  threshold: number;
}

export type SnapTask = UcmTask | DrawTask | BilateralTask;

/** Labels (`ucm`) or a map of 0–1 (`draw`), `[height, width]`; or probabilities (`bilateral`), `[ids, height, width]`. */
export interface SnapOutcome {
  data: Uint8Array | Float32Array;
}

/** Snaps frame after frame, in the same memory. */
export function createFrameSnapper(): (task: SnapTask) => Promise<SnapOutcome | { fault: Fault }> {
  const memory = createSnapMemory();
  return (task) => outcomeOrFault(async () => snapFrame(task, memory));
}

function snapFrame(task: SnapTask, memory: SnapMemory): SnapOutcome {
  if (task.kind === 'bilateral') return { data: smoothByFrame(task, {}, memory.work) };
  const { width, height } = task;
  const contours = { width, height, data: task.contours };
  if (task.kind === 'draw') {
    const drawn = createSnapper(width, height, {}, memory).strengths(contours);
    return { data: Float32Array.from(drawn) };
  }
  const { threshold, clearMajority } = task;
  const vote = clearMajority > 0.5 ? { ...clearVote, clearMajority } : {};
  const snapper = createSnapper(width, height, { threshold, ...vote }, memory);
  return { data: snapper.snap(contours, { width, height, data: task.labels }).data };
}

/** Thresholds of 0 and 1 have nothing on one side. */
const LEAST_THRESHOLD = 1e-3;

/**
 * Probabilities smoothed along the frame's colours. The solver takes 0.5 for undecided, and trusts most what is far from
 * it: the threshold is brought there and back.
 */
export function smoothByFrame(
  { width, height, rgb, ids, p, threshold }: Omit<BilateralTask, 'kind'>,
  options: Partial<BilateralOptions> = {},
  work?: Workspace,
): Float32Array {
  const middle = Math.min(Math.max(threshold, LEAST_THRESHOLD), 1 - LEAST_THRESHOLD);
  const centred = p.map((value) =>
    value < middle ? (0.5 * value) / middle : 1 - (0.5 * (1 - value)) / (1 - middle),
  );
  const { data } = smoothProbabilities(
    { ids, width, height, data: centred },
    { width, height, rgb },
    options,
    work,
  );
  return data.map((value) => (value < 0.5 ? 2 * middle * value : 1 - 2 * (1 - middle) * (1 - value)));
}
