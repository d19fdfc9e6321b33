import { expect } from 'chai';
import { suppressNonMaxima, suppressionDefaults } from '../../src/snapping/non-maximum-suppression.js';
import { mirroredPlaces, triangleFilter } from '../../src/snapping/triangle-filter.js';

const SIZE = 41;

/** Strength falls with the distance from a line through the middle with this normal. */
function lineMap(normal: number): Float32Array {
  const middle = (SIZE - 1) / 2;
  return Float32Array.from({ length: SIZE * SIZE }, (_, i) => {
    const [x, y] = [(i % SIZE) - middle, Math.floor(i / SIZE) - middle];
    return Math.exp(-((x * Math.cos(normal) + y * Math.sin(normal)) ** 2) / 2);
  });
}

describe('triangle filter', () => {
  it('weighs by 1 … r+1 … 1 in both directions', () => {
    const map = new Float32Array(81);
    map[40] = 1;
    const smooth = triangleFilter({ width: 9, height: 9, data: map }, 4);
    const weights = [1, 2, 3, 4, 5, 4, 3, 2, 1];
    smooth.forEach((value, i) =>
      expect(value).to.be.closeTo((weights[i % 9] * weights[Math.floor(i / 9)]) / 625, 1e-8),
    );
  });

  it('mirrors the map at the frame, also where it is smaller than the filter', () => {
    expect([...triangleFilter({ width: 3, height: 1, data: Float32Array.of(4, 0, 0) }, 1)]).to.deep.equal([
      3, 1, 0,
    ]);
    expect([...mirroredPlaces(2, 3)]).to.deep.equal([1, 1, 0, 0, 1, 1, 0, 0]);
    for (const value of triangleFilter({ width: 2, height: 1, data: Float32Array.of(7, 7) }, 4))
      expect(value).to.be.closeTo(7, 1e-6);
  });
});

describe('non-maximum suppression', () => {
  const plain = { smoothing: 0, fade: 0 };

  it('keeps the middle column of a vertical ridge', () => {
    const row = [0.1, 0.5, 0.9, 0.5, 0.1];
    const map = Float32Array.from({ length: 25 }, (_, i) => row[i % 5]);
    const ridges = suppressNonMaxima(map, 5, 5, plain);
    const kept = [0, 0, Math.fround(0.9), 0, 0];
    expect([...ridges]).to.deep.equal([...kept, ...kept, ...kept, ...kept, ...kept]);
  });

  it('keeps a diagonal ridge, one pixel wide', () => {
    const ridges = suppressNonMaxima(lineMap((3 * Math.PI) / 4), SIZE, SIZE, plain);
    for (let y = 4; y < SIZE - 4; y++) {
      const kept = [...ridges.subarray(y * SIZE, (y + 1) * SIZE).entries()].filter(
        ([, value]) => value > 0.1,
      );
      expect(kept.map(([x]) => x)).to.deep.equal([y]);
    }
  });

  it('keeps all of a plateau: no pixel of it is exceeded', () => {
    const map = new Float32Array(30).fill(0.5);
    expect(suppressNonMaxima(map, 6, 5, plain)).to.deep.equal(map);
  });

  it('smooths by 1 2 1 first, and fades the outer five pixels', () => {
    const width = 21;
    const map = Float32Array.from({ length: width * width }, (_, i) => (i % width === 10 ? 0.8 : 0));
    const ridges = suppressNonMaxima(map, width, width, suppressionDefaults);
    const fades = Array.from({ length: width }, (_, y) => Math.min(1, y / 5, (20 - y) / 5));
    fades.forEach((fade, y) => expect(ridges[y * width + 10], `row ${y}`).to.be.closeTo(0.4 * fade, 1e-6));
    expect(ridges.filter((value) => value > 0)).to.have.length(19);
  });

  it('leaves the map as it was', () => {
    const map = lineMap(0);
    const copy = Float32Array.from(map);
    suppressNonMaxima(map, SIZE, SIZE);
    expect(map).to.deep.equal(copy);
  });
});
