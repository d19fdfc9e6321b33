import * as tf from '@tensorflow/tfjs';

/** Value of an operation's attribute; numbers are integers. */
export type Attribute = number | number[] | boolean | string;

/** The part of the `tensorflow` engine's backend that runs TensorFlow's own operations. */
interface TensorflowBackend extends tf.KernelBackend {
  binding: Record<'TF_ATTR_TYPE' | 'TF_ATTR_INT' | 'TF_ATTR_BOOL' | 'TF_ATTR_STRING' | 'TF_FLOAT', number>;
  executeSingleOutput(name: string, attributes: object[], inputs: tf.TensorInfo[]): tf.Tensor;
}

/**
 * Runs one TensorFlow operation over float32 tensors; `tensorflow` engine only.
 *
 * @param name as TensorFlow registers it, for instance `ReluGrad`
 * @param attributes all but the element type `T`; those left out keep TensorFlow's defaults
 */
export function runRawOp(
  backend: tf.KernelBackend,
  name: string,
  inputs: tf.TensorInfo[],
  attributes: Record<string, Attribute> = {},
): tf.Tensor {
  const tensorflow = backend as TensorflowBackend;
  const { binding } = tensorflow;
  const list: object[] = [{ name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT }];
  for (const [key, value] of Object.entries(attributes)) {
    const type =
      typeof value === 'string'
        ? binding.TF_ATTR_STRING
        : typeof value === 'boolean'
          ? binding.TF_ATTR_BOOL
          : binding.TF_ATTR_INT;
    list.push({ name: key, type, value });
  }
  return tensorflow.executeSingleOutput(name, list, inputs);
}
