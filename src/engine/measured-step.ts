/** How long a training step takes: of a small part of the default network, in its shapes at 240p. */
import * as tf from '@tensorflow/tfjs';
import { breathe } from '../progress.js';
import { createRandom } from '../random.js';
import { biasedConvolution, type BiasedConvolutionOptions } from './kernels/biased-convolution.js';
import { weightedCrossEntropyKernel } from './kernels/weighted-cross-entropy.js';

/** What the network sees of a frame of 854×480 at `--size 240`. */
const HEIGHT = 240;
const WIDTH = 432;
/** Starts threads, generates code, fills memory; less of it where one step takes longer than all timed ones should. */
const WARM_UP_STEPS = 2;
const TIMED_MS = 1500;

/**
 * ResNet-50's first convolution, one bottleneck of each of its layers 1 to 3 with the stride on the first 1×1, and a
 * head: `[size, channels in, channels out]`.
 */
const FILTERS = {
  stem: [7, 3, 64],
  ...bottleneck('layer1', 64, 64),
  ...bottleneck('layer2', 256, 128),
  ...bottleneck('layer3', 512, 256),
  side: [3, 1024, 16],
  score: [1, 16, 1],
} satisfies Record<string, number[]>;

function bottleneck<Name extends string>(layer: Name, input: number, width: number) {
  return {
    [`${layer}.narrow`]: [1, input, width],
    [`${layer}.inner`]: [3, width, width],
    [`${layer}.wide`]: [1, width, 4 * width],
    [`${layer}.shortcut`]: [1, input, 4 * width],
  } as Record<`${Name}.${'narrow' | 'inner' | 'wide' | 'shortcut'}`, number[]>;
}

type Convolution = keyof typeof FILTERS;
const names = Object.keys(FILTERS) as Convolution[];

/** Weights are those of the loss. */
type Example = { picture: tf.Tensor4D; labels: tf.Tensor; weights: tf.Tensor };

/**
 * Milliseconds of a step of the running engine, forward and of all gradients until their values are there: the median
 * of those that fit in a second and a half, after two that are not counted. The kernels of our own must be registered.
 */
export async function measureStep(timedMs = TIMED_MS): Promise<number> {
  const example = tf.tidy(createExample);
  const parameters = tf.tidy(createParameters);
  const step = () => runStep(example, parameters);
  try {
    await timeSteps(step, timedMs, WARM_UP_STEPS);
    return median(await timeSteps(step, timedMs));
  } finally {
    tf.dispose([parameters, example]);
  }
}

/** Milliseconds of each step: of one at least, and of more as long as there is time. */
export async function timeSteps(
  step: () => Promise<void>,
  within: number,
  most = Infinity,
): Promise<number[]> {
  const milliseconds: number[] = [];
  const begun = performance.now();
  do {
    const since = performance.now();
    await step();
    milliseconds.push(performance.now() - since);
    await breathe();
  } while (milliseconds.length < most && performance.now() - begun < within);
  return milliseconds;
}

async function runStep({ picture, labels, weights }: Example, parameters: tf.Tensor[]): Promise<void> {
  const loss = (...given: tf.Tensor[]) => weightedCrossEntropyKernel(run(picture, given), labels, weights);
  const { value, grads } = tf.valueAndGrads(loss)(parameters);
  // a card computes behind our back: gradients of the first convolution are its last work
  for (const tensor of [value, grads[0], grads[1]]) await tensor.data();
  tf.dispose([value, grads]);
}

/** @returns logits `[1, height, width, 1]` */
function run(picture: tf.Tensor4D, parameters: tf.Tensor[]): tf.Tensor4D {
  const convolve = (name: Convolution, x: tf.Tensor4D, options: BiasedConvolutionOptions = {}) => {
    const at = 2 * names.indexOf(name);
    const [filter, bias] = [parameters[at] as tf.Tensor4D, parameters[at + 1] as tf.Tensor1D];
    return biasedConvolution(x, filter, bias, { ...options, padding: (filter.shape[0] - 1) / 2 });
  };
  const block = (layer: 'layer1' | 'layer2' | 'layer3', x: tf.Tensor4D, stride: number) => {
    const narrow = convolve(`${layer}.narrow`, x, { stride, relu: true });
    const inner = convolve(`${layer}.inner`, narrow, { relu: true });
    const residual = convolve(`${layer}.shortcut`, x, { stride });
    return convolve(`${layer}.wide`, inner, { residual, relu: true });
  };
  const stem = convolve('stem', picture, { stride: 2, relu: true });
  const padded = tf.pad(stem, [[0, 0], [1, 1], [1, 1], [0, 0]]); // prettier-ignore
  const small = tf.maxPool(padded, 3, 2, 'valid');
  const deep = block('layer3', block('layer2', block('layer1', small, 1), 2), 2);
  const scores = convolve('score', convolve('side', deep));
  return tf.image.resizeBilinear(scores, [HEIGHT, WIDTH], false, true);
}

/** Filter and bias of each convolution, the filters at He et al.'s scale (2015). */
function createParameters(): tf.Tensor[] {
  const random = createRandom(1);
  return names.flatMap((name) => {
    const [size, input, output] = FILTERS[name];
    const deviation = Math.sqrt(2 / (size * size * input));
    const length = size * size * input * output;
    const values = Float32Array.from({ length }, () => deviation * random.normal());
    return [tf.tensor4d(values, [size, size, input, output]), tf.zeros([output])];
  });
}

function createExample(): Example {
  const random = createRandom(2);
  const picture = Float32Array.from({ length: HEIGHT * WIDTH * 3 }, () => random.normal());
  const labels = Float32Array.from({ length: HEIGHT * WIDTH }, (_, i) => Number(i % WIDTH < WIDTH / 4));
  const shape: [number, number, number, number] = [1, HEIGHT, WIDTH, 1];
  return {
    picture: tf.tensor4d(picture, [1, HEIGHT, WIDTH, 3]),
    labels: tf.tensor4d(labels, shape),
    weights: tf.fill(shape, 1 / labels.length),
  };
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
