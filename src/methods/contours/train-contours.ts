import * as tf from '@tensorflow/tfjs';
import { augmentContours } from '../../datasets/contour-augmentation.js';
import type { Sample } from '../../datasets/sample.js';
import { createRandom, deriveSeed } from '../../random.js';
import { createAdam } from '../../training/adam.js';
import { toBatch } from '../../training/batch.js';
import { train, type TrainingOptions } from '../../training/loop.js';
import { weightedCrossEntropy } from '../../training/losses.js';
import type { Optimizer, ParameterGroup } from '../../training/optimizer.js';
import type { ContourNetwork } from './contour-network.js';
import type { ContourTrainingOptions } from './defaults.js';

export interface ContourTraining extends Pick<
  TrainingOptions,
  'start' | 'updates' | 'rate' | 'after' | 'signal'
> {
  /** Whole contour maps, and pictures of which only an object's outline is known. */
  pictures: readonly Sample[];
  outlines: readonly Sample[];
  optimizer: Optimizer;
  options: ContourTrainingOptions;
}

/** Adam with one rate for the trunk and one for the heads. */
export function createContourOptimizer(
  { network: { parameters, trunk } }: ContourNetwork,
  { trunkRate, headRate, weightDecay, clipNorm }: ContourTrainingOptions,
): Optimizer {
  const groups = parameters.names().map((name): ParameterGroup => ({
    variables: parameters.select([name]),
    rate: trunk.shapes.has(name) ? trunkRate : headRate,
    weightDecay: name.endsWith('.bias') ? 0 : weightDecay,
  }));
  return createAdam({ groups, clipNorm });
}

/**
 * Trains a contour network on random views, with the class-balanced loss on its output and on those of its coarser
 * levels. Gives the number of updates done.
 */
export async function trainContours(
  { network, input }: ContourNetwork,
  { pictures, outlines, optimizer, options, ...course }: ContourTraining,
): Promise<number> {
  const canvas = { width: options.crop, height: options.crop };
  return train({
    ...course,
    parameters: network.parameters,
    trained: network.parameters.names(),
    optimizer,
    loss(index) {
      // an update's draws depend on its number alone, so that a resumed training draws the same
      const random = createRandom(deriveSeed(options.seed, `update ${index}`));
      const source = outlines.length > 0 && random.chance(options.outlines) ? outlines : pictures;
      const drawn = Array.from({ length: options.batch }, () =>
        augmentContours(source[random.integer(source.length)], random, canvas),
      );
      return () => {
        // pictures with more contours count for more: the weights sum to the share of contours, not to 1
        const batch = toBatch(drawn, input, 'mean');
        const logits = network.run(batch.input, true);
        return logits.sides.reduce<tf.Scalar>(
          (loss, side) =>
            tf.add(loss, tf.mul(options.sideWeight, weightedCrossEntropy(side, batch.labels, batch.weights))),
          weightedCrossEntropy(logits.fused, batch.labels, batch.weights),
        );
      };
    },
  });
}
