/** What a memory network is worth: masks carried through whole videos, as a user's are. */
import type { Sample } from '../../datasets/sample.js';
import type { Frame } from '../../frame.js';
import { labelsFromProbabilities, VOID, type LabelMap } from '../../label-map.js';
import type { MemoryArchitecture } from '../../networks/memory/memory-architecture.js';
import { MemoryNetwork } from '../../networks/memory/memory-network.js';
import { breathe } from '../../progress.js';
import { regionSimilarity, withoutIgnored } from '../../scores/region.js';
import type { Weights } from '../../weights/weights.js';
import type { Segmenter } from '../method.js';
import { withRegionOfInterest } from '../region-of-interest.js';
import type { MemoryMethodDefaults, MemoryOptions } from './defaults.js';
import { memoryMethod } from './memory-method.js';
import { MemorySegmenter } from './memory-segmenter.js';

/**
 * Mean J over videos of the mean over frames after the first, whose mask is given. Frames of a video should follow each
 * other as they were filmed: where most are left out, drift does not show, and what is read is not what whole clips give.
 *
 * @param weights of a network of `architecture`, in any precision
 * @param defaults of the method; it segments as it does by default, but at `size`
 * @param videos frames with labels 0 = background, 1 = object, 255 = void
 * @param size short side at which the network sees a frame, pixels
 * @returns 0–1; `undefined` after `signal` asked to stop
 */
export async function scorePropagation(
  weights: Weights,
  { architecture, defaults, size }: PropagationOptions,
  videos: readonly (readonly Sample[])[],
  signal?: AbortSignal,
): Promise<number | undefined> {
  const options: MemoryOptions = { ...defaults.options, trunk: architecture.trunk, weights: '', size };
  const method = withRegionOfInterest({
    ...memoryMethod(defaults),
    open: async (own: MemoryOptions) =>
      new MemorySegmenter(MemoryNetwork.from(weights, architecture, 'the training'), own),
  });
  let sum = 0;
  for (const video of videos) {
    const segmenter = await method.open(options);
    try {
      const mean = await followed(segmenter, video, method.threshold, signal);
      if (mean === undefined) return undefined;
      sum += mean;
    } finally {
      segmenter.close();
    }
  }
  return sum / videos.length;
}

export interface PropagationOptions {
  architecture: MemoryArchitecture;
  defaults: MemoryMethodDefaults;
  size: number;
}

/** Mean J of the frames after the first. */
async function followed(
  segmenter: Segmenter,
  video: readonly Sample[],
  threshold: number,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const [first, ...rest] = video.map((sample, index): [Frame, LabelMap] => {
    const { width, height, rgb, labels } = sample;
    return [
      { index, name: String(index), width, height, rgb },
      { width, height, data: labels },
    ];
  });
  const annotation = { frame: first[0], labels: first[1] };
  await segmenter.learn([annotation], { report: () => undefined });
  await segmenter.begin?.(annotation);
  let sum = 0;
  for (const [frame, truth] of rest) {
    if (signal?.aborted) return undefined;
    const found = labelsFromProbabilities(await segmenter.segment(frame), threshold);
    const ignored = { ...truth, data: truth.data.map((label) => (label === VOID ? 1 : 0)) };
    sum += regionSimilarity(withoutIgnored(found, ignored), withoutIgnored(truth, ignored));
    await breathe();
  }
  return sum / rest.length;
}
