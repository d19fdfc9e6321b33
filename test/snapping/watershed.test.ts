import { expect } from 'chai';
import fc from 'fast-check';
import { OsvosError } from '../../src/errors.js';
import type { ContourMap } from '../../src/snapping/contour-map.js';
import { floodBasins } from '../../src/snapping/watershed.js';
import { createWorkspace } from '../../src/snapping/workspace.js';
import { arbitraryContours } from './arbitrary-contours.js';
import { drawnContours, regionsDrawn } from './drawn-contours.js';

const flooded = (...rows: string[]) => regionsDrawn(floodBasins(drawnContours(...rows)));

describe('flooding the basins of a contour map', () => {
  it('parts a frame at its ridges, whose pixels go to the side on which the water is up first', () => {
    expect(flooded('..2931..', '..2931..')).to.deep.equal(['aaaabbbb', 'aaaabbbb']);
    expect(flooded('..3921..', '..3921..')).to.deep.equal(['aaabbbbb', 'aaabbbbb']);
  });

  it('goes by height, not by steps: the border is at the top, however gentle the flank is', () => {
    // by steps from pixel to pixel the left side would pay 0.1 at a time and the right side 0.9 at once
    expect(flooded('.123456789.')).to.deep.equal(['aaaaaaaaabb']);
    expect(flooded('.3.49.')).to.deep.equal(['aabbcc']);
  });

  it('has one basin for each plateau without a way down, corners connecting', () => {
    expect(flooded('.9', '9.')).to.deep.equal(['aa', 'aa']);
    expect(flooded('555', '5.5', '555')).to.deep.equal(['aaa', 'aaa', 'aaa']);
    // the plateau of 0.5 runs off to the right
    expect(flooded('9555.', '99999', '11111')).to.deep.equal(['aaaaa', 'bbbba', 'bbbbb']);
  });

  it('shares a flat ridge between both sides', () => {
    expect(flooded('.9999.')).to.deep.equal(['aaabbb']);
  });

  it('finds one region where there is nothing, or the same everywhere', () => {
    expect(flooded('....', '....')).to.deep.equal(['aaaa', 'aaaa']);
    expect(flooded('7777', '7777')).to.deep.equal(['aaaa', 'aaaa']);
  });

  it('takes what is below 0 for 0', () => {
    const below = { width: 5, height: 1, data: Float32Array.of(-0.3, 0.1, -0.5, 0.9, -0.1) };
    expect(regionsDrawn(floodBasins(below))).to.deep.equal(['aabbc']);
    expect(flooded('.1.9.')).to.deep.equal(['aabbc']);
  });

  it('works on frames one pixel wide or high, and of one pixel', () => {
    expect(flooded('.', '5', '.')).to.deep.equal(['a', 'a', 'b']);
    expect(flooded('.5.')).to.deep.equal(['aab']);
    expect(flooded('3')).to.deep.equal(['a']);
  });

  for (const [name, value] of [
    ['NaN', NaN],
    ['Infinity', Infinity],
    ['-Infinity', -Infinity],
  ] as const) {
    it(`refuses a map that holds ${name}, and says where`, () => {
      const contours = drawnContours('...', '...');
      contours.data[5] = value;
      expect(() => floodBasins(contours))
        .to.throw(OsvosError, `the contour map holds ${name}: column 2, row 1: check the weights`)
        .with.property('exit', 6);
    });
  }

  it('depends on the order of strengths and not on their unit, and leaves the map alone', () => {
    fc.assert(
      fc.property(arbitraryContours, fc.constantFrom(2, 1 / 1024, 255), (contours, unit) => {
        const before = contours.data.slice();
        const scaled = { ...contours, data: contours.data.map((value) => value * unit) };
        expect(floodBasins(scaled).map).to.deep.equal(floodBasins(contours).map);
        expect(contours.data).to.deep.equal(before);
      }),
    );
  });

  it('gives regions in one piece, counted in reading order, none without a minimum', () => {
    fc.assert(
      fc.property(arbitraryContours, (contours) => {
        const regions = floodBasins(contours);
        const firsts = [...new Set(regions.map)];
        expect(firsts).to.deep.equal([...firsts.keys()]);
        expect(regions.count).to.equal(firsts.length);
        expect(regions.map).to.deep.equal(piecesOf(contours, regions.map));
      }),
    );
  });

  it('reaches every pixel at the lowest height that any way from its minimum allows', () => {
    fc.assert(
      fc.property(arbitraryContours, (contours) => {
        const { map } = floodBasins(contours);
        const everywhere = passHeights(contours, () => true);
        const inside = passHeights(contours, (from, to) => map[from] === map[to]);
        expect(inside).to.deep.equal(everywhere);
      }),
    );
  });

  it('comes to the same with a workspace that was used before', () => {
    const work = createWorkspace();
    fc.assert(
      fc.property(arbitraryContours, (contours) => {
        expect(floodBasins(contours, work).map).to.deep.equal(floodBasins(contours).map);
      }),
    );
  });
});

type Size = Pick<ContourMap, 'width' | 'height'>;

function neighbours({ width, height }: Size, i: number, reach: 4 | 8): number[] {
  const [x, y] = [i % width, Math.floor(i / width)];
  const found: number[] = [];
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      if ((dx === 0 && dy === 0) || (reach === 4 && dx !== 0 && dy !== 0)) continue;
      if (x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height) found.push(i + dy * width + dx);
    }
  }
  return found;
}

/** Pieces (4-connectivity) of equal values, numbered in reading order. */
function piecesOf(size: Size, values: Int32Array): Int32Array {
  const pieces = new Int32Array(values.length).fill(-1);
  let count = 0;
  for (let start = 0; start < values.length; start++) {
    if (pieces[start] >= 0) continue;
    const open = [start];
    while (open.length > 0) {
      const i = open.pop()!;
      if (pieces[i] >= 0) continue;
      pieces[i] = count;
      open.push(...neighbours(size, i, 4).filter((j) => values[j] === values[start]));
    }
    count++;
  }
  return pieces;
}

/** Least height at which each pixel is reached from any minimum (8-connected) by steps that are allowed. */
function passHeights(contours: ContourMap, allowed: (from: number, to: number) => boolean): number[] {
  const { data } = contours;
  const plateaus = [...data.keys()].map((i) => {
    const plateau = new Set([i]);
    for (const p of plateau) {
      for (const q of neighbours(contours, p, 8)) if (data[q] === data[p]) plateau.add(q);
    }
    return plateau;
  });
  const lowest = plateaus.map((plateau) =>
    [...plateau].every((p) => neighbours(contours, p, 8).every((q) => data[q] >= data[p])),
  );
  const heights = Array.from(data, (value, i) => (lowest[i] ? value : Infinity));
  for (let changed = true; changed;) {
    changed = false;
    for (const i of heights.keys()) {
      for (const j of neighbours(contours, i, 4)) {
        const height = Math.max(heights[j], data[i]);
        if (!allowed(j, i) || height >= heights[i]) continue;
        heights[i] = height;
        changed = true;
      }
    }
  }
  return heights;
}
