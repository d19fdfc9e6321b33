import * as tf from '@tensorflow/tfjs';
import { drawTriplet, type TripletSource } from '../../datasets/triplets.js';
import { MEMORY_STRIDE } from '../../networks/memory/memory-architecture.js';
import { memoryAffinity } from '../../networks/memory/memory-read.js';
import type { Memorised, MemoryNetwork, Query } from '../../networks/memory/memory-network.js';
import { aggregate } from '../../networks/memory/soft-aggregation.js';
import { createRandom, deriveSeed } from '../../random.js';
import { createAdam } from '../../training/adam.js';
import { bootstrappedCrossEntropy } from '../../training/bootstrapped-cross-entropy.js';
import { train, type TrainingOptions } from '../../training/loop.js';
import { averaged, type AveragingOptimizer } from '../../training/averaged.js';
import type { Optimizer, ParameterGroup } from '../../training/optimizer.js';
import { toTripletBatch, type TripletBatch } from './triplet-batch.js';
import type { MemoryTrainingOptions } from './training-defaults.js';

export interface MemoryTraining extends Pick<
  TrainingOptions,
  'start' | 'updates' | 'rate' | 'after' | 'signal'
> {
  source: TripletSource;
  optimizer: Optimizer;
  options: MemoryTrainingOptions;
  /** Share of the training that is done, 0–1. */
  share: (index: number, seconds: number) => number;
}

/** Layers of the trunks that were trained on millions of photographs and stay: the first convolution and `layer1`. */
const FROZEN = /^Encoder_[MQ]\.(conv1\.|res2\.)/;
const TRUNK = /^Encoder_[MQ]\.res/;

export function trainedNames({ parameters }: MemoryNetwork): string[] {
  return parameters.names().filter((name) => !FROZEN.test(name));
}

/** Adam with decoupled decay and a lower rate for the trunks; keeps an average of late weights. */
export function createMemoryOptimizer(
  network: MemoryNetwork,
  { trunkRate, weightDecay, clipNorm, rate, average }: MemoryTrainingOptions,
): AveragingOptimizer {
  const groups = trainedNames(network).map((name): ParameterGroup => ({
    variables: network.parameters.select([name]),
    rate: TRUNK.test(name) ? trunkRate * rate : rate,
    weightDecay: name.endsWith('.bias') ? 0 : weightDecay,
  }));
  return averaged(createAdam({ groups, clipNorm }), groups, average);
}

/** Share of the training from which on the interval is largest, and from which on it is as at the start again. */
const INTERVAL_COURSE = [0.5, 0.9] as const;

/** Most frames between two pictures: rises along a line, and ends as small as the steps of segmentation are. */
export function intervalAt(share: number, [start, most]: readonly [number, number]): number {
  const [full, end] = INTERVAL_COURSE;
  if (share >= end) return start;
  return Math.round(start + (most - start) * Math.min(1, share / full));
}

/** Side of the views: rises in steps of a cell. */
export function cropAt(share: number, [start, end]: readonly [number, number]): number {
  const steps = (end - start) / MEMORY_STRIDE;
  return start + MEMORY_STRIDE * Math.min(steps, Math.floor(share * (steps + 1)));
}

/** Share of the pixels that count (Cheng et al. 2021): falls along a line. */
export function hardestAt(share: number, options: MemoryTrainingOptions): number {
  const { hardest, hardestFrom, hardestTo } = options;
  const done = Math.min(1, Math.max(0, (share - hardestFrom) / (hardestTo - hardestFrom)));
  return 1 - (1 - hardest) * done;
}

/**
 * Trains a memory network on triplets: the first frame is remembered with its mask, the second is segmented and
 * remembered as it was segmented, the third is segmented from both (Oh et al. 2019, § 3.4). Gradients flow through the
 * mask that was remembered. Gives the number of updates done.
 */
export async function trainMemory(
  network: MemoryNetwork,
  { source, optimizer, options, share, ...course }: MemoryTraining,
): Promise<number> {
  return train({
    ...course,
    parameters: network.parameters,
    trained: trainedNames(network),
    optimizer,
    loss(index, seconds) {
      // an update's draws depend on its number alone, so that a resumed training draws the same
      const random = createRandom(deriveSeed(options.seed, `update ${index}`));
      const done = share(index, seconds);
      const drawing = {
        crop: cropAt(done, options.crops),
        videos: options.videos,
        interval: intervalAt(done, options.intervals),
        hide: options.hide * done,
      };
      const triplets = Array.from({ length: options.batch }, () => drawTriplet(source, random, drawing));
      return () => tripletLoss(network, toTripletBatch(triplets), hardestAt(done, options));
    },
  });
}

/**
 * Sum of the losses of the second and the third frame.
 *
 * @param hardest share of the pixels that count
 */
export function tripletLoss(network: MemoryNetwork, batch: TripletBatch, hardest: number): tf.Scalar {
  const [first, second, third] = batch.pictures;
  const imageKeys = network.architecture.keys === 'image';
  const queries = network.query(tf.concat([second, third], 0));
  const [second_, third_] = halves(queries);
  const start = imageKeys ? network.imageKey(first) : undefined;
  const remember = (
    picture: tf.Tensor4D,
    masks: readonly [tf.Tensor4D, tf.Tensor4D],
    seen?: Pick<Query, 'key' | 'r4'>,
  ) => {
    const r4 = seen && batch.toObjects(seen.r4);
    const memory = network.memorise(batch.toObjects(picture), masks, r4);
    return { ...memory, shared: seen?.key };
  };
  const segment = (query: Query, memory: readonly (Memorised & { shared?: tf.Tensor4D })[]) => {
    const own = objectsOf(batch, query);
    const logits = network.decode(readAll(network, batch, query, memory), own);
    return aggregate(batch.toSamples(logits)) as tf.Tensor4D;
  };
  const lossOf = (odds: tf.Tensor4D, labels: tf.Tensor3D) =>
    bootstrappedCrossEntropy(tf.reshape(odds, labels.shape), labels, hardest);

  const firstMemory = remember(first, batch.masks, start);
  const secondOdds = segment(second_, [firstMemory]);
  const secondMasks = batch.toMasks(tf.softmax(secondOdds, -1));
  const secondMemory = remember(second, secondMasks, imageKeys ? second_ : undefined);
  const thirdOdds = segment(third_, [firstMemory, secondMemory]);
  return tf.add(lossOf(secondOdds, batch.labels[0]), lossOf(thirdOdds, batch.labels[1]));
}

/** Two frames that were seen as one batch. */
function halves(query: Query): [Query, Query] {
  const pairs = Object.entries(query).map(
    ([name, map]) => [name, tf.split(map as tf.Tensor4D, 2, 0)] as const,
  );
  return [0, 1].map(
    (k) => Object.fromEntries(pairs.map(([name, parts]) => [name, parts[k]])) as unknown as Query,
  ) as [Query, Query];
}

function objectsOf(batch: TripletBatch, { value, s3, s2 }: Query): Pick<Query, 'value' | 's3' | 's2'> {
  return { value: batch.toObjects(value), s3: batch.toObjects(s3), s2: batch.toObjects(s2) };
}

/** Reads the memory for every object at once: frames of the memory one after the other. */
function readAll(
  network: MemoryNetwork,
  batch: TripletBatch,
  query: Query,
  memory: readonly (Memorised & { shared?: tf.Tensor4D })[],
): tf.Tensor4D {
  const flat = (map: tf.Tensor4D): tf.Tensor3D => {
    const [count, height, width, channels] = map.shape;
    return tf.reshape(map, [count, height * width, channels]);
  };
  const values = tf.concat(memory.map(({ value }) => flat(value)), 1); // prettier-ignore
  const [, height, width] = query.key.shape;
  const { keys } = network.architecture;
  let affinity: tf.Tensor3D;
  if (keys === 'image') {
    const all = tf.concat(memory.map(({ shared }) => flat(shared!)), 1); // prettier-ignore
    affinity = batch.toObjects(memoryAffinity(flat(query.key), all, keys));
  } else {
    const all = tf.concat(memory.map(({ key }) => flat(key!)), 1); // prettier-ignore
    affinity = memoryAffinity(flat(batch.toObjects(query.key)), all, keys);
  }
  const read = tf.matMul(affinity, values);
  return tf.reshape(read, [read.shape[0], height, width, network.widths.value]);
}
