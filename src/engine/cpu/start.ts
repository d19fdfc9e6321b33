/** The `cpu` engine: plain JavaScript. Always there, a hundred times slower: for tests on tiny shapes. */
import * as tf from '@tensorflow/tfjs';
import type { Engine } from '../engine.js';

/** Makes plain JavaScript the backend. */
export async function startCpu(): Promise<Engine> {
  if (!(await tf.setBackend('cpu'))) throw new Error('TensorFlow.js refused the backend');
  return {
    name: 'cpu',
    device: 'cpu',
    threads: 1,
    version: tf.version['tfjs-backend-cpu'],
    precision: 'f32',
  };
}
