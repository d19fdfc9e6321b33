/** How fast the running engine is on this machine, from some small convolutions. */
import * as tf from '@tensorflow/tfjs';
import { breathe } from '../progress.js';

export interface EngineSpeed {
  /** Multiply-adds a second, forward and of gradients. */
  forward: number;
  backward: number;
  /** Bytes a second, read and written, of a sum of two maps. */
  moved: number;
}

/** Shapes as trunks have them in their middle: `[height, width, size, in, out]`. */
const CONVOLUTIONS = [
  [15, 54, 3, 128, 128],
  [30, 108, 3, 64, 64],
  [15, 54, 1, 256, 256],
] as const;
/** Cells and channels of the maps that are added. */
const MAP = [60, 108, 256] as const;
/** The first run of each is not counted: it starts threads and fills memory. */
const REPEATS = 4;
const SUM_REPEATS = 16; // these take a millisecond and vary more

/**
 * Takes 0.1 to 0.5 s. The best of some runs counts: what else the machine does meanwhile only ever makes one slower.
 */
export async function measureSpeed(): Promise<EngineSpeed> {
  const sums = { multiplyAdds: 0, forward: 0, both: 0 };
  for (const [height, width, size, input, output] of CONVOLUTIONS) {
    const x = tf.zeros<tf.Rank.R4>([1, height, width, input]);
    const filter = tf.zeros<tf.Rank.R4>([size, size, input, output]);
    const convolve = (a: tf.Tensor4D, b: tf.Tensor4D) => tf.conv2d(a, b, 1, 'same');
    const gradients = tf.grads(convolve as (...args: tf.Tensor[]) => tf.Tensor);
    sums.multiplyAdds += height * width * size * size * input * output;
    sums.forward += await shortest(() => [convolve(x, filter)]);
    sums.both += await shortest(() => gradients([x, filter]));
    tf.dispose([x, filter]);
  }
  const map = tf.zeros([...MAP]);
  const adding = await shortest(() => [tf.add(map, map)], SUM_REPEATS);
  const moved = (3 * 4 * map.size) / adding;
  map.dispose();
  return {
    forward: sums.multiplyAdds / sums.forward,
    // a convolution has two gradients, each as long as itself; a clock that saw none must not divide by zero
    backward: (2 * sums.multiplyAdds) / Math.max(sums.both - sums.forward, sums.forward / 10),
    moved,
  };
}

/** Seconds of the fastest run, until the values are there. */
async function shortest(work: () => tf.Tensor[], repeats = REPEATS): Promise<number> {
  let shortest = Infinity;
  for (let i = 0; i <= repeats; i++) {
    const since = performance.now();
    const made = work();
    for (const tensor of made) await tensor.data();
    if (i > 0) shortest = Math.min(shortest, (performance.now() - since) / 1000);
    tf.dispose(made);
    await breathe();
  }
  return shortest;
}
