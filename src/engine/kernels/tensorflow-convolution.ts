import * as tf from '@tensorflow/tfjs';
import { convolutionGeometry, type ConvolutionAttributes, type Geometry } from './convolution-geometry.js';
import { runRawOp, type Attribute } from './raw-op.js';
import { replaceKernel } from './replace-kernel.js';

/** A numeric padding, which the package refuses although TensorFlow's own operations take it. */
function isExplicit({ padInfo, dataFormat }: Geometry): boolean {
  return dataFormat === 'channelsLast' && (padInfo.type === 'NUMBER' || padInfo.type === 'EXPLICIT');
}

function explicitAttributes(info: Geometry): Record<string, Attribute> {
  const { top, bottom, left, right } = info.padInfo;
  return {
    strides: [1, info.strideHeight, info.strideWidth, 1],
    dilations: [1, info.dilationHeight, info.dilationWidth, 1],
    padding: 'EXPLICIT',
    explicit_paddings: [0, 0, top, bottom, left, right, 0, 0],
    data_format: 'NHWC',
  };
}

/** Convolution and its gradients on the `tensorflow` engine, with numeric padding. */
export function replaceTensorflowConvolution(): void {
  replaceKernel('Conv2D', 'tensorflow', (original) => (parameters) => {
    const { x, filter } = parameters.inputs as { x: tf.Tensor4D; filter: tf.Tensor4D };
    const info = convolutionGeometry(
      x.shape,
      filter.shape,
      parameters.attrs as unknown as ConvolutionAttributes,
    );
    if (isExplicit(info))
      return runRawOp(parameters.backend, 'Conv2D', [x, filter], explicitAttributes(info));
    return original(parameters);
  });

  replaceKernel('Conv2DBackpropInput', 'tensorflow', (original) => (parameters) => {
    const { dy, filter } = parameters.inputs as { dy: tf.Tensor4D; filter: tf.Tensor4D };
    const { inputShape, ...attributes } = parameters.attrs as unknown as ConvolutionAttributes & {
      inputShape: number[];
    };
    const info = convolutionGeometry(inputShape, filter.shape, attributes);
    if (isExplicit(info)) {
      return tf.tidy(() => {
        const shape = tf.tensor1d(inputShape, 'int32');
        return runRawOp(
          parameters.backend,
          'Conv2DBackpropInput',
          [shape, filter, dy],
          explicitAttributes(info),
        );
      });
    }
    return original(parameters);
  });

  replaceKernel('Conv2DBackpropFilter', 'tensorflow', (original) => (parameters) => {
    const { x, dy } = parameters.inputs as { x: tf.Tensor4D; dy: tf.Tensor4D };
    const { filterShape, ...attributes } = parameters.attrs as unknown as ConvolutionAttributes & {
      filterShape: number[];
    };
    const info = convolutionGeometry(x.shape, filterShape, attributes);
    if (isExplicit(info)) {
      return tf.tidy(() => {
        const shape = tf.tensor1d(filterShape, 'int32');
        return runRawOp(parameters.backend, 'Conv2DBackpropFilter', [x, shape, dy], explicitAttributes(info));
      });
    }
    return original(parameters);
  });
}
