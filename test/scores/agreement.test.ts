import { expect } from 'chai';
import { agreementOf } from '../../src/scores/agreement.js';

const map = (...data: number[]) => ({ width: data.length, height: 1, data: Uint8Array.from(data) });

describe('agreement of two masks', () => {
  it('is the mean J over the objects of either', () => {
    expect(agreementOf(map(1, 1, 0, 0), map(1, 1, 0, 0))).to.equal(1);
    expect(agreementOf(map(1, 1, 0, 2), map(1, 0, 0, 2))).to.equal(0.75);
    expect(agreementOf(map(1, 1, 0, 0), map(0, 0, 3, 0))).to.equal(0);
  });

  it('is none where both are empty', () => expect(agreementOf(map(0, 0), map(0, 255))).to.equal(null));
});
