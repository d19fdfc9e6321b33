import { expect } from 'chai';
import fc from 'fast-check';
import { createArcHeap, firstArc, moveArc, removeArc } from '../../src/snapping/arc-heap.js';

describe('the heap of arcs', () => {
  it('always has the lowest first, though ranks change and arcs go', () => {
    const change = fc.record({ arc: fc.nat(39), rank: fc.option(fc.nat(20), { freq: 3 }) });
    fc.assert(
      fc.property(
        fc.array(fc.nat(20), { minLength: 1, maxLength: 40 }),
        fc.array(change, { maxLength: 80 }),
        (ranks, changes) => {
          const before = (a: number, b: number) => (ranks[a] === ranks[b] ? a < b : ranks[a] < ranks[b]);
          const heap = createArcHeap(ranks.length, before);
          const waiting = new Set(ranks.keys());
          const expectFirst = () => {
            expect(heap.size).to.equal(waiting.size);
            if (waiting.size === 0) return;
            expect(firstArc(heap)).to.equal([...waiting].reduce((a, b) => (before(b, a) ? b : a)));
          };
          expectFirst();
          for (const { arc, rank } of changes) {
            if (!waiting.has(arc)) continue;
            if (rank === null) {
              waiting.delete(arc);
              removeArc(heap, arc);
            } else {
              ranks[arc] = rank;
              moveArc(heap, arc);
            }
            expectFirst();
          }
        },
      ),
    );
  });
});
