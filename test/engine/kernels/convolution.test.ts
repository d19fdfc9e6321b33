import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { engineNames } from '../../../src/engine/engine.js';
import { tidyAsync } from '../../../src/engine/tensors.js';
import { numbers, startOrSkip } from './engines.js';
import { plainConvolution } from './plain-convolution.js';

type Shape = [number, number, number, number];

/** [what, input, filter, stride, padding, zeros at top and left, output height and width] */
const CASES: [string, Shape, Shape, number, 'same' | 'valid' | number, [number, number], [number, number]][] =
  [
    ['1×1', [2, 5, 6, 3], [1, 1, 3, 4], 1, 'same', [0, 0], [5, 6]],
    ['1×1, stride 2, odd size', [2, 5, 7, 3], [1, 1, 3, 4], 2, 'valid', [0, 0], [3, 4]],
    ['1×1, stride 2, even size', [1, 6, 8, 3], [1, 1, 3, 4], 2, 'same', [0, 0], [3, 4]],
    ['1×1, stride 3', [1, 8, 9, 2], [1, 1, 2, 3], 3, 'valid', [0, 0], [3, 3]],
    ['3×3, same', [2, 5, 6, 3], [3, 3, 3, 4], 1, 'same', [1, 1], [5, 6]],
    ['3×3, valid', [1, 5, 6, 3], [3, 3, 3, 4], 1, 'valid', [0, 0], [3, 4]],
    ['3×3, 1 around', [2, 5, 6, 3], [3, 3, 3, 4], 1, 1, [1, 1], [5, 6]],
    ['3×3, 2 around', [1, 5, 6, 3], [3, 3, 3, 4], 1, 2, [2, 2], [7, 8]],
    [
      '3×3, stride 2, same, even size: zeros only behind',
      [1, 6, 8, 3],
      [3, 3, 3, 4],
      2,
      'same',
      [0, 0],
      [3, 4],
    ],
    ['3×3, stride 2, same, odd size', [2, 5, 7, 3], [3, 3, 3, 4], 2, 'same', [1, 1], [3, 4]],
    ['3×3, stride 2, valid, a row unseen', [1, 6, 8, 2], [3, 3, 2, 3], 2, 'valid', [0, 0], [2, 3]],
    ['3×3, stride 2, 1 around as in PyTorch', [1, 6, 8, 3], [3, 3, 3, 4], 2, 1, [1, 1], [3, 4]],
    ['7×7, stride 2, 3 around as in ResNet', [1, 10, 13, 3], [7, 7, 3, 2], 2, 3, [3, 3], [5, 7]],
    ['7×7, same', [1, 6, 7, 2], [7, 7, 2, 3], 1, 'same', [3, 3], [6, 7]],
    ['3×1', [1, 5, 6, 2], [3, 1, 2, 3], 1, 'same', [1, 0], [5, 6]],
  ];

for (const engine of engineNames) {
  describe(`convolution on ${engine}`, () => {
    before(async function () {
      await startOrSkip(this, engine);
    });

    for (const [what, input, filterShape, stride, padding, [top, left], [height, width]] of CASES) {
      it(`gives output and both gradients of ${what} as the written-out sum does`, async () => {
        const outputShape: Shape = [input[0], height, width, filterShape[3]];
        const dy = numbers(outputShape, 2);
        const x = { shape: input, data: numbers(input) };
        const filter = { shape: filterShape, data: numbers(filterShape, 1) };
        const expected = plainConvolution({ x, filter, stride, top, left, height, width }, dy);
        await tidyAsync(async () => {
          const convolve = (a: tf.Tensor, w: tf.Tensor) =>
            tf.conv2d(a as tf.Tensor4D, w as tf.Tensor4D, stride, padding);
          const inputs = [tf.tensor4d(x.data, input), tf.tensor4d(filter.data, filterShape)];
          const y = convolve(inputs[0], inputs[1]);
          expect(y.shape).to.deep.equal(outputShape);
          const [dx, dw] = tf.grads(convolve)(inputs, tf.tensor4d(dy, outputShape));
          expectNear(await y.data(), expected.y);
          expectNear(await dx.data(), expected.dx);
          expectNear(await dw.data(), expected.dw);
        });
      });
    }
  });
}

/** Single precision against double: a few units of the last place of sums over up to a hundred terms. */
function expectNear(actual: ArrayLike<number>, expected: Float64Array): void {
  expect(actual.length).to.equal(expected.length);
  expected.forEach((value, i) => expect(actual[i], `number ${i}`).to.be.closeTo(value, 3e-5));
}
