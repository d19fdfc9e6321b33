import * as tf from '@tensorflow/tfjs';
import { augment, parentAugmentation } from '../../datasets/augmentation.js';
import { drawPair, type PairSource } from '../../datasets/pairs.js';
import type { Sample } from '../../datasets/sample.js';
import type { OsvosLogits } from '../../networks/heads.js';
import type { OsvosNetwork } from '../../networks/osvos-network.js';
import { createRandom, deriveSeed, type Random } from '../../random.js';
import { train, type Update } from '../../training/loop.js';
import type { LossForm } from '../../training/loss-forms.js';
import { weightedCrossEntropy } from '../../training/losses.js';
import type { Optimizer } from '../../training/optimizer.js';
import type { TrunkInput } from '../../weights/trunk-inputs.js';
import { toBatch, type Batch } from '../../training/batch.js';
import { crossScores } from './cross-scores.js';

export interface ParentTrainingOptions {
  source: PairSource;
  /** Size of the pictures that the network sees. */
  canvas: { width: number; height: number };
  input: TrunkInput;
  /** Pictures of a batch, for heads without target scores; a batch of the others is one pair. */
  batchSize: number;
  /** Batches whose gradients are averaged for an update. */
  accumulate: number;
  lossForm: LossForm;
  /** Weight of each side loss at a share of the training; falls to 0 (Caelles et al. 2017, § 3.2). */
  sideWeight(share: number): number;
  /** Trunk stages that stay as they are. */
  frozenStages: number;
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
 * Share of the pairs whose own object is to be found without target scores, so that the parent also knows what an
 * object is before it was shown one.
 */
const UNSCORED_SHARE = 0.1;

/**
 * Trains a parent network with the fused and the side losses: on single warped pictures, or, where the heads read
 * target scores, on pairs of pictures each scored by what the other one shows. Gives the number of updates done.
 */
export async function trainParent(network: OsvosNetwork, options: ParentTrainingOptions): Promise<number> {
  const { source, canvas } = options;
  const frozen = network.frozenNames(options.frozenStages);
  const singles = [...source.videos.flat(), ...source.stills];
  const scored = network.heads.scoredStages.length > 0;
  return train({
    parameters: network.parameters,
    trained: network.parameters.names().filter((name) => !frozen.has(name)),
    optimizer: options.optimizer,
    start: options.start,
    updates: options.updates,
    signal: options.signal,
    batches: options.accumulate,
    rate: (index, seconds) => options.rate(index, seconds),
    after: (update) => options.after(update),
    loss(index, seconds, part) {
      const random = createRandom(deriveSeed(options.seed, `update ${index}.${part}`));
      const sideWeight = options.sideWeight(options.share(index, seconds));
      const run = scored
        ? drawFromPairs(network, options, random)
        : drawSingles(network, options, singles, random);
      return () => {
        const [batch, logits] = run(sideWeight > 0);
        let loss = weightedCrossEntropy(logits.fused, batch.labels, batch.weights);
        for (const side of logits.sides) {
          loss = tf.add(loss, tf.mul(sideWeight, weightedCrossEntropy(side, batch.labels, batch.weights)));
        }
        return loss;
      };
    },
  });

  function drawSingles(
    network: OsvosNetwork,
    { batchSize, input, lossForm }: ParentTrainingOptions,
    samples: readonly Sample[],
    random: Random,
  ) {
    const drawn = Array.from({ length: batchSize }, () =>
      augment(samples[random.integer(samples.length)], random, parentAugmentation, canvas),
    );
    return (withSides: boolean): [Batch, OsvosLogits] => {
      const batch = toBatch(drawn, input, lossForm);
      return [batch, network.run(batch.input, withSides)];
    };
  }

  function drawFromPairs(network: OsvosNetwork, { input, lossForm }: ParentTrainingOptions, random: Random) {
    const { samples, pasted } = drawPair(source, random, canvas);
    const withScores = pasted || !random.chance(UNSCORED_SHARE);
    return (withSides: boolean): [Batch, OsvosLogits] => {
      const batch = toBatch(samples, input, lossForm);
      const maps = network.features(batch.input);
      const scores = withScores ? crossScores(network, maps, batch) : undefined;
      return [batch, network.read(maps, [canvas.height, canvas.width], { withSides, scores })];
    };
  }
}
