import { expect } from 'chai';
import { constant, cosine, phases, warmUp } from '../../src/training/schedule.js';

describe('learning-rate schedules', () => {
  it('stay where they are when constant', () => {
    expect([0, 7, 1e6].map(constant(0.3))).to.deep.equal([0.3, 0.3, 0.3]);
  });

  it('fall along half a cosine to the fraction and stay there', () => {
    const schedule = cosine(2, 5, 0.1);
    const expected = [2, 1.7363961, 1.1, 0.4636039, 0.2, 0.2]; // 0.2 + 0.9 · (1 + cos(kπ/4))
    expected.forEach((rate, step) => expect(schedule(step)).to.be.closeTo(rate, 1e-7));
  });

  it('give the full rate to a cosine of one step', () => {
    expect(cosine(2, 1)(0)).to.equal(2);
  });

  it('rise linearly during the warm-up', () => {
    expect([0, 1, 2, 3, 4, 5].map(warmUp(4, constant(8)))).to.deep.equal([2, 4, 6, 8, 8, 8]);
  });

  it('follow each other in phases, the last one without end', () => {
    const schedule = phases({ steps: 2, schedule: constant(1) }, { steps: 2, schedule: (step) => 10 + step });
    expect([0, 1, 2, 3, 4, 9].map(schedule)).to.deep.equal([1, 1, 10, 11, 12, 17]);
  });
});
