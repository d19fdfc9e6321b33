import { expect } from 'chai';
import { createRandom } from '../../src/random.js';
import type { ContourMap } from '../../src/snapping/contour-map.js';
import { findOrientations } from '../../src/snapping/orientation.js';

const SIZE = 31;
const MIDDLE = 15;

/** A line through the middle, where `distance` from it is small. */
function line(distance: (x: number, y: number) => number): ContourMap {
  const data = Float32Array.from({ length: SIZE * SIZE }, (_, i) =>
    Math.max(0, 1 - Math.abs(distance((i % SIZE) - MIDDLE, Math.floor(i / SIZE) - MIDDLE)) / 2),
  );
  return { width: SIZE, height: SIZE, data };
}

const atMiddle = (contours: ContourMap) => findOrientations(contours)[MIDDLE * SIZE + MIDDLE];

describe('orientation of contours', () => {
  it('is the angle of the normal', () => {
    expect(atMiddle(line((x) => x)), 'vertical').to.be.closeTo(0, 1e-6);
    expect(atMiddle(line((_, y) => y)), 'horizontal').to.be.closeTo(Math.PI / 2, 1e-6);
    expect(atMiddle(line((x, y) => x - y)), 'down to the right').to.be.closeTo((3 * Math.PI) / 4, 1e-6);
    expect(atMiddle(line((x, y) => x + y)), 'up to the right').to.be.closeTo(Math.PI / 4, 1e-6);
  });

  it('lies between for lines between', () => {
    // steeper than the diagonal: its normal is nearer to the horizontal
    const angle = atMiddle(line((x, y) => x - y / 2));
    expect(angle).to.be.greaterThan((3 * Math.PI) / 4 + 0.1);
    expect(angle).to.be.lessThan(Math.PI - 0.1);
  });

  it('is below π everywhere, and 0 where nothing is', () => {
    const flat = findOrientations({ width: 4, height: 3, data: new Float32Array(12) });
    expect([...flat].every((angle) => angle === 0)).to.equal(true);
    for (const angle of findOrientations(line((x, y) => x + 1e-9 * y))) {
      expect(angle).to.be.at.least(0).and.below(Math.PI);
    }
  });

  it('smooths with 1 2 3 4 5 4 3 2 1 over 25 each way, mirrored at the border', () => {
    const [width, height] = [12, 3]; // lower than the filter is long: mirrored more than once
    const random = createRandom(5);
    const data = Float32Array.from({ length: width * height }, () => random.next());
    const mirror = (at: number, size: number): number =>
      at < 0 ? mirror(-1 - at, size) : at >= size ? mirror(2 * size - 1 - at, size) : at;
    const within = (at: number, size: number) => Math.min(Math.max(at, 0), size - 1);
    const smooth = (x: number, y: number) => {
      let sum = 0;
      for (let v = -4; v <= 4; v++) {
        for (let u = -4; u <= 4; u++) {
          const value =
            data[mirror(within(y, height) + v, height) * width + mirror(within(x, width) + u, width)];
          sum += ((5 - Math.abs(u)) * (5 - Math.abs(v)) * value) / 625;
        }
      }
      return sum;
    };
    const angles = findOrientations({ width, height, data });
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const dx = 2 * smooth(x, y) - smooth(x - 1, y) - smooth(x + 1, y);
        const dy = 2 * smooth(x, y) - smooth(x, y - 1) - smooth(x, y + 1);
        const cross =
          smooth(x - 1, y - 1) - smooth(x + 1, y - 1) - smooth(x - 1, y + 1) + smooth(x + 1, y + 1);
        const difference = angles[y * width + x] - Math.atan2(cross > 0 ? -dy : dy, dx);
        // angles of lines: half a turn is none
        expect(Math.sin(difference), `${x}, ${y}`).to.be.closeTo(0, 1e-3);
      }
    }
  });

  it('is a number everywhere, from 0 to π, also on frames one pixel wide and without contours', () => {
    for (const [width, height] of [
      [1, 1],
      [1, 9],
      [7, 1],
      [2, 3],
    ]) {
      for (const value of [0, 0.5, -1]) {
        const data = Float32Array.from({ length: width * height }, (_, i) => (i % 3 === 0 ? value : 0));
        for (const angle of findOrientations({ width, height, data })) expect(angle).to.be.within(0, Math.PI);
      }
    }
  });
});
