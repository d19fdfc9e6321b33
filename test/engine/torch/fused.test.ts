import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { biasedConvolution } from '../../../src/engine/kernels/biased-convolution.js';
import { bootstrappedCrossEntropyKernel } from '../../../src/engine/kernels/bootstrapped-cross-entropy.js';
import { weightedCrossEntropyKernel } from '../../../src/engine/kernels/weighted-cross-entropy.js';
import type { Addon } from '../../../src/engine/torch/addon.js';
import { addonOrSkip, both, expectSame, given, relativeError } from './against-cpu.js';

const TOLERANCE = 2e-5;
/** bfloat16 has 8 bits of precision: each number is off by 0.2 % at most, a sum of many by about as much. */
const BF16_ERROR = 0.01;

/** `[height, width, in, out, filter, stride, with residual, with ReLU]`. */
const cases: [number, number, number, number, number, number, boolean, boolean][] = [
  [9, 13, 3, 16, 3, 1, false, true],
  [8, 11, 16, 16, 3, 1, true, true],
  [15, 9, 3, 8, 7, 2, false, true],
  [11, 7, 16, 32, 1, 2, false, false],
  [7, 10, 19, 5, 1, 1, true, false],
  [12, 12, 8, 1, 3, 1, false, false],
  [5, 6, 1, 8, 3, 1, false, true],
];

describe('engine torch, fused kernels', () => {
  let addon: Addon;
  before(function () {
    addon = addonOrSkip(this);
  });

  for (const [height, width, input, output, size, stride, withResidual, relu] of cases) {
    const name =
      `${size}×${size} convolution of ${input} → ${output} channels, stride ${stride}` +
      `${withResidual ? ', residual' : ''}${relu ? ', ReLU' : ''}`;
    const [h, w] = [Math.ceil(height / stride), Math.ceil(width / stride)];
    const inputs = [
      given([2, height, width, input]),
      given([size, size, input, output], 1),
      given([output], 2),
      given([2, h, w, output], 3),
    ];
    const apply = (x: tf.Tensor, filter: tf.Tensor, bias: tf.Tensor, residual: tf.Tensor) =>
      biasedConvolution(x as tf.Tensor4D, filter as tf.Tensor4D, bias as tf.Tensor1D, {
        ...{ stride, padding: (size - 1) / 2, relu },
        residual: withResidual ? (residual as tf.Tensor4D) : undefined,
      });
    const operation = (...tensors: tf.Tensor[]) => {
      const [x, filter, bias, residual, dy] = tensors;
      const learnt = withResidual ? [x, filter, bias, residual] : [x, filter, bias];
      const gradients = tf.grads((...args: tf.Tensor[]) => apply(args[0], args[1], args[2], args[3]))(
        learnt,
        dy,
      );
      return [apply(x, filter, bias, residual), ...gradients];
    };
    const all = [...inputs, given([2, h, w, output], 4)];

    it(`${name}: as on cpu`, async () => {
      for (const ownLoops of [true, false]) {
        const { torch, cpu } = await both(operation, all, { addon, ownLoops });
        expectSame(torch, cpu, TOLERANCE);
      }
    });

    it(`${name}: within ${BF16_ERROR * 100} % in bf16`, async () => {
      // a number near zero may fall on the other side of a ReLU, which moves a whole gradient: looked at without
      const plain = (
        x: tf.Tensor,
        filter: tf.Tensor,
        bias: tf.Tensor,
        residual: tf.Tensor,
        dy: tf.Tensor,
      ) => {
        const linear = (...args: tf.Tensor[]) =>
          biasedConvolution(args[0] as tf.Tensor4D, args[1] as tf.Tensor4D, args[2] as tf.Tensor1D, {
            ...{ stride, padding: (size - 1) / 2 },
            residual: withResidual ? (args[3] as tf.Tensor4D) : undefined,
          });
        const learnt = withResidual ? [x, filter, bias, residual] : [x, filter, bias];
        return [apply(x, filter, bias, residual), ...tf.grads(linear)(learnt, dy)];
      };
      const { torch, cpu } = await both(plain, all, { addon, precision: 'bf16' });
      torch.forEach(({ data }, part) =>
        expect(relativeError(data, cpu[part].data), `part ${part}`).to.be.below(BF16_ERROR),
      );
    });
  }

  it('weighted cross-entropy and its gradient, also of large logits: as on cpu', async () => {
    const labels = { shape: [6, 50], data: Float32Array.from({ length: 300 }, (_, i) => i % 2) };
    const weights = { shape: [6, 50], data: Float32Array.from({ length: 300 }, (_, i) => (i % 5) / 7) };
    for (const ownLoops of [true, false]) {
      const { torch, cpu } = await both(
        (z, y, w) => {
          const loss = (logits: tf.Tensor) => weightedCrossEntropyKernel(tf.mul(logits, 90), y, w);
          return [loss(z), tf.grad(loss)(z)];
        },
        [given([6, 50]), labels, weights],
        { addon, ownLoops },
      );
      expectSame(torch, cpu, TOLERANCE);
    }
  });

  it('cross-entropy of the hardest pixels and its gradient: as on cpu', async () => {
    for (const [classes, count] of [
      [3, 0],
      [3, 200],
      [2, 1],
      [17, 90],
    ]) {
      const shape = [2, 411, classes];
      const chosen = Float32Array.from({ length: 2 * 411 * classes }, (_, i) =>
        Number(i % classes === (Math.floor(i / classes) * 7) % (classes + 1)),
      );
      for (const ownLoops of [true, false]) {
        const { torch, cpu } = await both(
          (z, y) => {
            const loss = (x: tf.Tensor) =>
              bootstrappedCrossEntropyKernel(tf.mul<tf.Tensor3D>(x, 4), y as tf.Tensor3D, count);
            return [loss(z), tf.grad(loss)(z)];
          },
          [given(shape), { shape, data: chosen }],
          { addon, ownLoops },
        );
        expectSame(torch, cpu, TOLERANCE);
      }
    }
  });

  it('softmax over few and over many classes: as on cpu', async () => {
    for (const classes of [1, 2, 3, 16, 17, 100]) {
      for (const ownLoops of [true, false]) {
        const { torch, cpu } = await both((x) => tf.softmax(tf.mul(x, 30)), [given([3, 67, classes])], {
          ...{ addon, ownLoops },
        });
        expectSame(torch, cpu, TOLERANCE);
      }
    }
  });
});
