import { expect } from 'chai';
import { syntheticDefaults } from '../../../src/clips/synthetic/defaults.js';
import { createSyntheticClip } from '../../../src/clips/synthetic/synthetic-clip.js';
import { startEngine } from '../../../src/engine/start.js';
import { labelsFromProbabilities } from '../../../src/label-map.js';
import { memoryDefaults } from '../../../src/methods/stm/defaults.js';
import { MemorySegmenter } from '../../../src/methods/stm/memory-segmenter.js';
import { createMemoryOptimizer, trainedNames, tripletLoss } from '../../../src/methods/stm/train-memory.js';
import { memoryTrainingDefaults } from '../../../src/methods/stm/training-defaults.js';
import { toTripletBatch } from '../../../src/methods/stm/triplet-batch.js';
import { initialMemoryWeights } from '../../../src/networks/memory/initial-weights.js';
import type { MemoryKeys } from '../../../src/networks/memory/memory-architecture.js';
import { MemoryNetwork } from '../../../src/networks/memory/memory-network.js';
import { createRandom, deriveSeed, type Random } from '../../../src/random.js';
import { regionSimilarity } from '../../../src/scores/region.js';
import { train } from '../../../src/training/loop.js';
import { trunkShapes } from '../../../src/weights/trunk-shapes.js';
import type { Weights } from '../../../src/weights/weights.js';
import { startOrSkip } from '../../engine/kernels/engines.js';
import { numbers } from '../../weights/trunk-file.js';

const [SIDE, FRAMES, BATCH] = [96, 10, 2];
const clip = createSyntheticClip({ ...syntheticDefaults, width: SIDE, height: SIDE, frames: FRAMES });

/** A ResNet-18 that was never trained, its residual branches weak: nothing grows on the way through. */
function randomTrunk(random: Random): Weights {
  const entries = [...trunkShapes('resnet18')].map(([name, shape]) => {
    const gain = name.includes('conv2') ? 0.3 : name.includes('downsample') ? Math.SQRT1_2 : 1;
    const spread = shape.length === 4 ? gain * Math.sqrt(2 / (shape[0] * shape[1] * shape[2])) : 0;
    return [name, numbers(shape, () => spread * random.normal())] as const;
  });
  return new Map(entries);
}

/** Trains on triplets of one clip's frames, as they are; gives the losses. */
async function overfit(network: MemoryNetwork, updates: number): Promise<number[]> {
  const samples = Array.from({ length: FRAMES }, (_, i) => ({
    ...clip.frame(i),
    labels: clip.labels(i).data,
  }));
  const options = { ...memoryTrainingDefaults, rate: 5e-4, trunkRate: 1, weightDecay: 0 };
  const optimizer = createMemoryOptimizer(network, options);
  const losses: number[] = [];
  await train({
    ...{ parameters: network.parameters, trained: trainedNames(network), optimizer, updates },
    rate: (index) => Math.min(1, (index + 1) / 10),
    loss(index) {
      const random = createRandom(deriveSeed(1, `update ${index}`));
      const triplets = Array.from({ length: BATCH }, () => {
        const frames = new Set<number>();
        while (frames.size < 3) frames.add(random.integer(FRAMES));
        return { samples: [...frames].sort((a, b) => a - b).map((i) => samples[i]), objects: 1 };
      });
      return () => tripletLoss(network, toTripletBatch(triplets), 1);
    },
    after: async ({ loss }) => losses.push(loss) > 0,
  });
  optimizer.dispose();
  return losses;
}

/** Mean J of the clip, segmented from its first frame. Ends the network. */
async function propagate(network: MemoryNetwork): Promise<number> {
  const segmenter = new MemorySegmenter(network, { ...memoryDefaults, weights: '', size: SIDE });
  const annotation = { frame: clip.frame(0), labels: clip.labels(0) };
  await segmenter.learn([annotation]);
  await segmenter.begin(annotation);
  let sum = 0;
  for (let i = 1; i < FRAMES; i++) {
    const masks = labelsFromProbabilities(await segmenter.segment(clip.frame(i)), 0.5);
    sum += regionSimilarity(masks, clip.labels(i));
  }
  segmenter.close();
  return sum / (FRAMES - 1);
}

describe('a memory network that learns one clip by heart', function () {
  // half a minute of one core; more where others want it too
  this.timeout(600_000);
  before(async function () {
    await startOrSkip(this, 'torch');
    await startEngine({ engine: 'torch', precision: 'f32', threads: 1 });
  });

  // a PyTorch twin, at batch 4 and a smaller rate: loss 1.55 at first, .034 after 100 updates, J .91 then
  for (const [keys, updates, least, largestLoss] of [
    ['masked', 70, 0.9, 0.06],
    ['image', 45, 0.8, 0.1],
  ] as [MemoryKeys, number, number, number][])
    it(`finds the object again after ${updates} updates from nothing, ${keys} keys`, async () => {
      const architecture = { trunk: 'resnet18', keys } as const;
      const random = createRandom(1);
      const weights = initialMemoryWeights(architecture, randomTrunk(random), random);
      const network = MemoryNetwork.from(weights, architecture, 'random');
      const losses = await overfit(network, updates);
      expect(losses[0]).to.be.within(1.2, 1.6);
      const late = losses.slice(-10).reduce((a, b) => a + b, 0) / 10;
      expect(late).to.be.below(largestLoss);
      expect(await propagate(network)).to.be.above(least);
    });
});
