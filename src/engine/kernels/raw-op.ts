import * as tf from '@tensorflow/tfjs';

/** Value of an operation's attribute; numbers are integers. */
export type Attribute =
  number | number[] | boolean | string | { dtype: 'float32' } | { shape: readonly number[] };

/** The part of the `tensorflow` engine's backend that runs TensorFlow's own operations. */
interface TensorflowBackend extends tf.KernelBackend {
  binding: Record<
    'TF_ATTR_TYPE' | 'TF_ATTR_INT' | 'TF_ATTR_BOOL' | 'TF_ATTR_STRING' | 'TF_ATTR_SHAPE' | 'TF_FLOAT',
    number
  >;
  executeMultipleOutputs(
    name: string,
    attributes: object[],
    inputs: tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
}

/**
 * Runs one TensorFlow operation over float32 tensors that gives one; `tensorflow` engine only.
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
  return runAnyRawOp(backend, name, inputs, { T: { dtype: 'float32' }, ...attributes }, 1)[0];
}

/**
 * Runs one TensorFlow operation of any kind; `tensorflow` engine only.
 *
 * @param attributes those left out keep TensorFlow's defaults
 * @param outputs how many tensors the operation gives; 0 for one that only changes a resource
 */
export function runAnyRawOp(
  backend: tf.KernelBackend,
  name: string,
  inputs: tf.TensorInfo[],
  attributes: Record<string, Attribute>,
  outputs: number,
): tf.Tensor[] {
  const tensorflow = backend as TensorflowBackend;
  const list = Object.entries(attributes).map(([key, value]) => ({
    name: key,
    ...encode(value, tensorflow.binding),
  }));
  return tensorflow.executeMultipleOutputs(name, list, inputs, outputs);
}

function encode(value: Attribute, binding: TensorflowBackend['binding']): { type: number; value: unknown } {
  if (typeof value === 'string') return { type: binding.TF_ATTR_STRING, value };
  if (typeof value === 'boolean') return { type: binding.TF_ATTR_BOOL, value };
  if (typeof value === 'number' || Array.isArray(value)) return { type: binding.TF_ATTR_INT, value };
  if ('shape' in value) return { type: binding.TF_ATTR_SHAPE, value: value.shape };
  return { type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
}
