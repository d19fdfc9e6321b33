import { expect } from 'chai';
import { parentDefaults } from '../../../src/methods/osvos/parent-defaults.js';
import { parentCourses, recipes } from '../../../src/methods/osvos/parent-recipes.js';

describe('recipes of parent training', () => {
  it('go through the phases of the released code', () => {
    // thousands of updates → rate, side weight: solvers of the Caffe release, and of the TensorFlow one
    const table = [
      [0, 1, 1],
      [9.999, 1, 1],
      [10, 0.1, 1],
      [14.999, 0.1, 1],
      [15, 1, 0.5],
      [24.999, 1, 0.5],
      [25, 0.1, 0.5],
      [30, 1, 0],
      [39.999, 1, 0],
      [40, 0.1, 0],
      [50, 0.1, 0],
    ];
    const { rate, sides } = parentCourses.phases;
    expect(table.map(([at]) => [at, rate(at / 50), sides(at / 50)])).to.deep.equal(table);
    const { optimizer, trunkRate, headRate, weightDecay, accumulate, batch, loss, updates } = recipes.paper;
    expect({
      optimizer,
      trunkRate,
      headRate,
      weightDecay,
      pictures: accumulate * batch,
      loss,
      updates,
    }).to.deep.equal(
      { optimizer: 'sgd', trunkRate: 1e-8, headRate: 1e-8, weightDecay: 2e-4, pictures: 10, loss: 'sum', updates: 50_000 }, // prettier-ignore
    );
  });

  it('fall from 1 to 0 with our own', () => {
    expect(recipes.osvos).to.equal(parentDefaults);
    const { rate, sides } = parentCourses.cosine;
    expect([0, 0.5, 1].map((share) => [rate(share), sides(share)])).to.deep.equal([[1, 1], [0.5, 0.5], [0, 0]]); // prettier-ignore
  });
});
