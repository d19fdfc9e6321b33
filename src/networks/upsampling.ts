import * as tf from '@tensorflow/tfjs';
import type { CropRule } from './crop-rules.js';

/**
 * First cell of the full output, of length (n + 1)·f, that belongs to the picture.
 * `fixed` (Caffe) is geometrically right; `center` (PyTorch, TensorFlow ports) equals it at multiples of 16.
 */
export function cropOffset(rule: CropRule, cells: number, factor: number, size: number): number {
  return rule === 'fixed' ? factor / 2 : Math.floor(((cells + 1) * factor - size) / 2);
}

/**
 * Transposed convolution with the fixed bilinear kernel of length 2f and stride f, cropped to `size`, as a matrix
 * `[size, cells]`: A[t, i] = max(0, 1 − |t + offset − (i·f + f − 0.5)|/f). Values fade to zero at the border as
 * they do in the released networks.
 */
export function bilinearMatrix(cells: number, factor: number, size: number, rule: CropRule): Float32Array {
  const offset = cropOffset(rule, cells, factor, size);
  const matrix = new Float32Array(size * cells);
  for (let t = 0; t < size; t++) {
    for (let i = 0; i < cells; i++) {
      matrix[t * cells + i] = Math.max(0, 1 - Math.abs(t + offset - (i * factor + factor - 0.5)) / factor);
    }
  }
  return matrix;
}

/** Brings single-channel maps to the picture's size. Keeps its matrices until `dispose`. */
export class Upsampling {
  private readonly matrices = new Map<string, tf.Tensor2D>();

  constructor(readonly rule: CropRule) {}

  /**
   * @param x `[N, h, w, 1]` at stride `factor`
   * @returns `[N, height, width]`
   */
  run(x: tf.Tensor4D, factor: number, height: number, width: number): tf.Tensor3D {
    const [n, h, w] = x.shape;
    const rows = this.matrix(h, factor, height);
    const columns = this.matrix(w, factor, width);
    // A_y · X · A_xᵀ: exact, and cheap for one channel on every engine
    const wide = tf.matMul(tf.reshape(x, [n * h, w]), columns, false, true);
    if (n === 1) return tf.reshape(tf.matMul(rows, tf.reshape(wide, [h, width])), [1, height, width]);
    const tall = tf.matMul(
      rows,
      tf.reshape(tf.transpose(tf.reshape(wide, [n, h, width]), [1, 0, 2]), [h, n * width]),
    );
    return tf.transpose(tf.reshape(tall, [height, n, width]), [1, 0, 2]);
  }

  private matrix(cells: number, factor: number, size: number): tf.Tensor2D {
    const key = `${cells}-${factor}-${size}`;
    let matrix = this.matrices.get(key);
    if (!matrix) {
      matrix = tf.keep(tf.tensor2d(bilinearMatrix(cells, factor, size, this.rule), [size, cells]));
      this.matrices.set(key, matrix);
    }
    return matrix;
  }

  dispose(): void {
    for (const matrix of this.matrices.values()) matrix.dispose();
    this.matrices.clear();
  }
}
