import { expect } from 'chai';
import fc from 'fast-check';
import { clearPairs, createPairTable, deletePair, findPair, setPair } from '../../src/snapping/pair-table.js';

describe('the table of region pairs', () => {
  it('knows a pair in either order', () => {
    const table = createPairTable();
    setPair(table, 7, 3, 11);
    expect([findPair(table, 3, 7), findPair(table, 7, 3), findPair(table, 3, 8)]).to.deep.equal([11, 11, -1]);
  });

  it('holds what a map holds, whatever comes and goes', () => {
    // few regions, so that pairs come again; more of them in all than the table has slots to start with
    const change = fc.record({ a: fc.nat(70), b: fc.nat(70), arc: fc.option(fc.nat(1e6), { freq: 2 }) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 3000, size: 'max' }), (changes) => {
        const table = createPairTable();
        const map = new Map<string, number>();
        const keyOf = (a: number, b: number) => [Math.min(a, b), Math.max(a, b)].join();
        for (const { a, b, arc } of changes) {
          if (arc !== null) {
            setPair(table, a, b, arc);
            map.set(keyOf(a, b), arc);
          } else if (map.delete(keyOf(a, b))) {
            deletePair(table, a, b);
          }
        }
        expect(table.size).to.equal(map.size);
        for (let a = 0; a <= 70; a++) {
          for (let b = a; b <= 70; b++) {
            if (findPair(table, a, b) !== (map.get(keyOf(a, b)) ?? -1)) expect.fail(`${a}, ${b}`);
          }
        }
        clearPairs(table);
        expect(table.size).to.equal(0);
        for (const key of map.keys()) {
          const [a, b] = key.split(',').map(Number);
          expect(findPair(table, a, b)).to.equal(-1);
        }
      }),
      { numRuns: 10 },
    );
  });
});
