/** Goldens worked out by hand from the definition of the benchmark. */
import { expect } from 'chai';
import { countImage, countPixels, type Counts } from '../../../src/scores/contour-benchmark/counts.js';
import { summarise } from '../../../src/scores/contour-benchmark/summary.js';
import { evenThresholds } from '../../../src/scores/contour-benchmark/thresholds.js';

const matching = { width: 10, height: 10, reach: 1.5 };
/** Pixels given as (row, column). */
const at = (...places: [number, number][]) => Int32Array.from(places, ([y, x]) => 10 * y + x);
const counts = (found: number, annotated: number, confirmed: number, detected: number): Counts => ({
  found,
  annotated,
  confirmed,
  detected,
});

describe('counts of the boundary benchmark', () => {
  it('give an annotated pixel to one detection only', () => {
    expect(countPixels(at([0, 0], [0, 1], [0, 2]), [at([0, 1])], matching)).to.deep.equal(counts(1, 1, 1, 3));
  });

  it('confirm a detection by any annotator, and count annotated pixels for each', () => {
    const detected = at([0, 0], [0, 1]);
    const two = [at([0, 2]), at([0, 0])];
    expect(countPixels(detected, two, matching)).to.deep.equal(counts(2, 2, 2, 2));
    const three = [...two, at([0, 0], [0, 1], [0, 2], [5, 5])];
    const all = countPixels(detected, three, matching);
    expect(all).to.deep.equal(counts(4, 6, 2, 2));
    expect(summarise([0.5], [[all]]).ODS.F).to.be.closeTo(0.8, 1e-12);
  });

  it('take pixels at the threshold, thin them, and leave the annotators’ as they are', () => {
    const width = 5;
    // two rows, of which thinning leaves four pixels of the lower one; the upper one is weaker
    const map = {
      width,
      height: 2,
      data: Float64Array.of(...Array<number>(5).fill(0.25), ...Array<number>(5).fill(0.5)),
    };
    const thick = { width, height: 2, data: new Uint8Array(10).fill(1) };
    const options = { thresholds: [0.25, 0.26, 0.5, 0.51], reach: 0 };
    expect(countImage(map, [thick], options)).to.deep.equal([
      counts(4, 10, 4, 4),
      counts(5, 10, 5, 5),
      counts(5, 10, 5, 5),
      counts(0, 10, 0, 0),
    ]);
  });
});

describe('thresholds of the boundary benchmark', () => {
  it('are 0.01 … 0.99 for 99', () => {
    const thresholds = evenThresholds(99);
    expect(thresholds).to.have.length(99);
    thresholds.forEach((threshold, k) => expect(threshold).to.be.closeTo((k + 1) / 100, 1e-12));
  });

  it('lie just above 1/3 as the second of five, as in the authors’ program', () => {
    expect(evenThresholds(5)[1]).to.equal(0.33333333333333337);
    expect(evenThresholds(5)[3]).to.equal(170 / 255);
  });

  it('may be one', () => expect(evenThresholds(1)).to.deep.equal([0.5]));
});

describe('ODS, OIS and AP', () => {
  const thresholds = [0.25, 0.75];
  const images = [
    [counts(8, 10, 8, 16), counts(5, 10, 5, 5)],
    [counts(9, 10, 9, 10), counts(2, 10, 2, 2)],
  ];

  it('agree with the worked example', () => {
    const { ODS, OIS, curve, images: each } = summarise(thresholds, images);
    expect(curve[0]).to.deep.include({ recall: 0.85, precision: 17 / 26 });
    expect(curve[0].F).to.be.closeTo(0.7391, 0.00005);
    expect(ODS.F).to.be.closeTo(0.7403, 0.00005); // between the thresholds
    expect(ODS.threshold).to.be.within(0.26, 0.3);
    expect(OIS).to.have.property('recall', 0.7);
    expect(OIS.precision).to.be.closeTo(0.9333, 0.00005);
    expect(OIS.F).to.be.closeTo(0.8, 1e-12);
    expect(each.map(({ threshold }) => threshold)).to.deep.equal([0.75, 0.25]);
  });

  it('average precision over the recalls that were measured', () => {
    // precision falls from 1 at recall 0.25 to 0.5 at 0.75: 51 recalls of mean 0.75
    const { AP } = summarise(thresholds, [[counts(3, 4, 1, 2), counts(1, 4, 1, 1)]]);
    expect(AP).to.be.closeTo(0.51 * 0.75, 1e-12);
  });

  it('are 0 where nothing is found', () => {
    const { ODS, OIS, AP } = summarise(thresholds, [[counts(0, 4, 0, 3), counts(0, 4, 0, 0)]]);
    expect([ODS.F, OIS.F, AP]).to.deep.equal([0, 0, 0]);
  });
});
