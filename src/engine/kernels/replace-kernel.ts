import * as tf from '@tensorflow/tfjs';
import type { EngineName } from '../engine.js';

/** What a kernel gets; a narrower view of the library's own type. */
export interface KernelParameters {
  inputs: tf.NamedTensorInfoMap;
  attrs?: tf.NamedAttrMap;
  backend: tf.KernelBackend;
}

export type Kernel = (parameters: KernelParameters) => tf.TensorInfo | tf.TensorInfo[];

/** Marks kernels of our own. In the global symbol table, as the library's registry is global too. */
const OWN = Symbol.for('osvos.kernel');

/**
 * Puts a kernel in the place of one that the engine brings; `make` gets that one, for the cases that it does well.
 * A kernel that was replaced before stays.
 */
export function replaceKernel(name: string, engine: EngineName, make: (original: Kernel) => Kernel): void {
  const original = tf.getKernel(name, engine);
  if (!original) throw new Error(`the engine ${engine} has no kernel ${name}: register its backend first`);
  if (OWN in original.kernelFunc) return;
  tf.unregisterKernel(name, engine);
  const kernel = make(original.kernelFunc);
  Object.assign(kernel, { [OWN]: true });
  tf.registerKernel({ ...original, kernelFunc: kernel as tf.KernelFunc });
}

/** Adds a kernel that the engine lacks. */
export function addKernel(name: string, engine: EngineName, kernel: Kernel): void {
  if (tf.getKernel(name, engine)) return;
  tf.registerKernel({ kernelName: name, backendName: engine, kernelFunc: kernel as tf.KernelFunc });
}

/** Registers a gradient, in the place of the library's own where there is one. */
export function replaceGradient(gradient: tf.GradConfig): void {
  if (tf.getGradient(gradient.kernelName)) tf.unregisterGradient(gradient.kernelName);
  tf.registerGradient(gradient);
}
