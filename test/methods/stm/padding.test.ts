import { expect } from 'chai';
import { pad, paddingOf, reducedSize } from '../../../src/methods/stm/padding.js';

/** As the released STM pads: [height, width, padded height, padded width, top, bottom, left, right]. */
const table = [
  [480, 854, 480, 864, 0, 0, 5, 5],
  [480, 910, 480, 912, 0, 0, 1, 1],
  [360, 640, 368, 640, 4, 4, 0, 0],
  [1080, 1920, 1088, 1920, 4, 4, 0, 0],
  [240, 427, 240, 432, 0, 0, 2, 3],
  [479, 853, 480, 864, 0, 1, 5, 6],
  [481, 855, 496, 864, 7, 8, 4, 5],
  [100, 33, 112, 48, 6, 6, 7, 8],
];

describe('methods/stm/padding', () => {
  for (const [height, width, paddedHeight, paddedWidth, top, bottom, left, right] of table) {
    it(`brings ${width}×${height} to ${paddedWidth}×${paddedHeight}`, () => {
      const padding = paddingOf({ width, height });
      expect(padding).to.deep.equal({ width: paddedWidth, height: paddedHeight, top, left });
      expect(padding.height - height - padding.top).to.equal(bottom);
      expect(padding.width - width - padding.left).to.equal(right);
    });
  }

  it('puts a picture into zeros, from which it can be cut again', () => {
    const size = { width: 33, height: 21 };
    const padding = paddingOf(size);
    const values = Uint8Array.from({ length: 3 * size.width * size.height }, (_, i) => 1 + (i % 254));
    const padded = pad(values, size, padding, 3);
    expect(padded.length).to.equal(3 * padding.width * padding.height);
    const sum = (numbers: Uint8Array) => numbers.reduce((a, b) => a + b, 0);
    expect(sum(padded)).to.equal(sum(values));
    for (const [x, y, c] of [
      [0, 0, 0],
      [32, 0, 1],
      [0, 20, 2],
      [32, 20, 2],
      [11, 7, 1],
    ]) {
      const place = ((padding.top + y) * padding.width + padding.left + x) * 3 + c;
      expect(padded[place]).to.equal(values[(y * size.width + x) * 3 + c]);
    }
  });

  it('leaves a picture that fits as it is', () => {
    const values = new Uint8Array(32 * 16);
    const size = { width: 32, height: 16 };
    expect(pad(values, size, paddingOf(size), 1)).to.equal(values);
  });

  it('reduces frames by their short side, and never enlarges', () => {
    expect(reducedSize({ width: 854, height: 480 }, 240)).to.deep.equal({ width: 427, height: 240 });
    expect(reducedSize({ width: 1080, height: 1920 }, 360)).to.deep.equal({ width: 360, height: 640 });
    expect(reducedSize({ width: 200, height: 100 }, 360)).to.deep.equal({ width: 200, height: 100 });
    expect(reducedSize({ width: 5000, height: 100 }, 10)).to.deep.equal({ width: 500, height: 10 });
  });
});
