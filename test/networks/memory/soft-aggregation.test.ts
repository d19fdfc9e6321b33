import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { engineNames } from '../../../src/engine/engine.js';
import { tidyAsync } from '../../../src/engine/tensors.js';
import { aggregate } from '../../../src/networks/memory/soft-aggregation.js';
import { startOrSkip } from '../../engine/kernels/engines.js';

/** Single precision, of probabilities. */
const TOLERANCE = 1e-6;

// probabilities of objects alone → of background and objects; golden values in double precision, by an independent program
const golden: [alone: number[], together: number[]][] = [
  [[0.8], [0.0588235294, 0.9411764706]],
  [[0.3], [0.8448275862, 0.1551724138]],
  [[0.5], [0.5, 0.5]],
  [[0.9, 0.2], [0.0093131548, 0.963911525, 0.0267753201]],
  [[0.6, 0.6], [0.0597014925, 0.4701492537, 0.4701492537]],
  [[0.4, 0.4], [0.2967032967, 0.3516483516, 0.3516483516]],
  [[1, 1], [1e-14, 0.5, 0.5]],
  [[0.7, 0.2, 0.1], [0.0927657950, 0.7856461157, 0.0841763695, 0.0374117198]],
  [[0.5, 0.5, 0.5], [0.0454545455, 0.3181818182, 0.3181818182, 0.3181818182]],
  [[0.99, 0.98, 0.01], [0.0000013380, 0.6688723733, 0.3310580434, 0.0000682453]],
]; // prettier-ignore

/** With ten objects, of which those that are not there have the least probability: how the release counts. */
const goldenOfTen: [alone: number[], background: number][] = [
  [[0.8], 0.058823517],
  [[0.3], 0.8448273109],
  [[0.5], 0.499999775],
  [[0.9, 0.2], 0.009313154],
  [[0.6, 0.6], 0.0597014776],
  [[0.4, 0.4], 0.2967031715],
  [[0.7, 0.2, 0.1], 0.0927657731],
  [[0.5, 0.5, 0.5], 0.0454545354],
];

const logOdds = (p: number) => Math.log(p / (1 - p));

/** Probabilities of background and objects. */
async function together(alone: number[]): Promise<number[]> {
  return tidyAsync(async () => [
    ...(await tf.softmax(aggregate(tf.tensor2d([alone.map(logOdds)])), -1).data()),
  ]);
}

for (const engine of engineNames) {
  describe(`soft aggregation on ${engine}`, () => {
    before(async function () {
      await startOrSkip(this, engine);
    });

    for (const [alone, wanted] of golden) {
      it(`agrees with the golden table: ${alone.join(', ')}`, async () => {
        (await together(alone)).forEach((p, k) => expect(p, `${k}`).to.be.closeTo(wanted[k], TOLERANCE));
      });
    }

    it('agrees with the golden table where objects that are not there are counted', async () => {
      for (const [alone, background] of goldenOfTen) {
        const ten = [...alone, ...Array<number>(10 - alone.length).fill(0)];
        expect((await together(ten))[0], alone.join(', ')).to.be.closeTo(background, TOLERANCE);
      }
    });

    it('keeps what is small relative to it: background where objects are sure', async () => {
      // (1 − .99)(1 − .98)(1 − .01) over the sum of all odds
      expect((await together([0.99, 0.98, 0.01]))[0] / 1.338e-6).to.be.closeTo(1, 1e-3);
      expect((await together([1, 1]))[0]).to.be.within(1e-15, 1e-13);
    });

    it('gives one object σ(2d) for the log-odds d', async () => {
      const p = await tidyAsync(async () => [
        ...(await tf.softmax(aggregate(tf.tensor2d([[1.3], [-0.4], [7]])), -1).data()),
      ]);
      expect(1 / (1 + Math.exp(-2.6))).to.be.closeTo(0.9308615797, 1e-9);
      [2.6, -0.8, 14].forEach((d, i) =>
        expect(p[2 * i + 1]).to.be.closeTo(1 / (1 + Math.exp(-d)), TOLERANCE),
      );
    });

    it('swaps its outputs where objects are swapped', async () => {
      const [b0, ...objects] = await together([0.9, 0.2, 0.45]);
      const [b1, ...swapped] = await together([0.2, 0.9, 0.45]);
      expect(b1).to.be.closeTo(b0, 1e-8);
      [1, 0, 2].forEach((other, i) => expect(swapped[i]).to.be.closeTo(objects[other], TOLERANCE));
    });

    it('is sure of the background where no object is, and finite for any log-odds', async () => {
      const far = [Infinity, 200, -200, -Infinity];
      for (const a of far) {
        for (const b of far) {
          const p = await tidyAsync(async () => [
            ...(await tf.softmax(aggregate(tf.tensor2d([[a, b]])), -1).data()),
          ]);
          expect(
            p.reduce((x, y) => x + y),
            `${a}, ${b}: ${p.join(' ')}`,
          ).to.be.closeTo(1, TOLERANCE);
          if (a < 0 && b < 0) expect(p[0]).to.be.closeTo(1, TOLERANCE);
        }
      }
    });

    it('has the gradient that differences say', async () => {
      const start = [0.7, -1.2, 0.3];
      const weights = [0.2, -1, 0.5, 2];
      const loss = (logits: tf.Tensor) => tf.sum(tf.mul(tf.logSoftmax(aggregate(logits), -1), weights));
      const found = await tidyAsync(async () => [...(await tf.grad(loss)(tf.tensor1d(start)).data())]);
      // in double precision, by the formula as the papers give it
      const exact = (logits: number[]) => {
        const alone = logits.map((d) => 1 / (1 + Math.exp(-d)));
        const e = [alone.reduce((product, p) => product * (1 - p), 1), ...alone];
        const odds = e.map((p) => p / (1 - p));
        const sum = odds.reduce((x, y) => x + y);
        return odds.reduce((total, o, k) => total + weights[k] * Math.log(o / sum), 0);
      };
      start.forEach((_, i) => {
        const moved = (by: number) => exact(start.map((d, k) => (k === i ? d + by : d)));
        expect(found[i]).to.be.closeTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 1e-5);
      });
    });
  });
}
