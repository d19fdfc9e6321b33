import * as tf from '@tensorflow/tfjs';
import { augment, parentAugmentation } from '../../datasets/augmentation.js';
import type { Sample } from '../../datasets/sample.js';
import type { OsvosNetwork } from '../../networks/osvos-network.js';
import { createRandom, deriveSeed } from '../../random.js';
import { train, type Update } from '../../training/loop.js';
import type { LossForm } from '../../training/loss-forms.js';
import { weightedCrossEntropy } from '../../training/losses.js';
import type { Optimizer } from '../../training/optimizer.js';
import type { TrunkInput } from '../../weights/trunk-inputs.js';
import { toBatch } from './batch.js';

export interface ParentTrainingOptions {
  samples: readonly Sample[];
  /** Size of the pictures that the network sees. */
  canvas: { width: number; height: number };
  input: TrunkInput;
  batchSize: number;
  /** Batches whose gradients are averaged for an update. */
  accumulate: number;
  lossForm: LossForm;
  /** Weight of each side loss at the start; it fades to 0 over the training (Caelles et al. 2017, § 3.2). */
  sideWeight: number;
  updates: number;
  start: number;
  rate(index: number, seconds: number): number;
  /** Share of the training that is done, 0–1; more than the updates where a time budget rules. */
  share(index: number, seconds: number): number;
  optimizer: Optimizer;
  /** Draws of an update depend on this and the update's number alone, so that a resumed run draws the same. */
  seed: number;
  after(update: Update): Promise<boolean>;
  signal?: AbortSignal;
}

/**
 * Trains all parameters of a parent network on warped pictures with the fused and the side losses. Each picture is
 * drawn with equal probability. Gives the number of updates done.
 */
export async function trainParent(network: OsvosNetwork, options: ParentTrainingOptions): Promise<number> {
  const { samples, canvas } = options;
  return train({
    parameters: network.parameters,
    trained: network.parameters.names(),
    optimizer: options.optimizer,
    start: options.start,
    updates: options.updates,
    signal: options.signal,
    batches: options.accumulate,
    rate: (index, seconds) => options.rate(index, seconds),
    after: (update) => options.after(update),
    loss(index, seconds, part) {
      const random = createRandom(deriveSeed(options.seed, `update ${index}.${part}`));
      const drawn = Array.from({ length: options.batchSize }, () =>
        augment(samples[random.integer(samples.length)], random, parentAugmentation, canvas),
      );
      const sideWeight = options.sideWeight * (1 - options.share(index, seconds));
      return () => {
        const batch = toBatch(drawn, options.input, options.lossForm);
        const logits = network.run(batch.input, sideWeight > 0);
        let loss = weightedCrossEntropy(logits.fused, batch.labels, batch.weights);
        for (const side of logits.sides) {
          loss = tf.add(loss, tf.mul(sideWeight, weightedCrossEntropy(side, batch.labels, batch.weights)));
        }
        return loss;
      };
    },
  });
}
