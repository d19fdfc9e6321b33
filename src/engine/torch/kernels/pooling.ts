import * as tf from '@tensorflow/tfjs';
import { borrow } from './borrowed.js';
import { defineKernel, of, type Attributes } from './kernel.js';

interface Pooling {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** The shape of the result and the window as the addon takes it. */
function poolOf(
  shape: number[],
  attributes: Attributes,
): { outShape: number[]; window: number[]; symmetric: boolean } {
  const { filterSize, strides, pad, dimRoundingMode } = attributes as unknown as Pooling;
  const info = tf.backend_util.computePool2DInfo(
    shape as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo, outShape } = info;
  return {
    outShape,
    symmetric: padInfo.top === padInfo.bottom && padInfo.left === padInfo.right,
    window: [filterHeight, filterWidth, strideHeight, strideWidth, padInfo.top, padInfo.left],
  };
}

export function definePooling(): void {
  defineKernel('MaxPool', ({ x }, attributes, backend) => {
    const { outShape, window } = poolOf(x.shape, attributes);
    const y = backend.addon.maxPool(...of(backend, x), window, outShape);
    return backend.take(y, outShape, 'float32');
  });
  defineKernel('MaxPoolGrad', ({ dy, input, output }, attributes, backend) => {
    const { window } = poolOf(input.shape, attributes);
    const dx = backend.addon.maxPoolGradient(
      ...of(backend, input),
      ...of(backend, output),
      ...of(backend, dy),
      window,
    );
    return backend.take(dx, input.shape, 'float32');
  });
  defineKernel('AvgPool', ({ x }, attributes, backend) => {
    const { outShape, window, symmetric } = poolOf(x.shape, attributes);
    if (!symmetric) return borrow('AvgPool')({ x }, attributes, backend);
    return backend.take(backend.addon.averagePool(...of(backend, x), window), outShape, 'float32');
  });
  defineKernel('AvgPoolGrad', ({ dy, input }, attributes, backend) => {
    const { window, symmetric } = poolOf(input.shape, attributes);
    if (!symmetric) return borrow('AvgPoolGrad')({ dy, input }, attributes, backend);
    const dx = backend.addon.averagePoolGradient(...of(backend, dy), ...of(backend, input), window);
    return backend.take(dx, input.shape, 'float32');
  });
}
