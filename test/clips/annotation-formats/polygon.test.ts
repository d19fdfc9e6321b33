import { expect } from 'chai';
import fc from 'fast-check';
import { fillPolygon, type Point } from '../../../src/clips/annotation-formats/polygon.js';
import { countInside, rowsOf } from './areas-as-text.js';

function fill(corners: Point[], width = 8, height = 8): Uint8Array {
  const inside = new Uint8Array(width * height);
  fillPolygon(corners, inside, width);
  return inside;
}

/** Ray casting from one point, as textbooks have it. */
function contains(corners: readonly Point[], x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = corners.length - 1; i < corners.length; j = i++) {
    const [xi, yi] = corners[i];
    const [xj, yj] = corners[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

describe('a polygon', () => {
  it('has the pixels whose centres lie in it', () => {
    const triangle: Point[] = [
      [0, 0],
      [4.2, 0],
      [0, 4.2],
    ];
    // centres (x + 0.5, y + 0.5) with x + y + 1 < 4.2
    expect(rowsOf(fill(triangle, 5, 5), 5)).to.deep.equal(['####.', '###..', '##...', '#....', '.....']);
  });

  it('of whole pixels has exactly these, whichever way it is drawn', () => {
    const square: Point[] = [
      [2, 1],
      [5, 1],
      [5, 3],
      [2, 3],
    ];
    const drawing = ['........', '..###...', '..###...', '........'];
    expect(rowsOf(fill(square, 8, 4), 8)).to.deep.equal(drawing);
    expect(rowsOf(fill([...square].reverse(), 8, 4), 8)).to.deep.equal(drawing);
  });

  it('that goes around twice leaves a hole: even-odd', () => {
    const ring: Point[] = [
      ...([
        [0, 0],
        [6, 0],
        [6, 6],
        [0, 6],
        [0, 0],
      ] as Point[]),
      ...([
        [2, 2],
        [4, 2],
        [4, 4],
        [2, 4],
        [2, 2],
      ] as Point[]),
    ];
    const inside = fill(ring, 6, 6);
    expect(countInside(inside)).to.equal(36 - 4);
    expect(rowsOf(inside, 6)[3]).to.equal('##..##');
  });

  it('is cut off at the edges of the picture', () => {
    const large: Point[] = [
      [-100, -5],
      [3, -5],
      [3, 900],
      [-100, 900],
    ];
    expect(countInside(fill(large))).to.equal(3 * 8);
    expect(countInside(fill(large.map(([x, y]) => [x + 1000, y])))).to.equal(0);
  });

  it('agrees with ray casting from each pixel’s centre', () => {
    const coordinate = fc.integer({ min: -300, max: 1900 }).map((n) => n / 100 + 0.0031); // never on a centre
    const corners = fc.array(fc.tuple(coordinate, coordinate), { minLength: 3, maxLength: 9 });
    fc.assert(
      fc.property(corners, (polygon) => {
        const plain = Uint8Array.from({ length: 16 * 16 }, (_, i) =>
          contains(polygon, (i % 16) + 0.5, Math.floor(i / 16) + 0.5) ? 1 : 0,
        );
        expect(fill(polygon, 16, 16)).to.deep.equal(plain);
      }),
      { numRuns: 300 },
    );
  });

  it('and its neighbour share no pixel and leave no gap, also where centres lie on the common edge', () => {
    const half = fc.integer({ min: 0, max: 32 }).map((n) => n / 2);
    fc.assert(
      fc.property(half, half, (x, y) => {
        const corners: Point[] = [
          [0, 0],
          [16, 0],
          [16, 16],
          [0, 16],
        ];
        const sum = new Uint8Array(16 * 16);
        corners.forEach((corner, i) => {
          fill([corner, corners[(i + 1) % 4], [x, y]], 16, 16).forEach((value, at) => (sum[at] += value));
        });
        expect([...new Set(sum)]).to.deep.equal([1]);
      }),
    );
  });
});
