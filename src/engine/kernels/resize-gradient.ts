import * as tf from '@tensorflow/tfjs';
import { engineNames } from '../engine.js';
import { runRawOp } from './raw-op.js';
import { addKernel, replaceGradient } from './replace-kernel.js';

/** Kernel of our own: the adjoint of `ResizeBilinear`. */
const RESIZE_ADJOINT = 'ResizeBilinearAdjoint';

/** How cells of the output look for their place in the input. */
export interface ResizeRule {
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

/**
 * The gradient of bilinear resizing. The library's own ignores half-pixel centres on every engine, and swaps height
 * and width on `cpu`.
 */
export function registerResizeGradient(): void {
  for (const engine of engineNames) {
    addKernel(RESIZE_ADJOINT, engine, ({ inputs, attrs, backend }) => {
      const { dy, images } = inputs as { dy: tf.Tensor4D; images: tf.Tensor4D };
      const { alignCorners, halfPixelCenters } = attrs as unknown as ResizeRule;
      if (engine === 'tensorflow') {
        const rule = { align_corners: alignCorners, half_pixel_centers: halfPixelCenters };
        return runRawOp(backend, 'ResizeBilinearGrad', [dy, images], rule);
      }
      return tf.tidy(() => adjoint(dy, images.shape, { alignCorners, halfPixelCenters }));
    });
  }
  replaceGradient({
    kernelName: 'ResizeBilinear',
    inputsToSave: ['images'],
    gradFunc: (dy, [images], attributes) => ({
      images: () => tf.engine().runKernel(RESIZE_ADJOINT, { dy: dy as tf.Tensor, images }, attributes),
    }),
  });
}

/** Resizing is A_y · x · A_xᵀ for each channel, so its adjoint is A_yᵀ · dy · A_x. */
function adjoint(dy: tf.Tensor4D, [, height, width]: number[], rule: ResizeRule): tf.Tensor4D {
  const rows = tf.tensor2d(resizeMatrix(height, dy.shape[1], rule), [height, dy.shape[1]]);
  const columns = tf.tensor2d(resizeMatrix(width, dy.shape[2], rule), [width, dy.shape[2]]);
  return alongAxis(columns, alongAxis(rows, dy, 1), 2);
}

/** `matrix` `[m, n]` times `x`, whose `axis` has n cells and then m. */
function alongAxis(matrix: tf.Tensor2D, x: tf.Tensor4D, axis: 1 | 2): tf.Tensor4D {
  const first = axis === 1 ? [1, 0, 2, 3] : [2, 0, 1, 3];
  const back = axis === 1 ? [1, 0, 2, 3] : [1, 2, 0, 3];
  const turned = tf.transpose(x, first);
  const [n, ...rest] = turned.shape;
  const product = tf.matMul(matrix, tf.reshape<tf.Rank.R2>(turned, [n, x.size / n]));
  return tf.transpose(
    tf.reshape<tf.Rank.R4>(product, [matrix.shape[0], ...rest] as tf.Tensor4D['shape']),
    back,
  );
}

/** Weight of input cell i in output cell o of one axis, transposed: `[input, output]`. */
function resizeMatrix(
  input: number,
  output: number,
  { alignCorners, halfPixelCenters }: ResizeRule,
): Float32Array {
  const matrix = new Float32Array(input * output);
  const scale = alignCorners && output > 1 ? (input - 1) / (output - 1) : input / output;
  for (let o = 0; o < output; o++) {
    const place = halfPixelCenters ? (o + 0.5) * scale - 0.5 : o * scale;
    const inside = Math.min(Math.max(place, 0), input - 1);
    const lower = Math.floor(inside);
    const upper = Math.min(lower + 1, input - 1);
    matrix[lower * output + o] += 1 - (inside - lower);
    matrix[upper * output + o] += inside - lower;
  }
  return matrix;
}
