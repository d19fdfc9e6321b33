import { expect } from 'chai';
import fc from 'fast-check';
import { squaredDistances } from '../../src/snapping/distances.js';
import { drawn } from './drawn-labels.js';

describe('distances from an object', () => {
  it('are squared and Euclidean', () => {
    expect([...squaredDistances(drawn('1...', '2...', '....'), 1)]).to.deep.equal([
      ...[0, 1, 4, 9],
      ...[1, 2, 5, 10],
      ...[4, 5, 8, 13],
    ]);
  });

  it('are infinite from one that is not there', () => {
    expect([...squaredDistances(drawn('1.', '..'), 2)]).to.deep.equal(Array(4).fill(Infinity));
  });

  it('are the least over all its pixels', () => {
    const scene = fc.record({
      width: fc.integer({ min: 1, max: 12 }),
      values: fc.array(fc.nat(6), { maxLength: 120 }),
    });
    fc.assert(
      fc.property(scene, ({ width, values }) => {
        const height = Math.floor(values.length / width);
        const data = Uint8Array.from(values.slice(0, width * height));
        const inside = [...data.keys()].filter((i) => data[i] === 1);
        const expected = [...data.keys()].map((i) =>
          Math.min(
            ...inside.map(
              (j) => ((i % width) - (j % width)) ** 2 + (Math.floor(i / width) - Math.floor(j / width)) ** 2,
            ),
          ),
        );
        expect([...squaredDistances({ width, height, data }, 1)]).to.deep.equal(expected);
      }),
    );
  });
});
