/** Adam's update as TensorFlow's own operation; `tensorflow` engine only. */
import * as tf from '@tensorflow/tfjs';
import { runAnyRawOp, runRawOp, type Attribute } from './raw-op.js';

/** θ ← θ − stride · m / (√v + epsilon); all float32 scalars, so that parameters can share them. */
export interface AdamStep {
  stride: tf.Scalar;
  beta1: tf.Scalar;
  beta2: tf.Scalar;
  epsilon: tf.Scalar;
  zero: tf.Scalar;
}

/** The two moments of one parameter, in TensorFlow's memory until `dispose`. */
export interface AdamSlots {
  /** Changes the moments by the gradient and gives the parameter's new value. All have the parameter's shape. */
  update(value: tf.Tensor, gradient: tf.Tensor, step: AdamStep): tf.Tensor;
  /** Copies of m and v. */
  read(): Float32Array[];
  /** Sets m and v. */
  write(moments: Float32Array[]): void;
  dispose(): void;
}

const FLOAT: Record<string, Attribute> = { dtype: { dtype: 'float32' } };

/** TensorFlow finds a resource by its name. */
let resources = 0;

/** Moments of zero for a parameter of this shape. */
export function createAdamSlots(shape: readonly number[]): AdamSlots {
  const [value, first, second] = [0, 1, 2].map(() => createResource(shape));
  const moments = [first, second];
  const write = (arrays: Float32Array[]): void =>
    moments.forEach((moment, index) => {
      const tensor = tf.tensor(arrays[index], [...shape], 'float32');
      assign(moment, tensor);
      tensor.dispose();
    });
  const size = tf.util.sizeFromShape([...shape]);
  write(moments.map(() => new Float32Array(size)));

  return {
    update(before, gradient, { stride, beta1, beta2, epsilon, zero }) {
      // shares memory with `before`, which TensorFlow sees: it writes to a copy where somebody else holds it
      assign(value, before);
      // powers of β that are zero leave the stride as it is: TensorFlow would compute 1 − β₂ᵗ in single precision
      const inputs = [value, first, second, zero, zero, stride, beta1, beta2, epsilon, gradient];
      runAnyRawOp(tf.backend(), 'ResourceApplyAdam', inputs, { T: { dtype: 'float32' } }, 0);
      return read(value);
    },
    read: () =>
      moments.map((moment) => {
        const tensor = read(moment);
        const array = tensor.dataSync<'float32'>().slice();
        tensor.dispose();
        return array;
      }),
    write,
    dispose() {
      for (const resource of [value, ...moments]) {
        // behind the handle of `value` there is nothing before the first update
        runAnyRawOp(tf.backend(), 'DestroyResourceOp', [resource], { ignore_lookup_error: true }, 0);
        resource.dispose();
      }
    },
  };
}

/** Σx² / 2, in one pass. */
export function halfSumOfSquares(x: tf.Tensor): tf.Scalar {
  return runRawOp(tf.backend(), 'L2Loss', [x]) as tf.Scalar;
}

/** The handle of a fresh resource, which no scope ends. */
function createResource(shape: readonly number[]): tf.Tensor {
  const name = `osvos-adam-${resources++}`;
  const attributes = { ...FLOAT, shape: { shape }, container: '', shared_name: name };
  return tf.keep(runAnyRawOp(tf.backend(), 'VarHandleOp', [], attributes, 1)[0]);
}

function assign(resource: tf.Tensor, value: tf.Tensor): void {
  runAnyRawOp(tf.backend(), 'AssignVariableOp', [resource, value], FLOAT, 0);
}

function read(resource: tf.Tensor): tf.Tensor {
  return runAnyRawOp(tf.backend(), 'ReadVariableOp', [resource], FLOAT, 1)[0];
}
