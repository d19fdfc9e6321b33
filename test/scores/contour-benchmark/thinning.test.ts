import { expect } from 'chai';
import fc from 'fast-check';
import { thin } from '../../../src/scores/contour-benchmark/thinning.js';
import type { Mask } from '../../../src/scores/region.js';
import { asText, drawn } from './drawn-pixels.js';

const thinned = (...rows: string[]) => {
  const mask = drawn(...rows);
  return asText(mask, thin(mask));
};

describe('thinning of contours', () => {
  it('keeps lines of one pixel, their ends and crossings', () => {
    for (const rows of [
      ['#####'],
      ['#'],
      ['#....', '.#...', '..##.', '....#'],
      ['..#..', '..#..', '#####', '..#..', '..#..'],
      ['.###.', '#...#', '.###.'],
    ]) {
      expect(thinned(...rows)).to.deep.equal(rows);
    }
  });

  it('takes the corner out of a step, so that the line runs over the diagonal', () => {
    expect(thinned('##.', '.#.', '.##')).to.deep.equal(['#..', '.#.', '..#']);
  });

  it('leaves one row of two: the first pass takes the upper one and both right ends', () => {
    expect(thinned('#####', '#####')).to.deep.equal(['.....', '####.']);
  });

  it('reads any value but 0 as set', () => {
    const mask = { width: 5, height: 2, data: new Uint8Array(10).fill(255) };
    expect(asText(mask, thin(mask))).to.deep.equal(['.....', '####.']);
  });

  it('does as the published rules say, read plainly over whole pictures', () => {
    const picture = fc
      .integer({ min: 1, max: 9 })
      .chain((width) =>
        fc
          .integer({ min: 1, max: 9 })
          .chain((height) =>
            fc
              .array(fc.integer({ min: 0, max: 3 }), { minLength: width * height, maxLength: width * height })
              .map((values) => ({ width, height, data: Uint8Array.from(values, (v) => (v > 0 ? 1 : 0)) })),
          ),
      );
    fc.assert(
      fc.property(picture, (mask) => {
        expect(asText(mask, thin(mask))).to.deep.equal(asText(mask, plainThin(mask)));
      }),
      { numRuns: 300 },
    );
  });
});

/** Guo & Hall in the notation of Lam et al.: x1 east neighbour, then anticlockwise to x8. */
function plainThin({ width, height, data }: Mask): Uint8Array {
  let set = Uint8Array.from(data);
  const at = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < width && y < height && set[y * width + x] !== 0;
  for (;;) {
    const before = set;
    for (const pass of [1, 2]) {
      const next = Uint8Array.from(set);
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          if (!at(x, y)) continue;
          const [x1, x2, x3, x4] = [at(x + 1, y), at(x + 1, y - 1), at(x, y - 1), at(x - 1, y - 1)];
          const [x5, x6, x7, x8] = [at(x - 1, y), at(x - 1, y + 1), at(x, y + 1), at(x + 1, y + 1)];
          const count = (...terms: boolean[]) => terms.filter((term) => term).length;
          const crossings = count(!x1 && (x2 || x3), !x3 && (x4 || x5), !x5 && (x6 || x7), !x7 && (x8 || x1));
          const n1 = count(x1 || x2, x3 || x4, x5 || x6, x7 || x8);
          const n2 = count(x2 || x3, x4 || x5, x6 || x7, x8 || x1);
          const n = Math.min(n1, n2);
          const third = pass === 1 ? (x2 || x3 || !x8) && x1 : (x6 || x7 || !x4) && x5;
          if (crossings === 1 && n >= 2 && n <= 3 && !third) next[y * width + x] = 0;
        }
      }
      set = next;
    }
    if (before.every((value, i) => value === set[i])) return set;
  }
}
