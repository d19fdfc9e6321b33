import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { withGiven } from '../../../src/methods/stm/given-odds.js';

describe('methods/stm/given-odds', () => {
  before(() => tf.setBackend('cpu'));
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  /** Probabilities of background and objects in each pixel of a row. */
  function probabilities(
    odds: number[][],
    found: number[],
    ids: number[],
    given: number[],
    labels: number[],
  ): number[][] {
    const before = tf.tensor4d([[odds]]);
    const after = withGiven(before, found, ids, given, Uint8Array.from(labels));
    expect(after.shape).to.deep.equal([1, 1, labels.length, 1 + ids.length]);
    return tf.softmax(after, -1).arraySync()[0][0];
  }

  it('puts given objects where they were given and nowhere else, and leaves the rest as it was found', () => {
    // object 2 was found with even odds everywhere; 5 and 7 are given, 7 in no pixel
    const [taken, free, other] = probabilities([[0, 0], [0, 0], [1, 3]], [2], [2, 5, 7], [5, 7], [5, 0, 2]); // prettier-ignore
    [0, 0, 1, 0].forEach((p, i) => expect(taken[i]).to.be.closeTo(p, 1e-6));
    [0.5, 0.5, 0, 0].forEach((p, i) => expect(free[i]).to.be.closeTo(p, 1e-6));
    // a label that was not given has no say: σ(3 − 1)
    [1 - 0.880797, 0.880797, 0, 0].forEach((p, i) => expect(other[i]).to.be.closeTo(p, 1e-5));
  });

  it('takes all pixels from all others where every object was given', () => {
    const [first, second] = probabilities([[4], [4]], [], [3, 9], [9, 3], [9, 3]);
    [0, 0, 1].forEach((p, i) => expect(first[i]).to.be.closeTo(p, 1e-6));
    [0, 1, 0].forEach((p, i) => expect(second[i]).to.be.closeTo(p, 1e-6));
  });
});
