import { expect } from 'chai';
import fc from 'fast-check';
import { matchingReach, matchPixels } from '../../../src/scores/contour-benchmark/matching.js';

const WIDTH = 6;
const HEIGHT = 5;
const size = { width: WIDTH, height: HEIGHT };

/** Up to `most` different pixels, in any order. */
const pixels = (most: number) =>
  fc
    .uniqueArray(fc.integer({ min: 0, max: WIDTH * HEIGHT - 1 }), { maxLength: most })
    .map((list) => Int32Array.from(list));

const distance = (p: number, q: number) =>
  Math.hypot((p % WIDTH) - (q % WIDTH), Math.floor(p / WIDTH) - Math.floor(q / WIDTH));

interface Outcome {
  pairs: number;
  total: number;
}

/** Tries every way to pair. */
function best(a: Int32Array, b: Int32Array, reach: number): Outcome {
  const known = new Map<string, Outcome>();
  const from = (i: number, used: number): Outcome => {
    if (i === a.length) return { pairs: 0, total: 0 };
    const key = `${i}/${used}`;
    const seen = known.get(key);
    if (seen) return seen;
    let most = from(i + 1, used);
    b.forEach((q, j) => {
      const d = distance(a[i], q);
      if (d > reach || used & (1 << j)) return;
      const rest = from(i + 1, used | (1 << j));
      const here = { pairs: rest.pairs + 1, total: rest.total + d };
      if (here.pairs > most.pairs || (here.pairs === most.pairs && here.total < most.total)) most = here;
    });
    known.set(key, most);
    return most;
  };
  return from(0, 0);
}

function outcomeOf(a: Int32Array, b: Int32Array, partners: Int32Array, reach: number): Outcome {
  const taken = [...partners].filter((j) => j >= 0);
  expect(new Set(taken).size, 'a partner serves twice').to.equal(taken.length);
  let total = 0;
  partners.forEach((j, i) => {
    if (j < 0) return;
    const d = distance(a[i], b[j]);
    expect(d, 'out of reach').to.be.at.most(reach);
    total += d;
  });
  return { pairs: taken.length, total };
}

describe('one-to-one matching of contour pixels', () => {
  it('reaches 0.0075 of the diagonal: 4.337 pixels at 481×321', () => {
    expect(matchingReach(481, 321)).to.be.closeTo(4.337, 0.0005);
  });

  it('finds the most pairs, and among these the least distance', () => {
    const reaches = fc.constantFrom(0, 1, 1.5, 2, 2.9, 4.337);
    fc.assert(
      fc.property(pixels(10), pixels(10), reaches, (a, b, reach) => {
        const found = outcomeOf(a, b, matchPixels(a, b, { ...size, reach }), reach);
        const wanted = best(a, b, reach);
        expect(found.pairs).to.equal(wanted.pairs);
        expect(found.total).to.be.closeTo(wanted.total, 1e-9);
      }),
      { numRuns: 1000 },
    );
  });

  it('also in a crowd, where chains of exchanges are long', () => {
    fc.assert(
      fc.property(pixels(30), pixels(12), fc.constantFrom(1, 1.5, 2), (a, b, reach) => {
        const found = outcomeOf(a, b, matchPixels(a, b, { ...size, reach }), reach);
        const wanted = best(a, b, reach);
        expect(found.pairs).to.equal(wanted.pairs);
        expect(found.total).to.be.closeTo(wanted.total, 1e-9);
      }),
      { numRuns: 100 },
    );
  });

  it('prefers more pairs to nearer ones', () => {
    // 1 could take its own place, but then 0 would stay alone
    const [a, b] = [Int32Array.of(0, 1), Int32Array.of(1, 2)];
    expect([...matchPixels(a, b, { ...size, reach: 1 })]).to.deep.equal([0, 1]);
  });

  it('does not reach around the ends of rows', () => {
    const [last, first] = [Int32Array.of(WIDTH - 1), Int32Array.of(WIDTH)];
    expect([...matchPixels(last, first, { ...size, reach: 2 })]).to.deep.equal([-1]);
  });
});
