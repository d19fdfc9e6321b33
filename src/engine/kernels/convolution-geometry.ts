import * as tf from '@tensorflow/tfjs';

/** Attributes that the library hands to `Conv2D`, and, but for dilations, to its two gradients. */
export interface ConvolutionAttributes {
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number | [number, number][];
  dataFormat: 'NHWC' | 'NCHW';
  dilations?: [number, number] | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** Sizes, strides and padding of one convolution, all worked out. */
export type Geometry = tf.backend_util.Conv2DInfo;

/**
 * @param x shape of the input
 * @param filter shape of the filter, `[k, k, Cin, Cout]`
 */
export function convolutionGeometry(
  x: number[],
  filter: number[],
  attributes: ConvolutionAttributes,
): Geometry {
  return tf.backend_util.computeConv2DInfo(
    x as [number, number, number, number],
    filter as [number, number, number, number],
    attributes.strides,
    attributes.dilations ?? 1,
    attributes.pad as number,
    attributes.dimRoundingMode,
    false,
    attributes.dataFormat === 'NCHW' ? 'channelsFirst' : 'channelsLast',
  );
}
