/** Kernels that the addon lacks: TensorFlow.js' own of the `cpu` engine, on numbers that are brought over and back. */
import * as tf from '@tensorflow/tfjs';
import type { TorchBackend } from '../backend.js';
import { defineKernel, type TorchKernel } from './kernel.js';

const calls = new Map<string, number>();

/** How often each borrowed kernel was called in this process. */
export function borrowedCalls(): ReadonlyMap<string, number> {
  return calls;
}

/** A kernel of the `cpu` engine as one of engine `torch`. */
export function borrow(name: string): TorchKernel {
  return (inputs, attributes, backend) => {
    calls.set(name, (calls.get(name) ?? 0) + 1);
    const plain = tf.findBackend('cpu');
    const kernel = tf.getKernel(name, 'cpu');
    const over = (tensor: tf.TensorInfo) => bring(tensor, backend, plain);
    const lent: tf.NamedTensorInfoMap = {};
    const made: tf.TensorInfo[] = [];
    try {
      for (const [key, input] of Object.entries(inputs)) {
        // some kernels take a list under one name, which the types do not say
        const list = ([] as tf.TensorInfo[]).concat(input).map(over);
        made.push(...list);
        lent[key] = Array.isArray(input) ? (list as unknown as tf.TensorInfo) : list[0];
      }
      const given = kernel.kernelFunc({ inputs: lent, attrs: attributes as tf.NamedAttrMap, backend: plain });
      const results = ([] as tf.TensorInfo[]).concat(given);
      const back = results.map((tensor) => bring(tensor, plain, backend));
      made.push(...results);
      return Array.isArray(given) ? back : back[0];
    } finally {
      // a kernel may give an input back as its result: each is released as often as it was made or shared
      for (const { dataId } of made) plain.disposeData(dataId);
    }
  };
}

function bring(
  tensor: tf.TensorInfo,
  from: tf.KernelBackend | TorchBackend,
  to: tf.KernelBackend,
): tf.TensorInfo {
  // a copy: the store of the `cpu` engine hands out its own array
  const values = from.readSync(tensor.dataId).slice() as tf.backend_util.BackendValues;
  return { ...tensor, dataId: to.write(values, tensor.shape, tensor.dtype) };
}

/** Stands in for every kernel that engine `torch` has not. */
export function borrowTheRest(): void {
  for (const { kernelName } of tf.getKernelsForBackend('cpu')) {
    if (!tf.getKernel(kernelName, 'torch')) defineKernel(kernelName, borrow(kernelName));
  }
}
