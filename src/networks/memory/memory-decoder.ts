import * as tf from '@tensorflow/tfjs';
import { convolve } from '../convolution.js';
import type { ParameterShapes, ParameterSource } from '../parameters.js';
import type { MemoryWidths } from './memory-architecture.js';

/** What the query's finer maps give to the decoder, once for all objects: strides 8 and 4. */
export interface Skips {
  s3: tf.Tensor4D;
  s2: tf.Tensor4D;
}

/**
 * From what the memory said to a mask (Oh et al. 2019, fig. 3; after RGMP). Parameters as in STM's release:
 * `Decoder.convFM`, `Decoder.ResMM`, `Decoder.RF3`, `Decoder.RF2`, `Decoder.pred2`.
 */
export interface MemoryDecoder {
  shapes: ParameterShapes;
  /** The part that does not depend on objects. */
  skips(maps: { r2: tf.Tensor4D; r3: tf.Tensor4D }, parameters: ParameterSource): Skips;
  /**
   * @param x what was read and the query's own value, `[N, h, w, 2·value]`
   * @returns logits of object and background at stride 4, `[N, 4h, 4w, 2]`
   */
  run(x: tf.Tensor4D, skips: Skips, parameters: ParameterSource): tf.Tensor4D;
}

export function createDecoder(
  { value, decoder: width }: MemoryWidths,
  [r2, r3]: readonly [number, number, ...number[]],
): MemoryDecoder {
  const shapes = new Map<string, number[]>();
  const declare = (name: string, input: number, output: number) => {
    shapes.set(`Decoder.${name}.weight`, [3, 3, input, output]).set(`Decoder.${name}.bias`, [output]);
  };
  const declareBlock = (name: string) => {
    for (const layer of ['conv1', 'conv2']) declare(`${name}.${layer}`, width, width);
  };
  declare('convFM', 2 * value, width);
  declareBlock('ResMM');
  for (const [name, channels] of [
    ['RF3', r3],
    ['RF2', r2],
  ] as const) {
    declare(`${name}.convFS`, channels, width);
    declareBlock(`${name}.ResFS`);
    declareBlock(`${name}.ResMM`);
  }
  declare('pred2', width, 2);
  const skip = (x: tf.Tensor4D, parameters: ParameterSource, name: string) =>
    residual(convolve(x, parameters, `Decoder.${name}.convFS`), parameters, `Decoder.${name}.ResFS`);
  return {
    shapes,
    skips: (maps, parameters) => ({
      s3: skip(maps.r3, parameters, 'RF3'),
      s2: skip(maps.r2, parameters, 'RF2'),
    }),
    run(x, { s3, s2 }, parameters) {
      const refine = (coarse: tf.Tensor4D, fine: tf.Tensor4D, name: string) =>
        residual(tf.add(fine, enlarge(coarse, 2)), parameters, `Decoder.${name}.ResMM`);
      const m4 = residual(convolve(x, parameters, 'Decoder.convFM'), parameters, 'Decoder.ResMM');
      const m2 = refine(refine(m4, s3, 'RF3'), s2, 'RF2');
      return convolve(tf.relu(m2), parameters, 'Decoder.pred2');
    },
  };
}

/** x + conv2(relu(conv1(relu(x)))): what is added to is not rectified. */
function residual(x: tf.Tensor4D, parameters: ParameterSource, name: string): tf.Tensor4D {
  const inner = convolve(tf.relu(x), parameters, `${name}.conv1`, { relu: true });
  return convolve(inner, parameters, `${name}.conv2`, { residual: x });
}

/** Bilinear, cells by their centres. */
export function enlarge(x: tf.Tensor4D, factor: number): tf.Tensor4D {
  return tf.image.resizeBilinear(x, [factor * x.shape[1], factor * x.shape[2]], false, true);
}
