import { expect } from 'chai';
import type { LabelMap } from '../../src/label-map.js';
import { objectCount, protocolOf, scoredFrames, scoreFrame } from '../../src/scores/protocols.js';

const labels = (...data: number[]): LabelMap => ({
  width: data.length,
  height: 1,
  data: Uint8Array.from(data),
});

describe('protocols', () => {
  it('leave out the first and the last frame', () => {
    expect(scoredFrames(['a', 'b', 'c', 'd'])).to.deep.equal(['b', 'c']);
    expect(scoredFrames(['a', 'b'])).to.deep.equal([]);
  });

  it('are told apart by black and white annotations', () => {
    expect(protocolOf([labels(0, 255), labels(255, 0)])).to.equal('davis-2016');
    expect(protocolOf([labels(0, 1)])).to.equal('davis-2017');
    expect(protocolOf([labels(0, 1, 255)])).to.equal('davis-2017');
    expect(protocolOf([labels(0, 255), labels(0, 2)])).to.equal('davis-2017');
  });

  it('count one object in 2016, and up to the largest id but void in 2017', () => {
    expect(objectCount('davis-2016', labels(0, 255))).to.equal(1);
    expect(objectCount('davis-2017', labels(0, 1, 3, 255))).to.equal(3);
    expect(objectCount('davis-2017', labels(0, 255))).to.equal(0);
  });

  it('take all but 0 as the object in 2016', () => {
    const [score, ...more] = scoreFrame('davis-2016', labels(0, 1, 7, 255), labels(0, 255, 255, 0), [1]);
    expect(score.J).to.be.closeTo(2 / 3, 1e-12);
    expect(more).to.be.empty;
  });

  it('score each object by its id in 2017, void as background, missing objects as empty', () => {
    const truth = labels(1, 1, 2, 2, 255, 0);
    const prediction = labels(1, 2, 2, 2, 1, 0);
    const scores = scoreFrame('davis-2017', prediction, truth, [1, 2, 3]).map(({ J }) => J);
    // object 1: one pixel of {0, 1} ∪ {0, 4}; object 2: two of three; object 3 is nowhere
    expect(scores).to.deep.equal([1 / 3, 2 / 3, 1]);
  });
});
