import * as tf from '@tensorflow/tfjs';
import { convolutionGeometry, type ConvolutionAttributes, type Geometry } from './convolution-geometry.js';
import { runRawOp, type Attribute } from './raw-op.js';
import { replaceKernel } from './replace-kernel.js';

/** A numeric padding, which the package refuses although TensorFlow's own operations take it. */
function isExplicit({ padInfo, dataFormat }: Geometry): boolean {
  return dataFormat === 'channelsLast' && (padInfo.type === 'NUMBER' || padInfo.type === 'EXPLICIT');
}

/** A 1×1 filter that skips places: the skipped ones need no arithmetic, which oneDNN does not see. */
function isSubsampling({
  filterHeight,
  filterWidth,
  strideHeight,
  strideWidth,
  padInfo,
  dataFormat,
}: Geometry): boolean {
  const { top, bottom, left, right } = padInfo;
  return (
    dataFormat === 'channelsLast' &&
    filterHeight === 1 &&
    filterWidth === 1 &&
    strideHeight * strideWidth > 1 &&
    top + bottom + left + right === 0
  );
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

const DENSE = { strides: [1, 1], pad: 'valid', dataFormat: 'NHWC', dilations: [1, 1] };

/** `x[:, ::stride, ::stride]`; pooling over single places is the fastest way. */
function subsample(x: tf.Tensor4D, { strideHeight, strideWidth }: Geometry): tf.Tensor4D {
  return tf.maxPool(x, 1, [strideHeight, strideWidth], 'valid');
}

/** The adjoint of `subsample`: zeros between and behind the places. */
function scatter(x: tf.Tensor4D, { strideHeight, strideWidth, inHeight, inWidth }: Geometry): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const apart = tf.pad(tf.reshape(x, [n * h, 1, w, 1, c]), [[0, 0], [0, strideHeight - 1], [0, 0], [0, strideWidth - 1], [0, 0]]); // prettier-ignore
  const spread = tf.reshape<tf.Rank.R4>(apart, [n, h * strideHeight, w * strideWidth, c]);
  const [rows, columns] = [inHeight - h * strideHeight, inWidth - w * strideWidth];
  if (rows === 0 && columns === 0) return spread;
  if (rows <= 0 && columns <= 0) return tf.slice(spread, [0, 0, 0, 0], [n, inHeight, inWidth, c]);
  const padded = tf.pad(spread, [[0, 0], [0, Math.max(0, rows)], [0, Math.max(0, columns)], [0, 0]]); // prettier-ignore
  return tf.slice(padded, [0, 0, 0, 0], [n, inHeight, inWidth, c]);
}

/** Convolution and its gradients on the `tensorflow` engine: numeric padding, and 1×1 filters with strides. */
export function replaceTensorflowConvolution(): void {
  const run = (kernel: string, inputs: tf.NamedTensorMap, attributes: tf.NamedAttrMap): tf.Tensor =>
    tf.engine().runKernel(kernel, inputs, attributes);

  replaceKernel('Conv2D', 'tensorflow', (original) => (parameters) => {
    const { x, filter } = parameters.inputs as { x: tf.Tensor4D; filter: tf.Tensor4D };
    const info = convolutionGeometry(
      x.shape,
      filter.shape,
      parameters.attrs as unknown as ConvolutionAttributes,
    );
    if (isExplicit(info))
      return runRawOp(parameters.backend, 'Conv2D', [x, filter], explicitAttributes(info));
    if (isSubsampling(info)) return tf.tidy(() => run('Conv2D', { x: subsample(x, info), filter }, DENSE));
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
    if (isSubsampling(info)) {
      const [n, h, w] = dy.shape;
      const dense = { ...DENSE, inputShape: [n, h, w, info.inChannels] };
      return tf.tidy(() => scatter(run('Conv2DBackpropInput', { dy, filter }, dense) as tf.Tensor4D, info));
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
    if (isSubsampling(info)) {
      const dense = { ...DENSE, filterShape };
      return tf.tidy(() => run('Conv2DBackpropFilter', { x: subsample(x, info), dy }, dense));
    }
    return original(parameters);
  });
}
