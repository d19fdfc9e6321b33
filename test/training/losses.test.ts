import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { VOID } from '../../src/label-map.js';
import type { LossForm } from '../../src/training/loss-forms.js';
import { balancedWeights, weightedCrossEntropy } from '../../src/training/losses.js';

const LOGITS = [2, -1, 0.5, -3, 0, 1.5];

/** Loss and gradient of logits of any shape flattened. */
function evaluate(logits: number[], labels: number[], form: LossForm): { loss: number; gradient: number[] } {
  return tf.tidy(() => {
    const y = tf.tensor1d(labels.map((label) => (label === 1 ? 1 : 0)));
    const w = tf.tensor1d(balancedWeights(Uint8Array.from(labels), form));
    const { value, grad } = tf.valueAndGrad((z) => weightedCrossEntropy(z, y, w))(tf.tensor1d(logits));
    return { loss: value.dataSync()[0], gradient: Array.from(grad.dataSync()) };
  });
}

function expectClose(got: number[], want: number[]) {
  got.forEach((value, i) => expect(value).to.be.closeTo(want[i], 1e-6));
}

describe('training/losses', () => {
  before(() => tf.setBackend('cpu'));

  // golden values in double precision, derived by hand and by an independent program
  const golden: [name: string, labels: number[], loss: number, gradient: number[]][] = [
    ['three objects pixels', [1, 0, 1, 0, 0, 1], 0.9287072464, [-0.059601461, 0.1344707107, -0.1887703344, 0.0237129366, 0.25, -0.0912127619]],
    ['two object pixels', [1, 0, 0, 0, 0, 1], 0.8952519273, [-0.0794686147, 0.0896471405, 0.2074864437, 0.0158086244, 0.1666666667, -0.1216170159]],
    ['a void pixel', [1, 0, 0, 0, VOID, 1], 0.7313751827, [-0.0715217532, 0.1075765685, 0.2489837325, 0.0189703493, 0, -0.1094553143]],
  ]; // prettier-ignore
  for (const [name, labels, loss, gradient] of golden) {
    it(`agrees with the golden sum and gradient: ${name}`, () => {
      const got = evaluate(LOGITS, labels, 'sum');
      expect(got.loss).to.be.closeTo(loss, 1e-6);
      expectClose(got.gradient, gradient);
    });
  }

  it('stays finite for huge logits, and gives half the weight at exactly zero', () => {
    const { loss, gradient } = evaluate([100, -100, 30, -88, 50, 0], [1, 0, 0, 0, 0, 1], 'sum');
    expect(loss).to.be.closeTo(27.128764787, 1e-5);
    expectClose(gradient, [0, 0, 1 / 3, 0, 1 / 3, -1 / 3]);
  });

  it('is zero, with zero gradient, without object pixels', () => {
    for (const form of ['sum', 'mean', 'balanced'] as const) {
      const { loss, gradient } = evaluate(LOGITS, [0, 0, 0, 0, 0, 0], form);
      expect(loss).to.equal(0);
      expect(gradient.every((value) => value === 0)).to.equal(true);
    }
  });

  it('is ln 2 in its balanced form for untrained logits, however small the object', () => {
    expect(evaluate([0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0], 'balanced').loss).to.be.closeTo(Math.LN2, 1e-6);
  });

  it('is 2PN/T · ln 2 in its summed form for untrained logits, and a T-th of that in its mean form', () => {
    const want = ((2 * 2 * 4) / 6) * Math.LN2;
    expect(evaluate([0, 0, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0], 'sum').loss).to.be.closeTo(want, 1e-6);
    expect(evaluate([0, 0, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0], 'mean').loss).to.be.closeTo(want / 6, 1e-6);
  });
});
