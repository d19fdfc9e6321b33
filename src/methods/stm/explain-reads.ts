/** How the memory was read for some pixels of the frame that was segmented last. */
import * as tf from '@tensorflow/tfjs';
import type { MemoryReadOptions } from '../../networks/memory/memory-read.js';
import { memoryWeights } from '../../networks/memory/memory-weights.js';
import type { FrameOrigin, FrameUse, MemoryUse, PixelQuestion } from '../memory-use.js';
import { cellsOfPixels, layoutOfCells, type SeenPart } from './cells-of-pixels.js';
import type { SpaceTimeMemory } from './space-time-memory.js';

/** What is kept of a frame for questions about it. */
export interface LastRead {
  /** Of the query, `[cells, key]`. */
  key: tf.Tensor2D;
  index: number;
  part: SeenPart;
  options: MemoryReadOptions;
}

/** @param groups which of some objects are read together */
export async function explainReads(
  last: LastRead,
  memory: SpaceTimeMemory,
  questions: readonly PixelQuestion[],
  groups: (ids: readonly number[]) => number[][],
): Promise<MemoryUse[]> {
  const uses: MemoryUse[] = [];
  for (const { ids, pixels } of questions) {
    const cells = cellsOfPixels(pixels, last.part);
    if (cells.length === 0) continue;
    for (const group of groups(ids)) {
      const use = await useOf(last, memory, group, cells);
      if (use) uses.push(use);
    }
  }
  return uses;
}

async function useOf(
  { key, part, options }: LastRead,
  memory: SpaceTimeMemory,
  ids: number[],
  cells: number[],
): Promise<MemoryUse | undefined> {
  const sources = memory.sources(ids);
  if (sources.length === 0) return undefined;
  const keys = sources.map((source) => source.keys);
  const { frames, kernel } = await memoryWeights(key, keys, cells, options);
  const merged: FrameUse[] = [];
  const places = sources.map(({ origin, annotated }, i) => {
    const own: FrameUse = { origin, annotated, ...frames[i] };
    const place = merged.findIndex((other) => origin && isSame(origin, other.origin));
    if (place < 0) return merged.push(own) - 1;
    merged[place] = together(merged[place], own);
    return place;
  });
  // as they were filmed; a pass may go backwards
  const order = [...merged.keys()].sort((a, b) => indexOf(merged[a]) - indexOf(merged[b]));
  const locate = <T extends { frame: number }>(at: T): T => ({
    ...at,
    frame: order.indexOf(places[at.frame]),
  });
  return {
    ...{ ids, cells, grid: options.grid, layout: layoutOfCells(part) },
    frames: order.map((place) => merged[place]),
    kernel: kernel && { ...kernel, found: kernel.found.map(locate), best: locate(kernel.best) },
  };
}

function indexOf({ origin }: FrameUse): number {
  return origin?.index ?? -1;
}

function isSame(a: FrameOrigin, b: FrameOrigin | undefined): boolean {
  const [p, q] = [a.place, b?.place];
  return a.index === b?.index && p.x === q?.x && p.y === q.y && p.width === q.width && p.height === q.height;
}

/** A frame that is remembered twice, as it was annotated and as it was segmented, counts as one. */
function together(a: FrameUse, b: FrameUse): FrameUse {
  const sum = (x: Float32Array, y: Float32Array) => x.map((value, i) => value + y[i]);
  return {
    ...a,
    annotated: a.annotated || b.annotated,
    weights: sum(a.weights, b.weights),
    share: a.share + b.share,
    plain: a.plain && b.plain && sum(a.plain, b.plain),
  };
}
