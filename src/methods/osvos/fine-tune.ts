import * as tf from '@tensorflow/tfjs';
import { augment, fineTuneAugmentation } from '../../datasets/augmentation.js';
import type { Sample } from '../../datasets/sample.js';
import type { OsvosNetwork } from '../../networks/osvos-network.js';
import { createRandom, deriveSeed } from '../../random.js';
import { train, type Update } from '../../training/loop.js';
import { weightedCrossEntropy } from '../../training/losses.js';
import type { Optimizer } from '../../training/optimizer.js';
import type { TrunkInput } from '../../weights/trunk-inputs.js';
import { toBatch } from './batch.js';
import { FrozenFeatures } from './frozen-features.js';

export interface FineTuneTask {
  /** Annotated frames at the network's size, one object as 1. */
  samples: readonly Sample[];
  input: TrunkInput;
  trained: readonly string[];
  optimizer: Optimizer;
  /** Draws of an update depend on this and the update's number alone, so that a resumed run draws the same. */
  seed: number;
  start: number;
  iterations: number;
  /** Trunk stages that stay as they are. */
  frozenStages: number;
  rate(index: number): number;
  after(update: Update): Promise<boolean>;
  signal?: AbortSignal;
}

/** Every so many steps a frame is seen as it is, so that the network ends on the very pixels of the annotation. */
const UNWARPED_EVERY = 4;

/**
 * Copies that are made once where frozen stages allow their features to be cached (16 MB each for ResNet-50 at
 * 432×240): at least so many, and every annotated frame once as it is.
 */
const CACHED_COPIES = 12;

/** Copies whose features are cached, given so many annotated frames. */
export function cachedCopies(annotations: number): number {
  return Math.max(CACHED_COPIES, UNWARPED_EVERY * annotations);
}

/**
 * Fine-tunes a network on one object's annotated frames with the fused loss alone (Caelles et al. 2017, § 3.3).
 * With frozen stages a fixed set of warped copies is used and their features are computed once.
 * Gives the number of updates done.
 */
export async function fineTune(network: OsvosNetwork, task: FineTuneTask): Promise<number> {
  const { samples, frozenStages } = task;
  const draw = (index: number): Sample => {
    const sample = samples[Math.floor(index / UNWARPED_EVERY) % samples.length];
    if (index % UNWARPED_EVERY === 0) return sample;
    return augment(sample, createRandom(deriveSeed(task.seed, `update ${index}`)), fineTuneAugmentation);
  };
  const cache = frozenStages > 0 ? new FrozenFeatures(network, frozenStages) : undefined;
  try {
    const copies = cachedCopies(samples.length);
    for (let i = 0; cache && i < copies; i++) cache.add(toBatchKept(draw(i), task.input));
    return await train({
      parameters: network.parameters,
      trained: task.trained,
      optimizer: task.optimizer,
      start: task.start,
      updates: task.iterations,
      signal: task.signal,
      rate: (index) => task.rate(index),
      after: (update) => task.after(update),
      loss(index) {
        const sample = cache ? undefined : draw(index);
        return () => {
          if (cache) {
            const { maps, batch } = cache.get(index);
            const { fused } = network.heads(
              [...maps, ...network.features(maps[maps.length - 1], frozenStages)],
              batch.input.shape[1],
              batch.input.shape[2],
              false,
            );
            return weightedCrossEntropy(fused, batch.labels, batch.weights);
          }
          const batch = toBatch([sample!], task.input, 'balanced');
          return weightedCrossEntropy(network.run(batch.input).fused, batch.labels, batch.weights);
        };
      },
    });
  } finally {
    cache?.dispose();
  }
}

function toBatchKept(sample: Sample, input: TrunkInput) {
  const batch = toBatch([sample], input, 'balanced');
  return { input: tf.keep(batch.input), labels: tf.keep(batch.labels), weights: tf.keep(batch.weights) };
}
