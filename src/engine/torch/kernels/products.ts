import * as tf from '@tensorflow/tfjs';
import { defineKernel, of } from './kernel.js';

export function defineProducts(): void {
  defineKernel('BatchMatMul', ({ a, b }, { transposeA, transposeB }, backend) => {
    const rows = a.shape[a.shape.length - (transposeA ? 1 : 2)];
    const columns = b.shape[b.shape.length - (transposeB ? 2 : 1)];
    const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const product = backend.addon.product(
      ...of(backend, a),
      ...of(backend, b),
      transposeA as boolean,
      transposeB as boolean,
    );
    return backend.take(product, [...batch, rows, columns], 'float32');
  });
}
