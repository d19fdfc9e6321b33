import { expect } from 'chai';
import fc from 'fast-check';
import { contourAccuracy, contourOf } from '../../src/scores/contour.js';
import { regionSimilarity, type Mask } from '../../src/scores/region.js';
import { plainContourAccuracy, plainContourMap } from './plain-contour.js';

/** Two masks of one size with blocks and specks, large enough for tolerances of one to three pixels. */
const maskPairs = fc
  .record({ width: fc.integer({ min: 1, max: 260 }), height: fc.integer({ min: 1, max: 60 }) })
  .chain(({ width, height }) => fc.tuple(masks(width, height), masks(width, height)));

function masks(width: number, height: number): fc.Arbitrary<Mask> {
  const corner = (side: number) => fc.integer({ min: 0, max: side - 1 });
  const blocks = fc.array(
    fc.tuple(
      corner(width),
      corner(height),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 30 }),
      fc.constantFrom(0, 1, 255),
    ),
    { maxLength: 5 },
  );
  const specks = fc.array(
    fc.tuple(corner(width), corner(height), fc.constant(1), fc.constant(1), fc.constantFrom(0, 3)),
    { maxLength: 20 },
  );
  return fc.tuple(blocks, specks).map(([large, small]) => {
    const data = new Uint8Array(width * height);
    for (const [left, top, w, h, value] of [...large, ...small]) {
      for (let y = top; y < Math.min(height, top + h); y++)
        data.fill(value, y * width + left, y * width + Math.min(width, left + w));
    }
    return { width, height, data };
  });
}

describe('contour accuracy, for any two masks', () => {
  it('equals the plain definition exactly', () => {
    fc.assert(
      fc.property(maskPairs, ([a, b]) => {
        expect(contourAccuracy(a, b)).to.equal(plainContourAccuracy(a, b));
      }),
      { numRuns: 150 },
    );
  });

  it('draws the contour of the plain definition', () => {
    fc.assert(
      fc.property(maskPairs, ([mask]) => {
        const { xs, ys } = contourOf(mask);
        const drawn = plainContourMap(mask).map((row) => row.map(() => false));
        xs.forEach((x, i) => (drawn[ys[i]][x] = true));
        expect(drawn).to.deep.equal(plainContourMap(mask));
      }),
      { numRuns: 60 },
    );
  });

  it('is symmetric, and lies between 0 and 1', () => {
    fc.assert(
      fc.property(maskPairs, ([a, b]) => {
        const value = contourAccuracy(a, b);
        expect(value).to.be.within(0, 1);
        expect(contourAccuracy(b, a)).to.equal(value);
      }),
    );
  });

  it('is 1 of a mask with itself, as is region similarity', () => {
    fc.assert(
      fc.property(maskPairs, ([mask]) => {
        expect(contourAccuracy(mask, mask)).to.equal(1);
        expect(regionSimilarity(mask, mask)).to.equal(1);
      }),
    );
  });
});
