import { expect } from 'chai';
import { passIndices, planPasses, stretches } from '../../src/jobs/segment-passes.js';

describe('the order of frames', () => {
  it('is the clip’s for methods that see each frame alone', () => {
    const passes = planPasses({ family: 'online', annotations: 'all-before-start' }, [4], 2, 9);
    expect(passes).to.deep.equal([{ learn: [4], from: 2, to: 9 }]);
  });

  it('goes forwards and backwards from the annotation for methods that remember', () => {
    const passes = planPasses({ family: 'offline', annotations: 'all-before-start' }, [4], 2, 6);
    expect(passes.map(passIndices)).to.deep.equal([
      [4, 5, 6],
      [3, 2],
    ]);
  });

  it('gives each frame to the nearer annotation, the earlier one where both are equally far', () => {
    const passes = planPasses({ family: 'offline', annotations: 'as-they-come' }, [1, 5, 8], 0, 9);
    expect(passes.map((pass) => [pass.learn, passIndices(pass)])).to.deep.equal([
      [[1], [1, 2, 3]],
      [[1], [0]],
      [[5], [5, 6]],
      [[5], [4]],
      [[8], [8, 9]],
      [[8], [7]],
    ]);
  });

  it('has no backward pass where nothing lies before the first annotation', () => {
    const passes = planPasses({ family: 'offline', annotations: 'all-before-start' }, [0], 0, 3);
    expect(passes.map(passIndices)).to.deep.equal([[0, 1, 2, 3]]);
  });

  it('reads what is missing in stretches', () => {
    expect(stretches([0, 1, 2, 5, 7, 8])).to.deep.equal([
      [0, 2],
      [5, 5],
      [7, 8],
    ]);
    expect(stretches([])).to.deep.equal([]);
  });
});
