import * as tf from '@tensorflow/tfjs';
import { defineKernel, of, type Attributes } from './kernel.js';

interface Pooling {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** The shape of the result and the window as the addon takes it. */
function poolOf(shape: number[], attributes: Attributes): { outShape: number[]; window: number[] } {
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
}
