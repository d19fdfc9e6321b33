/** The `tensorflow` engine: TensorFlow's C library by tfjs-node-gpu, on a CUDA card where there is one, else on the processor. */
import util from 'node:util';
import * as tf from '@tensorflow/tfjs';
import type { Engine, EngineOptions } from '../engine.js';

/** What we read of tfjs-node's backend, which is not in its types. */
interface NodeBackend {
  isUsingGpuDevice: boolean;
  binding: { TF_Version: string };
}

/** TensorFlow reads its number of threads once, when it is loaded. */
let loadedThreads: number | undefined;

/**
 * Loads TensorFlow into this process and makes it the backend. A library that does not fit the processor ends the
 * process with a signal: `probe.ts` tries it in a child first.
 *
 * @throws Error when it cannot be loaded, or runs already with another number of threads
 */
export async function startTensorflow(
  threads: number,
  device: EngineOptions['device'] = 'auto',
): Promise<Engine> {
  if (loadedThreads !== undefined && loadedThreads !== threads) {
    throw new Error(
      `TensorFlow runs with ${loadedThreads} threads in this process and cannot change to ${threads}`,
    );
  }
  prepareEnvironment(threads);
  // hides all cards; read by CUDA when TensorFlow is loaded
  if (device === 'cpu') process.env.CUDA_VISIBLE_DEVICES = '-1';
  await import('@tensorflow/tfjs-node-gpu');
  loadedThreads = threads;
  if (!(await tf.setBackend('tensorflow'))) throw new Error('TensorFlow.js refused the backend');
  const backend = tf.backend() as unknown as NodeBackend;
  return {
    name: 'tensorflow',
    device: backend.isUsingGpuDevice ? 'cuda' : 'cpu',
    threads,
    version: backend.binding.TF_Version,
    precision: 'f32',
  };
}

function prepareEnvironment(threads: number): void {
  // errors only; set here it still reaches the library, which reads it when it is loaded
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  process.env.TF_NUM_INTRAOP_THREADS = String(threads);
  process.env.TF_NUM_INTEROP_THREADS = String(threads);
  // tfjs-node 4.22 calls two functions that Node 23 removed (and 22 warns of)
  Object.assign(util, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  });
}
