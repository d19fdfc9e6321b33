/** For which pixels of a frame the memory is looked at: `--viz-memory`. */
import { OsvosError } from '../errors.js';
import { formatSize } from '../frame.js';
import type { LabelMap } from '../label-map.js';
import type { PixelQuestion } from '../methods/memory-use.js';
import type { Method } from '../methods/method.js';

/** The objects of each frame, or the same pixel in all of them. */
export type MemoryView = 'region' | { x: number; y: number };

/** Share of a frame of the memory in what was read for an object. */
export interface MemoryShare {
  object: number;
  /** Name of the frame of the memory. */
  from: string;
  share: number;
}

/** Throws `usage`. */
export function parseMemoryView(text: string): MemoryView {
  if (text === 'region') return text;
  const [, x, y] = /^\s*(\d+)\s*,\s*(\d+)\s*$/.exec(text) ?? [];
  if (x !== undefined) return { x: Number(x), y: Number(y) };
  const remedy = 'write --viz-memory region, or a pixel of the frames such as --viz-memory 120,80';
  throw new OsvosError('usage', 'neither region nor a pixel', `--viz-memory ${text}`, remedy);
}

/** As it is written on the command line. */
export function describeMemoryView(view: MemoryView): string {
  return view === 'region' ? view : `${view.x},${view.y}`;
}

/** Throws `usage` where the method has no memory that could be looked at, or the pixel lies outside of the frames. */
export function refuseUnfitView(
  view: MemoryView | undefined,
  method: Pick<Method<never>, 'name' | 'explains'>,
  frame: { width: number; height: number },
): void {
  if (view === undefined) return;
  const where = `--viz-memory ${describeMemoryView(view)}`;
  if (!method.explains) {
    const remedy = 'choose a --method that remembers: stm, kmn or stcn';
    throw new OsvosError('usage', `${method.name} has no memory to look at`, where, remedy);
  }
  if (view === 'region' || (view.x < frame.width && view.y < frame.height)) return;
  const what = `the pixel lies outside of the frames, which are ${formatSize(frame)}`;
  const remedy = `choose x from 0 to ${frame.width - 1} and y from 0 to ${frame.height - 1}`;
  throw new OsvosError('usage', what, where, remedy);
}

/** @param ids objects that were segmented */
export function questionsOf(view: MemoryView, labels: LabelMap, ids: readonly number[]): PixelQuestion[] {
  if (view === 'region')
    return ids.map((id) => ({ ids: [id], pixels: labels.data.map((label) => (label === id ? 1 : 0)) }));
  const pixels = new Uint8Array(labels.width * labels.height);
  pixels[view.y * labels.width + view.x] = 1;
  return [{ ids, pixels }];
}
