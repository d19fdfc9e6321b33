import { expect } from 'chai';
import fc from 'fast-check';
import type { LabelMap } from '../../src/label-map.js';
import { findComponents } from '../../src/snapping/components.js';
import { drawn } from './drawn-labels.js';

describe('connected components', () => {
  it('are numbered in reading order, corners connect, objects and void do not', () => {
    const labels = drawn('11..2', '..1.2', '22...', '.v111');
    const { ids, areas, map } = findComponents(labels);
    expect(ids).to.deep.equal([0, 1, 2, 2, 1]);
    expect(areas).to.deep.equal([0, 3, 2, 2, 3]);
    expect([...map]).to.deep.equal([1, 1, 0, 0, 2, 0, 0, 1, 0, 2, 3, 3, 0, 0, 0, 0, 0, 4, 4, 4]);
  });

  it('joins arms that meet late', () => {
    expect(findComponents(drawn('1.1.1', '1.1.1', '11111')).areas).to.deep.equal([0, 11]);
    expect(findComponents(drawn('..1', '1.1', '.1.')).areas).to.deep.equal([0, 4]);
  });

  it('are those that a plain flood fill finds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.constantFrom(0, 1, 1, 2, 255)),
        (width, values) => {
          const height = Math.floor(values.length / width);
          const labels = { width, height, data: Uint8Array.from(values.slice(0, width * height)) };
          expect([...findComponents(labels).map]).to.deep.equal(floodFill(labels));
        },
      ),
    );
  });
});

function floodFill({ width, height, data }: LabelMap): number[] {
  const map = new Array<number>(width * height).fill(0);
  let count = 0;
  for (let start = 0; start < map.length; start++) {
    if (map[start] > 0 || data[start] === 0 || data[start] === 255) continue;
    count++;
    const open = [start];
    while (open.length > 0) {
      const i = open.pop()!;
      if (map[i] > 0) continue;
      map[i] = count;
      for (let j = 0; j < map.length; j++) {
        const [dx, dy] = [(j % width) - (i % width), Math.floor(j / width) - Math.floor(i / width)];
        if (Math.max(Math.abs(dx), Math.abs(dy)) === 1 && data[j] === data[i]) open.push(j);
      }
    }
  }
  return map;
}
