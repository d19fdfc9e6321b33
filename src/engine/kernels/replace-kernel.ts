import * as tf from '@tensorflow/tfjs';
import type { EngineName } from '../engine.js';

/** What a kernel gets; a narrower view of the library's own type. */
export interface KernelParameters {
  inputs: tf.NamedTensorInfoMap;
  attrs?: tf.NamedAttrMap;
  backend: tf.KernelBackend;
}

export type Kernel = (parameters: KernelParameters) => tf.TensorInfo | tf.TensorInfo[];

/** Puts a kernel in the place of one that the engine brings; `make` gets that one, for the cases that it does well. */
export function replaceKernel(name: string, engine: EngineName, make: (original: Kernel) => Kernel): void {
  const original = tf.getKernel(name, engine);
  if (!original) throw new Error(`the engine ${engine} has no kernel ${name}: register its backend first`);
  tf.unregisterKernel(name, engine);
  const kernel = make(original.kernelFunc);
  tf.registerKernel({ ...original, kernelFunc: kernel as tf.KernelFunc });
}

/** Adds a kernel that the engine lacks. */
export function addKernel(name: string, engine: EngineName, kernel: Kernel): void {
  tf.registerKernel({ kernelName: name, backendName: engine, kernelFunc: kernel as tf.KernelFunc });
}
