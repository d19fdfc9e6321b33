import * as tf from '@tensorflow/tfjs';
import { engineNames } from '../engine.js';
import { runRawOp } from './raw-op.js';
import { RELU_GRADIENT } from './relu-gradient.js';
import { addKernel, replaceGradient } from './replace-kernel.js';

/** Kernels of our own: convolution, bias, residual and ReLU in one; and the sum over all places of a map. */
const BIASED_CONVOLUTION = 'BiasedConvolution';
const BIAS_GRADIENT = 'BiasGradient';

export interface BiasedConvolutionOptions {
  /** 1 when left out. */
  stride?: number;
  /** Zeros added on each of the four sides, as PyTorch and Caffe do; 0 when left out. */
  padding?: number;
  /** Added before the ReLU, in the output's shape. */
  residual?: tf.Tensor4D;
  /** False when left out. */
  relu?: boolean;
}

interface Attributes extends tf.NamedAttrMap {
  stride: number;
  padding: number;
  relu: boolean;
}

/**
 * y = relu(x * filter + bias + residual). The same numbers as the four operations one after the other, but the maps
 * between them are given back at once; the tape keeps x and y only, instead of up to six maps.
 * `registerKernels` must have run.
 *
 * @param x `[N, H, W, Cin]`
 * @param filter `[k, k, Cin, Cout]`
 * @param bias `[Cout]`
 * @returns `[N, ⌊(H + 2·padding − k)/stride⌋ + 1, …, Cout]`
 */
export function biasedConvolution(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  bias: tf.Tensor1D,
  { stride = 1, padding = 0, residual, relu = false }: BiasedConvolutionOptions = {},
): tf.Tensor4D {
  const inputs: tf.NamedTensorMap = residual ? { x, filter, bias, residual } : { x, filter, bias };
  const attributes: Attributes = { stride, padding, relu };
  return tf.engine().runKernel(BIASED_CONVOLUTION, inputs, attributes);
}

/** Attributes of the library's convolution and of its gradients. TensorFlow takes 'same' and 'valid' faster. */
function convolutionAttributes({ stride, padding }: Attributes, size: number): tf.NamedAttrMap {
  const same = stride === 1 && padding === (size - 1) / 2 && size % 2 === 1;
  return {
    strides: [stride, stride],
    pad: padding === 0 ? 'valid' : same ? 'same' : padding,
    dataFormat: 'NHWC',
    dilations: [1, 1],
  };
}

export function registerBiasedConvolution(): void {
  for (const engine of engineNames) {
    addKernel(BIASED_CONVOLUTION, engine, ({ inputs, attrs }) =>
      forward(inputs as tf.NamedTensorMap, attrs as Attributes),
    );
    addKernel(BIAS_GRADIENT, engine, ({ inputs, backend }) => {
      const dy = inputs.dy as tf.Tensor;
      if (engine === 'tensorflow') return runRawOp(backend, 'BiasAddGrad', [dy]);
      return tf.tidy(() => tf.sum(dy, [0, 1, 2]));
    });
  }
  replaceGradient({
    kernelName: BIASED_CONVOLUTION,
    inputsToSave: ['x', 'filter'],
    outputsToSave: [true],
    gradFunc: (dy, saved, attributes) => backward(dy as tf.Tensor4D, saved, attributes as Attributes),
  });
}

function forward({ x, filter, bias, residual }: tf.NamedTensorMap, attributes: Attributes): tf.Tensor {
  return tf.tidy(() => {
    const steps: ((y: tf.Tensor) => tf.Tensor)[] = [(y) => tf.add(y, bias)];
    if (residual) steps.push((y) => tf.add(y, residual));
    if (attributes.relu) steps.push((y) => tf.relu(y));
    const options = convolutionAttributes(attributes, filter.shape[0]);
    let y: tf.Tensor = tf.engine().runKernel('Conv2D', { x, filter }, options);
    for (const step of steps) {
      const next = step(y);
      y.dispose(); // at once, so that the next map of this size takes its place
      y = next;
    }
    return y;
  });
}

/** What the gradient that was computed last will not be asked for again. */
let spent: tf.Tensor[] = [];

/**
 * The library keeps all maps until the last gradient is done. Gradients are computed one after the other, from the last
 * operation to the first: where one begins, those before it are finished, and what only they needed can go.
 */
function backward(dy: tf.Tensor4D, saved: tf.Tensor[], attributes: Attributes) {
  const [x, filter, y] = saved;
  tf.dispose(spent);
  const run = (kernel: string, inputs: tf.NamedTensorMap, more: tf.NamedAttrMap = {}): tf.Tensor =>
    tf.engine().runKernel(kernel, inputs, more);
  const options = convolutionAttributes(attributes, filter.shape[0]);
  const dz = attributes.relu ? run(RELU_GRADIENT, { dy, y }) : dy;
  spent = dz === dy ? saved : [dz, ...saved]; // what came in is the library's
  return {
    x: () => run('Conv2DBackpropInput', { dy: dz, filter }, { ...options, inputShape: x.shape }),
    filter: () => run('Conv2DBackpropFilter', { x, dy: dz }, { ...options, filterShape: filter.shape }),
    bias: () => run(BIAS_GRADIENT, { dy: dz }),
    residual: () => tf.clone(dz),
  };
}
