/** The `wasm` engine: WebAssembly with SIMD. Comes with a plain `npm install`, runs on one thread. */
import * as tf from '@tensorflow/tfjs';
import type { Engine } from '../engine.js';

/** TensorFlow.js switches threads off in Node.js; several processes use several cores. */
const THREADS = 1;

/**
 * The WebAssembly module's loader (emscripten) adds listeners that throw any uncaught error once more, which would
 * hide it behind their own line and end the process with code 7.
 */
const LOADER_EVENTS = ['uncaughtException', 'unhandledRejection'];

/** Makes WebAssembly the backend. Throws an Error when this Node.js cannot run it. */
export async function startWasm(): Promise<Engine> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  const listeners = LOADER_EVENTS.map((event) => ({ event, before: process.rawListeners(event) }));
  if (!(await tf.setBackend('wasm'))) throw new Error('this Node.js cannot run the WebAssembly backend');
  for (const { event, before } of listeners) {
    for (const listener of process.rawListeners(event)) {
      if (!before.includes(listener)) process.removeListener(event, listener as (...args: unknown[]) => void);
    }
  }
  return { name: 'wasm', device: 'cpu', threads: THREADS, version: wasm.version_wasm, precision: 'f32' };
}
