/** Snapping of a single frame; what the thread beside the network does. Typed arrays only. */
import type { LabelMap } from '../label-map.js';
import { createSnapper, type Snapper } from '../snapping/snapper.js';
import { clearVote } from '../snapping/vote.js';
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

export type SnapTask = UcmTask | DrawTask;

/** Labels (`ucm`), or a map of 0–1 (`draw`), `[height, width]`. */
export interface SnapOutcome {
  data: Uint8Array | Float32Array;
}

/** Snaps frame after frame; the work arrays are kept as long as frames are of one size. */
export function createFrameSnapper(): (task: SnapTask) => Promise<SnapOutcome | { fault: Fault }> {
  let kept: { key: string; snapper: Snapper } | undefined;
  const snapperFor = ({ width, height }: Sized, threshold: number, clearMajority: number): Snapper => {
    const key = [width, height, threshold, clearMajority].join();
    if (kept?.key !== key) {
      const vote = clearMajority > 0.5 ? { ...clearVote, clearMajority } : {};
      kept = { key, snapper: createSnapper(width, height, { threshold, ...vote }) };
    }
    return kept.snapper;
  };
  return (task) =>
    outcomeOrFault(async () => {
      const { width, height } = task;
      const contours = { width, height, data: task.contours };
      if (task.kind === 'draw')
        return { data: Float32Array.from(createSnapper(width, height).strengths(contours)) };
      const labels: LabelMap = { width, height, data: task.labels };
      return { data: snapperFor(task, task.threshold, task.clearMajority).snap(contours, labels).data };
    });
}
