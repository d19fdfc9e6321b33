import * as tf from '@tensorflow/tfjs';
import { replaceKernel, type Kernel, type KernelParameters } from './replace-kernel.js';

/** Tensors that a shader may read beside the one that it writes: what WebGPU promises on every card. */
const MOST_INPUTS = 7;

/** The `webgpu` engine's sum of many tensors binds them all at once, which cards refuse from the eighth on. */
export function repairWebgpuSums(): void {
  replaceKernel('AddN', 'webgpu', (original) => {
    const add: Kernel = (parameters) => {
      const { inputs } = parameters as KernelParameters & { inputs: tf.Tensor[] };
      if (inputs.length <= MOST_INPUTS) return original(parameters);
      return tf.tidy(() => {
        let rest = [...inputs];
        while (rest.length > 1) {
          rest = [tf.addN(rest.slice(0, MOST_INPUTS)), ...rest.slice(MOST_INPUTS)];
        }
        return rest[0];
      });
    };
    return add;
  });
}
