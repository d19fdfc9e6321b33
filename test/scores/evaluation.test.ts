import { expect } from 'chai';
import { scoreObject, scoreSet } from '../../src/scores/evaluation.js';

describe('scores of a set', () => {
  const long = scoreObject([1, 1, 1, 1].map((J) => ({ J, F: 0.5 })));
  const short = scoreObject([{ J: 0.2, F: 0.9 }]);

  it('weigh each object the same, however long its sequence', () => {
    const { global } = scoreSet({ long_1: long, short_1: short });
    expect(global['J-Mean']).to.be.closeTo(0.6, 1e-12);
    expect(global['F-Mean']).to.be.closeTo(0.7, 1e-12);
    expect(global['J&F-Mean']).to.be.closeTo(0.65, 1e-12);
    expect(global['J-Recall']).to.equal(0.5);
    expect(global['F-Recall']).to.equal(0.5);
  });

  it('keep the values of each frame beside their statistics', () => {
    expect(short).to.deep.equal({
      'J&F-Mean': 0.55,
      'J-Mean': 0.2,
      'J-Recall': 0,
      'J-Decay': 0,
      'F-Mean': 0.9,
      'F-Recall': 1,
      'F-Decay': 0,
      J: [0.2],
      F: [0.9],
    });
  });

  it('leave out objects without a scored frame, and are null where there is no other', () => {
    const unscored = scoreObject([]);
    expect(unscored['J&F-Mean']).to.be.null;
    expect(scoreSet({ a_1: short, b_1: unscored }).global['J-Mean']).to.equal(0.2);
    expect(Object.values(scoreSet({ b_1: unscored }).global)).to.deep.equal(Array(7).fill(null));
  });
});
