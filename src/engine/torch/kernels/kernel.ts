import * as tf from '@tensorflow/tfjs';
import type { Handle } from '../addon.js';
import type { TorchBackend } from '../backend.js';
import { timed } from '../profile.js';

/** By name; the library calls every kernel with those that it needs. */
export type Inputs = { [name: string]: tf.TensorInfo };
export type Attributes = Record<string, unknown>;
export type TorchKernel = (
  inputs: Inputs,
  attributes: Attributes,
  backend: TorchBackend,
) => tf.TensorInfo | tf.TensorInfo[];

/** Registers a kernel of engine `torch`, in the place of one that stands in for it. */
export function defineKernel(name: string, kernel: TorchKernel): void {
  if (tf.getKernel(name, 'torch')) tf.unregisterKernel(name, 'torch');
  tf.registerKernel({
    kernelName: name,
    backendName: 'torch',
    kernelFunc: ({ inputs, attrs, backend }) =>
      timed(name, () => kernel(inputs as Inputs, (attrs ?? {}) as Attributes, backend as TorchBackend)),
  });
}

/** A tensor as the addon takes it: handle and shape. */
export function of(backend: TorchBackend, tensor: tf.TensorInfo): [Handle, number[]] {
  return [backend.handle(tensor), tensor.shape];
}
