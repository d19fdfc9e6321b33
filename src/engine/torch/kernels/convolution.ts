import * as tf from '@tensorflow/tfjs';
import {
  convolutionGeometry,
  type ConvolutionAttributes,
  type Geometry,
} from '../../kernels/convolution-geometry.js';
import { borrow } from './borrowed.js';
import { defineKernel, of, type Attributes, type TorchKernel } from './kernel.js';

/** As the addon takes it: strides, padding at top, bottom, left and right, dilations. */
function numbersOf({ padInfo, ...info }: Geometry): number[] {
  return [
    ...[info.strideHeight, info.strideWidth],
    ...[padInfo.top, padInfo.bottom, padInfo.left, padInfo.right],
    ...[info.dilationHeight, info.dilationWidth],
  ];
}

/** Kernels for the order that TensorFlow.js' layers use; the other is the `cpu` engine's. */
function channelsLast(name: string, kernel: TorchKernel): TorchKernel {
  return (inputs, attributes, backend) =>
    attributes.dataFormat === 'NCHW'
      ? borrow(name)(inputs, attributes, backend)
      : kernel(inputs, attributes, backend);
}

function geometry(x: number[], filter: number[], attributes: Attributes): Geometry {
  return convolutionGeometry(x, filter, attributes as unknown as ConvolutionAttributes);
}

export function defineConvolutions(): void {
  defineKernel(
    'Conv2D',
    channelsLast('Conv2D', ({ x, filter }, attributes, backend) => {
      const info = geometry(x.shape, filter.shape, attributes);
      const y = backend.addon.convolve(
        ...of(backend, x),
        ...of(backend, filter),
        ...[null, null, null, null] as [null, null, null, null], // prettier-ignore
        numbersOf(info),
        false,
      );
      return backend.take(y, info.outShape, 'float32');
    }),
  );

  defineKernel(
    'Conv2DBackpropInput',
    channelsLast('Conv2DBackpropInput', ({ dy, filter }, attributes, backend) => {
      const shape = attributes.inputShape as number[];
      const info = numbersOf(geometry(shape, filter.shape, attributes));
      const dx = backend.addon.inputGradient(...of(backend, dy), ...of(backend, filter), shape, info);
      return backend.take(dx, shape, 'float32');
    }),
  );

  defineKernel(
    'Conv2DBackpropFilter',
    channelsLast('Conv2DBackpropFilter', ({ x, dy }, attributes, backend) => {
      const shape = attributes.filterShape as number[];
      const info = numbersOf(geometry(x.shape, shape, attributes));
      const dw = backend.addon.filterGradient(...of(backend, x), ...of(backend, dy), shape, info);
      return backend.take(dw, shape, 'float32');
    }),
  );

  defineKernel('BiasedConvolution', ({ x, filter, bias, residual }, { stride, padding, relu }, backend) => {
    const info = geometry(x.shape, filter.shape, { strides: stride, pad: padding, dataFormat: 'NHWC' });
    const y = backend.addon.convolve(
      ...of(backend, x),
      ...of(backend, filter),
      ...of(backend, bias),
      ...((residual as tf.TensorInfo | undefined) ? of(backend, residual) : ([null, null] as [null, null])),
      numbersOf(info),
      relu as boolean,
    );
    return backend.take(y, info.outShape, 'float32');
  });

  defineKernel('BiasGradient', ({ dy }, _attributes, backend) => {
    const channels = dy.shape[dy.shape.length - 1];
    return backend.take(backend.addon.biasGradient(...of(backend, dy)), [channels], 'float32');
  });

  defineKernel('ReluGrad', ({ dy, y }, _attributes, backend) =>
    backend.take(backend.addon.reluGradient(...of(backend, dy), ...of(backend, y)), y.shape, 'float32'),
  );
}
