/** What is measured of a network: a frame, or an iteration of the program's own fine-tuning. */
import * as tf from '@tensorflow/tfjs';
import type { Sample } from '../../src/datasets/sample.js';
import { drawCopies, fineTune } from '../../src/methods/osvos/fine-tune.js';
import { osvosDefaults } from '../../src/methods/osvos/defaults.js';
import { toInput } from '../../src/networks/input.js';
import type { OsvosNetwork } from '../../src/networks/osvos-network.js';
import type { Size } from '../../src/networks/trunk-cost.js';
import { createRandom } from '../../src/random.js';
import { createAdam } from '../../src/training/adam.js';
import type { TrunkInput } from '../../src/weights/trunk-inputs.js';

/** `whole` trains all parameters on a new copy each time; `frozen` those behind the frozen stages, whose maps are kept. */
export const modes = ['forward', 'whole', 'frozen'] as const;
export type Mode = (typeof modes)[number];

export const FROZEN_STAGES = osvosDefaults.frozenStages;

/** Not timed: they fill caches, start threads and generate code. */
const WARM_UP = 2;

/** The object's share of the picture's sides. */
const OBJECT_SHARE = 1 / 3;

/** Wall times in seconds, after a warm-up. */
export async function timesOf(
  mode: Mode,
  network: OsvosNetwork,
  input: TrunkInput,
  size: Size,
  times: number,
): Promise<number[]> {
  const sample = samplePicture(size);
  const seconds = await (mode === 'forward'
    ? timeFrames(network, input, sample, WARM_UP + times)
    : timeIterations(network, input, sample, WARM_UP + times, mode === 'frozen' ? FROZEN_STAGES : 0));
  return seconds.slice(WARM_UP);
}

/** From the picture's bytes to its logits in the program's memory. */
async function timeFrames(network: OsvosNetwork, input: TrunkInput, sample: Sample, times: number) {
  const { rgb, height, width } = sample;
  const seconds: number[] = [];
  for (let i = 0; i < times; i++) {
    const began = performance.now();
    const logits = tf.tidy(() => network.run(toInput([rgb], height, width, input)).fused);
    await logits.data();
    logits.dispose();
    seconds.push((performance.now() - began) / 1000);
  }
  return seconds;
}

/** Augmentation, forward, backward and Adam, as `osvos segment` does them. */
async function timeIterations(
  network: OsvosNetwork,
  input: TrunkInput,
  sample: Sample,
  times: number,
  frozenStages: number,
) {
  const { trunkRate, seed } = osvosDefaults;
  const samples = [sample];
  const copies = frozenStages > 0 ? drawCopies(network, { samples, seed, input }, frozenStages) : undefined;
  const frozen = network.frozenNames(frozenStages);
  const trained = network.parameters.names().filter((name) => !frozen.has(name));
  const optimizer = createAdam({ groups: [{ variables: network.parameters.select(trained) }] });
  const ends: number[] = [];
  const began = performance.now();
  await fineTune(
    network,
    {
      ...{ samples, input, trained, optimizer, seed, frozenStages, start: 0, iterations: times },
      rate: () => trunkRate,
      after: async () => {
        ends.push(performance.now());
        return true;
      },
    },
    copies,
  );
  copies?.dispose();
  optimizer.dispose();
  return ends.map((end, i) => (end - (ends[i - 1] ?? began)) / 1000);
}

function samplePicture({ height, width }: Size): Sample {
  const random = createRandom(2);
  const rgb = Uint8Array.from({ length: 3 * height * width }, () => random.integer(256));
  const inside = (place: number, length: number) => Math.abs(place / length - 0.5) < OBJECT_SHARE / 2;
  const labels = Uint8Array.from({ length: height * width }, (_, i) =>
    inside(Math.floor(i / width), height) && inside(i % width, width) ? 1 : 0,
  );
  return { width, height, rgb, labels };
}
