import * as tf from '@tensorflow/tfjs';
import { addKernel, replaceKernel } from './replace-kernel.js';

/** Products of matrices on the `wasm` engine: its transpose flags take a naive path, four times slower than to transpose first. */
export function repairWasmProducts(): void {
  replaceKernel('BatchMatMul', 'wasm', (original) => (parameters) => {
    const { a, b } = parameters.inputs as { a: tf.Tensor; b: tf.Tensor };
    const { transposeA, transposeB } = parameters.attrs as { transposeA: boolean; transposeB: boolean };
    if (!transposeA && !transposeB) return original(parameters);
    return tf.tidy(() => {
      const inputs = { a: transposeA ? swapLastTwo(a) : a, b: transposeB ? swapLastTwo(b) : b };
      return tf.engine().runKernel('BatchMatMul', inputs, { transposeA: false, transposeB: false });
    });
  });

  // the gradient of gather
  addKernel('UnsortedSegmentSum', 'wasm', ({ inputs, attrs }) => {
    const { x, segmentIds } = inputs as { x: tf.Tensor; segmentIds: tf.Tensor1D };
    const { numSegments } = attrs as { numSegments: number };
    const [rows, ...rest] = x.shape;
    const size = x.size / rows;
    const values = x.dataSync();
    const sums = new Float32Array(numSegments * size);
    segmentIds.dataSync().forEach((segment, row) => {
      if (segment < 0 || segment >= numSegments) return; // as TensorFlow does
      for (let i = 0; i < size; i++) sums[segment * size + i] += values[row * size + i];
    });
    return tf.tensor(sums, [numSegments, ...rest], x.dtype);
  });
}

function swapLastTwo(x: tf.Tensor): tf.Tensor {
  const order = x.shape.map((_, index) => index);
  return tf.transpose(x, [...order.slice(0, -2), order.length - 1, order.length - 2]);
}
