import * as tf from '@tensorflow/tfjs';
import { engineNames } from '../engine.js';
import { runRawOp } from './raw-op.js';
import { addKernel, replaceGradient } from './replace-kernel.js';

/** Kernel of our own: `dy` where the ReLU's output `y` is above 0, else 0. */
export const RELU_GRADIENT = 'ReluGrad';

/**
 * The gradient of ReLU as one kernel. The library's mul(dy, step(x)) becomes six operations on `tensorflow`, twelve
 * times slower than TensorFlow's own kernel, and keeps x until the backward pass, where the output, which the next
 * layer keeps anyway, will do.
 */
export function registerReluGradient(): void {
  for (const engine of engineNames) {
    addKernel(RELU_GRADIENT, engine, ({ inputs, backend }) => {
      const { dy, y } = inputs as { dy: tf.Tensor; y: tf.Tensor };
      if (engine === 'tensorflow') return runRawOp(backend, 'ReluGrad', [dy, y]);
      return tf.tidy(() => tf.mul(dy, tf.step(y)));
    });
  }
  replaceGradient({
    kernelName: 'Relu',
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({
      x: () => tf.engine().runKernel(RELU_GRADIENT, { dy: dy as tf.Tensor, y }),
    }),
  });
}
