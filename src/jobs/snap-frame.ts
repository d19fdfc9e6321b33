/** Snapping of a single frame; what the thread beside the network does. Typed arrays only. */
import { createSnapMemory, createSnapper, type SnapMemory } from '../snapping/snapper.js';
import { clearVote } from '../snapping/vote.js';
import { smoothLabels } from '../snapping/smooth-labels.js';
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

/** Labels, to be smoothed along the colours of the frame. */
export interface BilateralTask extends Sized {
  kind: 'bilateral';
  /** `[height, width, 3]`. */
  rgb: Uint8Array;
  /** `[height, width]`. */
  labels: Uint8Array;
}

export type SnapTask = UcmTask | DrawTask | BilateralTask;

/** Labels, or a map of 0–1 (`draw`), `[height, width]`. */
export interface SnapOutcome {
  data: Uint8Array | Float32Array;
}

/** Snaps frame after frame, in the same memory. */
export function createFrameSnapper(): (task: SnapTask) => Promise<SnapOutcome | { fault: Fault }> {
  const memory = createSnapMemory();
  return (task) => outcomeOrFault(async () => snapFrame(task, memory));
}

function snapFrame(task: SnapTask, memory: SnapMemory): SnapOutcome {
  const { width, height } = task;
  if (task.kind === 'bilateral') {
    const { rgb, labels } = task;
    return smoothLabels({ width, height, data: labels }, { width, height, rgb }, {}, memory.work);
  }
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
