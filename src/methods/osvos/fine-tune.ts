import { augment, fineTuneAugmentation } from '../../datasets/augmentation.js';
import type { Sample } from '../../datasets/sample.js';
import type { OsvosNetwork } from '../../networks/osvos-network.js';
import { createRandom, deriveSeed } from '../../random.js';
import { train, type Update } from '../../training/loop.js';
import { weightedCrossEntropy } from '../../training/losses.js';
import type { Optimizer } from '../../training/optimizer.js';
import type { TrunkInput } from '../../weights/trunk-inputs.js';
import { AnnotatedCopies } from './annotated-copies.js';
import { toBatch } from '../../training/batch.js';

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
 * Copies that are made once where their features can be cached or a target model is fitted to them (16 MB each for two
 * frozen stages of ResNet-50 at 432×240): at least so many, and every annotated frame once as it is.
 */
const FIXED_COPIES = 12;

type Drawing = Pick<FineTuneTask, 'samples' | 'seed'>;

function draw({ samples, seed }: Drawing, index: number): Sample {
  const sample = samples[Math.floor(index / UNWARPED_EVERY) % samples.length];
  if (index % UNWARPED_EVERY === 0) return sample;
  return augment(sample, createRandom(deriveSeed(seed, `update ${index}`)), fineTuneAugmentation);
}

/** The fixed copies. The caller disposes them. */
export function drawCopies(
  network: OsvosNetwork,
  task: Drawing & Pick<FineTuneTask, 'input'>,
  frozenStages: number,
  count = fixedCopies(task.samples.length),
): AnnotatedCopies {
  const copies = new AnnotatedCopies(network, frozenStages);
  for (let i = 0; i < count; i++) copies.add(draw(task, i), task.input);
  return copies;
}

/** How many copies are made of so many annotated frames. */
export function fixedCopies(annotations: number): number {
  return Math.max(FIXED_COPIES, UNWARPED_EVERY * annotations);
}

/**
 * Fine-tunes a network on one object's annotated frames with the fused loss alone (Caelles et al. 2017, § 3.3).
 *
 * @param copies a fixed set of copies to be used instead of new ones at each step
 * @returns the number of updates done
 */
export async function fineTune(
  network: OsvosNetwork,
  task: FineTuneTask,
  copies?: AnnotatedCopies,
): Promise<number> {
  const { frozenStages } = task;
  return train({
    parameters: network.parameters,
    trained: task.trained,
    optimizer: task.optimizer,
    start: task.start,
    updates: task.iterations,
    signal: task.signal,
    rate: (index) => task.rate(index),
    after: (update) => task.after(update),
    loss(index) {
      if (!copies) {
        const sample = draw(task, index);
        return () => {
          const batch = toBatch([sample], task.input, 'balanced');
          return weightedCrossEntropy(network.run(batch.input).fused, batch.labels, batch.weights);
        };
      }
      const { maps, batch, scores } = copies.get(index);
      const [, height, width] = batch.input.shape;
      return () => {
        const rest = network.features(maps[maps.length - 1] ?? batch.input, frozenStages);
        const { fused } = network.read([...maps, ...rest], [height, width], { scores });
        return weightedCrossEntropy(fused, batch.labels, batch.weights);
      };
    },
  });
}
