import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { bootstrappedCrossEntropy } from '../../src/training/bootstrapped-cross-entropy.js';
import { numbers, startOrSkip } from '../engine/kernels/engines.js';

/** Pixels by the probability 2⁻ⁿ of their class, whose loss is n · ln 2; undefined is void. */
function pixels(pictures: (number | undefined)[][]): { logits: tf.Tensor3D; labels: tf.Tensor3D } {
  const logits = pictures.map((picture) =>
    picture.map((n, i) => {
      const p = 2 ** -(n ?? 9);
      // the class alternates; any constant may be added
      const both = [Math.log(p) + i, Math.log(1 - p) + i];
      return i % 2 === 0 ? both : both.reverse();
    }),
  );
  const labels = pictures.map((picture) =>
    picture.map((n, i) => (n === undefined ? [0, 0] : i % 2 === 0 ? [1, 0] : [0, 1])),
  );
  return { logits: tf.tensor3d(logits), labels: tf.tensor3d(labels) };
}

for (const engine of ['cpu', 'wasm', 'torch'] as const) {
  describe(`training/bootstrapped-cross-entropy on ${engine}`, () => {
    before(async function () {
      await startOrSkip(this, engine);
    });
    beforeEach(() => tf.engine().startScope());
    afterEach(() => tf.engine().endScope());

    const loss = (pictures: (number | undefined)[][], share: number) => {
      const { logits, labels } = pixels(pictures);
      return bootstrappedCrossEntropy(logits, labels, share).dataSync()[0] / Math.LN2;
    };

    it('is the mean over all known pixels where all of them count', () => {
      expect(loss([[1, 2, 3, 4], [1, 2, undefined, 6]], 1)).to.be.closeTo(19 / 7, 1e-5); // prettier-ignore
    });

    it('is the mean over pictures of the mean over their hardest pixels', () => {
      // 4 and 3; 6 and 2, as void has no loss
      expect(loss([[1, 2, 3, 4], [1, 2, undefined, 6]], 0.5)).to.be.closeTo((3.5 + 4) / 2, 1e-5); // prettier-ignore
      expect(loss([[1, 2, 3, 4], [1, 2, undefined, 6]], 0.01)).to.be.closeTo((4 + 6) / 2, 1e-5); // prettier-ignore
    });

    it('lets equal pixels count alike', () => {
      // exactly the same numbers, so that rounding breaks no tie
      const logits = tf.zeros<tf.Rank.R3>([1, 6, 3]);
      const labels = tf.tile(tf.tensor3d([[[0, 1, 0]]]), [1, 6, 1]);
      expect(bootstrappedCrossEntropy(logits, labels, 0.5).dataSync()[0]).to.be.closeTo(Math.log(3), 1e-6);
    });

    it('is zero, and a number, of pictures without known pixels', () => {
      for (const share of [1, 0.5]) {
        expect(loss([[undefined, undefined]], share)).to.equal(0);
        expect(loss([[undefined, undefined], [2, 4]], share)).to.be.closeTo(share === 1 ? 3 : 2, 1e-5); // prettier-ignore
      }
    });

    for (const share of [1, 0.4]) {
      it(`has the gradient (p − y) / n on the pixels that count, and none elsewhere: share ${share}`, () => {
        const shape: [number, number, number] = [2, 5, 3];
        const logits = tf.tensor3d(numbers(shape), shape);
        const classes = [0, 1, 2, 1, -1, 2, 2, 0, -1, 1];
        const labels = tf.reshape<tf.Rank.R3>(tf.oneHot(tf.tensor1d(classes, 'int32'), 3), shape);
        const known = tf.cast(labels, 'float32');
        const f = (x: tf.Tensor3D) => bootstrappedCrossEntropy(x, known, share);
        const gradient = tf
          .grad((x) => f(x as tf.Tensor3D))(logits)
          .dataSync();
        const values = numbers(shape);
        const p = classes.map((_, i) => {
          const e = [0, 1, 2].map((c) => Math.exp(values[3 * i + c]));
          const sum = e[0] + e[1] + e[2];
          return e.map((x) => x / sum);
        });
        const losses = classes.map((c, i) => (c < 0 ? 0 : -Math.log(p[i][c])));
        const weights = classes.map((c, i) => {
          if (c < 0) return 0;
          if (share === 1) return 1 / 8;
          const own = losses.slice(i < 5 ? 0 : 5, i < 5 ? 5 : 10);
          return losses[i] >= own.sort((a, b) => b - a)[1] ? 1 / 4 : 0;
        });
        classes.forEach((own, i) => {
          for (let c = 0; c < 3; c++) {
            const wanted = weights[i] * (p[i][c] - (c === own ? 1 : 0));
            expect(gradient[3 * i + c], `pixel ${i}, class ${c}`).to.be.closeTo(wanted, 1e-5);
          }
        });
      });

      it(`has a gradient that agrees with finite differences: share ${share}`, () => {
        const { labels } = pixels([[1, 3, undefined, 2], [5, 1, 2, 4]]); // prettier-ignore
        const values = numbers([2, 4, 2], 5);
        const at = (x: Float32Array) => bootstrappedCrossEntropy(tf.tensor3d(x, [2, 4, 2]), labels, share);
        const gradient = tf.grad((x) => bootstrappedCrossEntropy(x as tf.Tensor3D, labels, share))(
          tf.tensor3d(values, [2, 4, 2]),
        );
        const step = 1 / 256;
        values.forEach((value, i) => {
          const moved = (by: number) => at(values.map((x, k) => (k === i ? value + by : x))).dataSync()[0];
          expect(gradient.dataSync()[i]).to.be.closeTo((moved(step) - moved(-step)) / (2 * step), 1e-4);
        });
      });
    }
  });
}
