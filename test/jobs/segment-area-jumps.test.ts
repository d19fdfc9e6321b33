import { expect } from 'chai';
import { describeAreaJumps } from '../../src/jobs/segment-area-jumps.js';

function figures(areas: number[][]) {
  return areas.map((list, i) => ({ name: String(i), areas: list, confidence: list.map(() => null) }));
}

describe('jumps of area', () => {
  it('are growth and shrinking by more than a factor of two, and leaving and entering', () => {
    const frames = figures([[100], [200], [401], [200], [0], [0], [50]]);
    expect(describeAreaJumps(frames, [1])).to.deep.equal([
      'object 1 grows or shrinks by more than a factor of 2 at frame 2, 3, 4, 6: look there',
    ]);
  });

  it('are told for each object by itself', () => {
    const frames = figures([
      [100, 10],
      [100, 90],
    ]);
    expect(describeAreaJumps(frames, [3, 7])).to.deep.equal([
      'object 7 grows or shrinks by more than a factor of 2 at frame 1: look there',
    ]);
  });

  it('are counted where there are many', () => {
    const frames = figures(Array.from({ length: 9 }, (_, i) => [i % 2 === 0 ? 1 : 100]));
    expect(describeAreaJumps(frames, [1])[0]).to.contain('at frame 1, 2, 3, 4, 5 and 3 more:');
  });
});
