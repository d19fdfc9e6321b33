import * as tf from '@tensorflow/tfjs';
import { borrow } from './borrowed.js';
import { defineKernel, of, type Attributes } from './kernel.js';

/** Reductions and the attribute that names their axes. */
const reductions = {
  Sum: 'axis',
  Mean: 'axis',
  Max: 'reductionIndices',
  Min: 'axis',
  All: 'axis',
  Any: 'axis',
} as const;

export function defineReductions(): void {
  for (const [name, key] of Object.entries(reductions)) {
    defineKernel(name, ({ x }, attributes, backend) => {
      const whole = name !== 'All' && name !== 'Any' && x.dtype !== 'float32';
      if (whole || tf.util.sizeFromShape(x.shape) === 0) return borrow(name)({ x }, attributes, backend);
      const axes = axesOf(x, attributes[key]);
      const [shape] = tf.backend_util.computeOutAndReduceShapes(x.shape, axes);
      const keeps = attributes.keepDims === true;
      const y = backend.addon.reduce(name, ...of(backend, x), axes, keeps);
      return backend.take(y, keeps ? tf.backend_util.expandShapeToKeepDim(shape, axes) : shape, x.dtype);
    });
  }
  for (const name of ['ArgMax', 'ArgMin']) {
    defineKernel(name, ({ x }, { axis }, backend) => {
      const [along] = tf.util.parseAxisParam(axis as number, x.shape);
      const [shape] = tf.backend_util.computeOutAndReduceShapes(x.shape, [along]);
      return backend.take(backend.addon.argument(name, ...of(backend, x), along), shape, 'int32');
    });
  }
  const softmax = (name: string, logarithm: boolean) =>
    defineKernel(name, ({ logits }, attributes: Attributes, backend) => {
      const along = (attributes.dim ?? attributes.axis ?? -1) as number;
      if (along !== -1 && along !== logits.shape.length - 1)
        return borrow(name)({ logits }, attributes, backend);
      return backend.take(backend.addon.softmax(...of(backend, logits), logarithm), logits.shape, 'float32');
    });
  softmax('Softmax', false);
  softmax('LogSoftmax', true);
  defineKernel('TopK', ({ x }, attributes, backend) => {
    if (x.dtype !== 'float32') return borrow('TopK')({ x }, attributes, backend);
    const k = attributes.k as number;
    const shape = [...x.shape.slice(0, -1), k];
    const [values, indices] = backend.addon.topK(...of(backend, x), k);
    return [backend.take(values, shape, 'float32'), backend.take(indices, shape, 'int32')];
  });
}

function axesOf(x: tf.TensorInfo, axis: unknown): number[] {
  return tf.util.parseAxisParam(axis as number | number[], x.shape);
}
