/** The `wasm` engine: WebAssembly with SIMD. Comes with a plain `npm install`, runs on one thread. */
import * as tf from '@tensorflow/tfjs';
import type { Engine } from '../engine.js';

/** TensorFlow.js switches threads off in Node.js; several processes use several cores. */
const THREADS = 1;

/** Makes WebAssembly the backend. Throws an Error when this Node.js cannot run it. */
export async function startWasm(): Promise<Engine> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  if (!(await tf.setBackend('wasm'))) throw new Error('this Node.js cannot run the WebAssembly backend');
  return { name: 'wasm', device: 'cpu', threads: THREADS, version: wasm.version_wasm };
}
