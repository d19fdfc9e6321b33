import { expect } from 'chai';
import { mean, sequenceStatistics } from '../../src/scores/statistics.js';

const BOUND = 1e-9;
const falling = (t: number) => 0.95 - 0.009 * t;
const sawtooth = (t: number) => ((7 * t) % 11) / 10;

/** Values, number of scored frames, mean, recall, decay. */
const golden: [(t: number) => number, number, number, number, number][] = [
  [falling, 3, 0.941, 1, 0.0135],
  [falling, 5, 0.932, 1, 0.027],
  [falling, 6, 0.9275, 1, 0.036],
  [falling, 8, 0.9185, 1, 0.045],
  [falling, 10, 0.9095, 1, 0.063],
  [falling, 38, 0.7835, 1, 0.252],
  [falling, 48, 0.7385, 1, 0.315],
  [falling, 67, 0.653, 0.746268656716, 0.4455],
  [falling, 102, 0.4955, 0.490196078431, 0.684],
  [sawtooth, 10, 0.51, 0.5, -0.133333333333],
  [sawtooth, 48, 0.5, 0.458333333333, -0.046153846154],
];

describe('statistics of a sequence', () => {
  for (const [value, frames, average, recall, decay] of golden) {
    it(`agree with the golden row of ${value.name} values over ${frames} frames`, () => {
      const statistics = sequenceStatistics(Array.from({ length: frames }, (_, t) => value(t)));
      expect(statistics.mean).to.be.closeTo(average, BOUND);
      expect(statistics.recall).to.be.closeTo(recall, BOUND);
      expect(statistics.decay).to.be.closeTo(decay, BOUND);
    });
  }

  it('count a frame as found strictly above one half', () => {
    expect(sequenceStatistics([0.51, 0.5, 0.49, 0.9]).recall).to.equal(0.5);
  });

  it('do not wrap beyond 256 frames, as 8-bit cut points would', () => {
    const values = Array.from({ length: 401 }, (_, t) => (t < 101 ? 1 : t > 299 ? 0.25 : 0.5));
    expect(sequenceStatistics(values).decay).to.be.closeTo(0.75, BOUND);
  });

  it('are undefined without a scored frame', () => {
    expect(sequenceStatistics([])).to.deep.equal({ mean: null, recall: null, decay: null });
    expect(mean([])).to.be.null;
  });

  it('have no decay over a single frame', () => {
    expect(sequenceStatistics([0.7])).to.deep.equal({ mean: 0.7, recall: 1, decay: 0 });
  });
});
