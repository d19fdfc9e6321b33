import { expect } from 'chai';
import { readPublished, type Published } from '../../src/scores/published.js';

describe('published scores', () => {
  it('are read frame by frame, with recall and decay', () => {
    const { id, objects } = readPublished({
      id: 'x',
      dog: { J: ['0.9', '0.7', '0.5', '0.4'], F: ['0.8', '0.6', '0.6', '0.2'] },
    }) as Published;
    expect(id).to.equal('x');
    expect(objects.dog_1['J-Mean']).to.be.closeTo(0.625, 1e-12);
    expect(objects.dog_1['J-Recall']).to.equal(0.5); // above 0.5, strictly
    expect(objects.dog_1.F).to.deep.equal([0.8, 0.6, 0.6, 0.2]);
  });

  it('are read as means, which tell no more', () => {
    const { objects } = readPublished({ dog_2: { J: '0.5', F: '0.7' } }) as Published;
    expect(objects.dog_2).to.include({
      'J-Mean': 0.5,
      'F-Mean': 0.7,
      'J&F-Mean': 0.6,
      'J-Recall': null,
      'F-Decay': null,
    });
  });

  for (const [what, value, fault] of [
    ['no table', [1, 2], 'no table of sequences'],
    ['an empty one', { id: 'x' }, 'no sequence with J and F'],
    ['lists of two lengths', { dog: { J: ['1'], F: [] } }, 'dog has 1 values of J and 0 of F'],
    ['no numbers', { dog: { J: ['a'], F: ['1'] } }, 'dog has a value that is no number from 0 to 1'],
    ['no scores at all', { dog: null }, 'dog has no values J and F from 0 to 1'],
    ['percents', { dog_1: { J: '79.8', F: '80.6' } }, 'dog_1 has no values J and F from 0 to 1'],
  ] as const) {
    it(`are refused where there are ${what}`, () => expect(readPublished(value)).to.equal(fault));
  }
});
