import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { engineNames } from '../../../src/engine/engine.js';
import {
  biasedConvolution,
  type BiasedConvolutionOptions,
} from '../../../src/engine/kernels/biased-convolution.js';
import { registerKernels } from '../../../src/engine/kernels/register.js';
import { dot, numbers, startOrSkip } from './engines.js';

type Shape = [number, number, number, number];
type Options = Omit<BiasedConvolutionOptions, 'residual'> & { residual?: boolean };

for (const engine of engineNames) {
  describe(`kernels of our own on ${engine}`, () => {
    before(async function () {
      await startOrSkip(this, engine);
    });
    beforeEach(() => tf.engine().startScope());
    afterEach(() => tf.engine().endScope());

    it('lets a ReLU pass the gradient only where its output is above zero', async () => {
      const x = tf.tensor1d([-2, -0, 0, 1e-30, 3, -1e30]);
      const dx = tf.grad((z) => tf.relu(z))(x, tf.tensor1d([1, 2, 3, 4, 5, 6]));
      expect([...(await dx.data())]).to.deep.equal([0, 0, 0, 4, 5, 0]);
    });

    for (const halfPixelCenters of [true, false])
      for (const alignCorners of [false, ...(halfPixelCenters ? [] : [true])])
        for (const [from, to] of [
          [
            [3, 5],
            [7, 11],
          ],
          [
            [4, 4],
            [8, 8],
          ],
          [
            [9, 7],
            [4, 3],
          ],
          [
            [1, 2],
            [3, 8],
          ],
          [
            [5, 6],
            [5, 6],
          ],
        ])
          // prettier-ignore
          it(`has ⟨Rx, y⟩ = ⟨x, R*y⟩ for bilinear ${from.join('×')} → ${to.join('×')}, ${halfPixelCenters ? 'half-pixel centres' : alignCorners ? 'aligned corners' : 'corners'}`, async () => {
            const shape = [2, ...from, 3] as Shape;
            const size = to as [number, number];
            const resize = (z: tf.Tensor) =>
              tf.image.resizeBilinear(z as tf.Tensor4D, size, alignCorners, halfPixelCenters);
            const x = tf.tensor4d(numbers(shape), shape);
            const y = tf.tensor4d(numbers([2, ...to, 3], 1), [2, ...to, 3] as Shape);
            const forward = dot((await resize(x).data()), (await y.data()));
            const backward = dot((await x.data()), (await tf.grad(resize)(x, y).data()));
            expect(backward).to.be.closeTo(forward, 1e-4);
          });

    it('gives the gradient of a half-pixel resize from 2 to 4 cells as it stands in its matrix', async () => {
      // rows of the matrix: (1, 0), (3/4, 1/4), (1/4, 3/4), (0, 1)
      const x = tf.tensor4d([1, 2], [1, 1, 2, 1]);
      const dy = tf.tensor4d([1, 10, 100, 1000], [1, 1, 4, 1]);
      const resize = (z: tf.Tensor) => tf.image.resizeBilinear(z as tf.Tensor4D, [1, 4], false, true);
      expect([...(await tf.grad(resize)(x, dy).data())]).to.deep.equal([33.5, 1077.5]);
    });

    for (const [what, options, size] of [
      ['bias alone', {}, 1],
      ['ReLU', { relu: true, padding: 1 }, 3],
      ['stride 2 and residual', { stride: 2, padding: 1, residual: true }, 3],
      ['stride 2, residual and ReLU', { stride: 2, padding: 3, residual: true, relu: true }, 7],
    ] as [string, Options, number][])
      it(`joins convolution, bias and what follows: ${what}`, async () => {
        const { stride = 1, padding = 0, relu = false, residual = false } = options;
        const x = tf.tensor4d(numbers([2, 8, 7, 3]), [2, 8, 7, 3]);
        const filter = tf.tensor4d(numbers([size, size, 3, 4], 1), [size, size, 3, 4]);
        const bias = tf.tensor1d([0.5, -0.5, 0.1, 0]);
        const apart = (a: tf.Tensor, w: tf.Tensor, b: tf.Tensor, r?: tf.Tensor): tf.Tensor => {
          const padded = tf.pad(a, [[0, 0], [padding, padding], [padding, padding], [0, 0]]); // prettier-ignore
          let y: tf.Tensor = tf.add(tf.conv2d(padded as tf.Tensor4D, w as tf.Tensor4D, stride, 'valid'), b);
          if (r) y = tf.add(y, r);
          return relu ? tf.mul(y, tf.cast(tf.greater(y, 0), 'float32')) : y;
        };
        const joined = (a: tf.Tensor, w: tf.Tensor, b: tf.Tensor, r?: tf.Tensor): tf.Tensor =>
          biasedConvolution(a as tf.Tensor4D, w as tf.Tensor4D, b as tf.Tensor1D, { stride, padding, relu, residual: r as tf.Tensor4D }); // prettier-ignore
        const plain = apart(x, filter, bias);
        const shape = plain.shape;
        const inputs = [x, filter, bias, ...(residual ? [tf.tensor(numbers(shape, 3), shape)] : [])];
        const [a, w, b, r] = inputs;
        const expected = apart(a, w, b, r);
        await expectNear(joined(a, w, b, r), expected);
        const dy = tf.tensor(numbers(shape, 4), shape);
        const mask = relu ? tf.cast(tf.greater(expected, 0), 'float32') : tf.onesLike(expected);
        const gradients = tf.grads(joined)(inputs, dy);
        // the parts after the convolution by hand, the convolution by the library
        const dz = tf.mul(dy, mask);
        const linear = (z: tf.Tensor, f: tf.Tensor) => {
          const padded = tf.pad(z, [[0, 0], [padding, padding], [padding, padding], [0, 0]]); // prettier-ignore
          return tf.conv2d(padded as tf.Tensor4D, f as tf.Tensor4D, stride, 'valid');
        };
        const [dx, dw] = tf.grads(linear)([x, filter], dz);
        const wanted = [dx, dw, tf.sum(dz, [0, 1, 2]), ...(residual ? [dz] : [])];
        expect(gradients).to.have.length(wanted.length);
        for (const [i, gradient] of gradients.entries()) await expectNear(gradient, wanted[i]);
      });

    it('leaves a frozen convolution out of the backward pass', async () => {
      const shape: Shape = [1, 4, 4, 2];
      const x = tf.tensor4d(numbers(shape), shape);
      const filter = tf.tensor4d(numbers([3, 3, 2, 2]), [3, 3, 2, 2]);
      const bias = tf.variable(tf.zeros([2]));
      const { grads } = tf.variableGrads(
        () => tf.sum(biasedConvolution(x, filter, bias as tf.Tensor1D)),
        [bias],
      );
      expect([...(await grads[bias.name].data())]).to.deep.equal([4, 4]);
      bias.dispose();
    });

    for (const [transposeA, transposeB] of [
      [true, false],
      [false, true],
      [true, true],
    ])
      // prettier-ignore
      it(`multiplies matrices by hand's numbers with flags ${transposeA}, ${transposeB}`, async () => {
        const [a, b] = [tf.tensor2d([[1, 2, 3], [4, 5, 6]]), tf.tensor2d([[7, 8], [9, 10], [11, 12]])]; // prettier-ignore
        const [left, right] = [transposeA ? tf.transpose(a) : a, transposeB ? tf.transpose(b) : b];
        expect((await tf.matMul(left, right, transposeA, transposeB).array())).to.deep.equal([[58, 64], [139, 154]]); // prettier-ignore
      });

    it('multiplies stacks of matrices with a flag', async () => {
      const a = tf.tensor3d([[[1, 2]], [[3, 4]]]);
      const b = tf.tensor3d([[[5, 6]], [[7, 8]]]);
      expect((await tf.matMul(a, b, true).array())).to.deep.equal([[[5, 6], [10, 12]], [[21, 24], [28, 32]]]); // prettier-ignore
      expect(await tf.matMul(a, b, false, true).array()).to.deep.equal([[[17]], [[53]]]);
    });

    it('sums the gradient of gathered rows', async () => {
      const x = tf.tensor2d([[1, 2], [3, 4], [5, 6]]); // prettier-ignore
      const gather = (z: tf.Tensor) => tf.gather(z, tf.tensor1d([2, 0, 2], 'int32'));
      const dx = tf.grad(gather)(x, tf.tensor2d([[1, 10], [2, 20], [4, 40]])); // prettier-ignore
      expect((await dx.array())).to.deep.equal([[2, 20], [0, 0], [5, 50]]); // prettier-ignore
    });

    it('can be registered again without a change', () => {
      const kernel = tf.getKernel('Conv2DBackpropInput', engine).kernelFunc;
      registerKernels(engine);
      expect(tf.getKernel('Conv2DBackpropInput', engine).kernelFunc).to.equal(kernel);
    });
  });
}

async function expectNear(actual: tf.Tensor, expected: tf.Tensor): Promise<void> {
  expect(actual.shape).to.deep.equal(expected.shape);
  const [a, b] = [await actual.data(), await expected.data()];
  b.forEach((value, i) => expect(a[i], `number ${i}`).to.be.closeTo(value, 5e-5));
}
