import { expect } from 'chai';
import { networkSize } from '../../src/clips/network-size.js';

describe('the size at which networks see a frame', () => {
  // 854×480 at 240 is the design's own example; the others are short side / 16 and long side / 16, rounded by hand
  const cases: [width: number, height: number, short: number, expected: [number, number]][] = [
    [854, 480, 240, [432, 240]],
    [854, 480, 480, [848, 480]],
    [480, 854, 240, [240, 432]],
    [1920, 1080, 480, [848, 480]],
    [100, 64, 240, [96, 64]],
    [5, 5, 240, [16, 16]],
  ];
  for (const [width, height, short, [w, h]] of cases) {
    it(`is ${w}×${h} for ${width}×${height} at ${short}`, () => {
      expect(networkSize({ width, height }, short)).to.deep.equal({ width: w, height: h });
    });
  }
});
