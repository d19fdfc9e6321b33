/** Parameters changed in place by an optimizer's step; engine `torch` only. */
import * as tf from '@tensorflow/tfjs';
import type { Handle } from './addon.js';
import type { TorchBackend } from './backend.js';

/** What Adam multiplies with; see `adamRule`. */
export interface AdamNumbers {
  /** Of the gradient. */
  scale: number;
  /** Share of the value that is kept: 1 − rate · decoupled decay. */
  kept: number;
  /** Decay that is added to the gradient. */
  coupled: number;
  beta1: number;
  beta2: number;
  stride: number;
  epsilon: number;
}

export interface MomentumNumbers {
  /** Of the gradient. */
  scale: number;
  /** Decay that is added to the gradient. */
  coupled: number;
  momentum: number;
  rate: number;
}

/** value ← kept · value − stride · m / (√v + ε), and the moments m and v; all of one shape. */
export function updateByAdam(
  variable: tf.Variable,
  gradient: tf.Tensor,
  [first, second]: readonly tf.Tensor[],
  { scale, kept, coupled, beta1, beta2, stride, epsilon }: AdamNumbers,
): void {
  const backend = ours();
  const value = toChange(backend, variable);
  const moments = [backend.handle(first), backend.handle(second)] as const;
  const numbers = [scale, kept, coupled, beta1, beta2, stride, epsilon];
  backend.addon.adam(value, variable.shape, backend.handle(gradient), gradient.shape, ...moments, ...numbers);
}

/** v ← momentum · v + scale · gradient + coupled · value; value ← value − rate · v. */
export function updateByMomentum(
  variable: tf.Variable,
  gradient: tf.Tensor,
  [velocity]: readonly tf.Tensor[],
  { scale, coupled, momentum, rate }: MomentumNumbers,
): void {
  const backend = ours();
  const value = toChange(backend, variable);
  const [slope, slot] = [backend.handle(gradient), backend.handle(velocity)];
  backend.addon.momentum(value, variable.shape, slope, gradient.shape, slot, scale, coupled, momentum, rate);
}

/** Σx² / 2, in one pass. */
export function halfSumOfSquares(x: tf.Tensor): tf.Scalar {
  const backend = ours();
  const sum = backend.take(backend.addon.halfSumOfSquares(backend.handle(x), x.shape), [], 'float32');
  return tf.engine().makeTensorFromTensorInfo(sum) as tf.Scalar;
}

/** The variable's numbers. Where another tensor has the same ones, the variable gets its own first. */
function toChange(backend: TorchBackend, variable: tf.Variable): Handle {
  const handle = backend.handleToChange(variable);
  if (handle !== undefined) return handle;
  const copy = backend.take(
    backend.addon.copy(backend.handle(variable), variable.shape),
    variable.shape,
    variable.dtype,
  );
  const own = tf.engine().makeTensorFromTensorInfo(copy);
  variable.assign(own);
  own.dispose();
  return backend.handle(variable);
}

function ours(): TorchBackend {
  return tf.backend() as TorchBackend;
}
