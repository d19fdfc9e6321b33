import { expect } from 'chai';
import fc from 'fast-check';
import { errorNames, errorSplit, meanErrors } from '../../src/scores/error-split.js';
import type { Mask } from '../../src/scores/region.js';
import { disk, either, everything, nothing, paint, pixel, rectangle, type Shape } from './shapes.js';

const WIDTH = 100;
const HEIGHT = 60;

/** Pixels of each kind, in the order of the names. */
function pixels(prediction: Shape, truth: Shape, width = WIDTH, height = HEIGHT): number[] {
  const split = errorSplit(paint(width, height, prediction), paint(width, height, truth));
  return errorNames.map((name) => split[name] * width * height);
}

describe('the kinds of wrong pixels', () => {
  it('are none where the mask is right', () => {
    const object = rectangle(10, 19, 10, 19);
    expect(pixels(object, object)).to.deep.equal([0, 0, 0]);
    expect(pixels(nothing, nothing)).to.deep.equal([0, 0, 0]);
  });

  it('are missed pixels where a part is lost', () => {
    // columns 15–19 of ten rows
    expect(pixels(rectangle(10, 14, 10, 19), rectangle(10, 19, 10, 19))).to.deep.equal([0, 0, 50]);
    expect(pixels(nothing, rectangle(10, 19, 10, 19))).to.deep.equal([0, 0, 100]);
  });

  it('are near up to 20 pixels from the object, and far beyond', () => {
    // the object ends in column 19: columns 20–39 are 1–20 away, 40–59 further
    const found = pixels(rectangle(10, 59, 10, 19), rectangle(10, 19, 10, 19));
    expect(found).to.deep.equal([20 * 10, 20 * 10, 0]);
  });

  it('are measured as the crow flies', () => {
    // 12² + 16² = 20², 13² + 16² = 425
    expect(pixels(pixel(50 + 12, 20 + 16), pixel(50, 20))).to.deep.equal([1, 0, 1]);
    expect(pixels(pixel(50 + 13, 20 + 16), pixel(50, 20))).to.deep.equal([0, 1, 1]);
  });

  it('fill the disk around a lone pixel: 1257 points of the lattice lie within 20 (OEIS A000328)', () => {
    expect(pixels(everything, pixel(50, 30))).to.deep.equal([1256, WIDTH * HEIGHT - 1257, 0]);
  });

  it('are all far where the object is not there', () => {
    expect(pixels(rectangle(0, 9, 0, 9), nothing)).to.deep.equal([0, 100, 0]);
  });

  it('end at the frame', () => {
    // columns 1–20 of one row; the object in the corner
    expect(pixels(rectangle(0, 30, 0, 0), pixel(0, 0), 31, 1)).to.deep.equal([20, 10, 0]);
    expect(pixels(rectangle(0, 0, 0, 30), pixel(0, 30), 1, 31)).to.deep.equal([20, 10, 0]);
  });

  it('are those that measuring every pair of pixels tells', () => {
    const width = 53;
    const height = 37;
    const drawn = fc.tuple(fc.nat(52), fc.nat(36), fc.nat(6)).map(([x, y, r]) => disk(x, y, r));
    const mask = fc.array(drawn, { maxLength: 3 }).map((disks) => disks.reduce(either, nothing));
    fc.assert(
      fc.property(mask, mask, (prediction, truth) => {
        expect(pixels(prediction, truth, width, height).map(Math.round)).to.deep.equal(
          byPairs(paint(width, height, prediction), paint(width, height, truth)),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('are averaged each on its own', () => {
    const all = [
      { 'FP-Close': 0.1, 'FP-Far': 0, FN: 0.25 },
      { 'FP-Close': 0.3, 'FP-Far': 0.5, FN: 0.25 },
    ];
    expect(meanErrors(all)).to.deep.equal({ 'FP-Close': 0.2, 'FP-Far': 0.25, FN: 0.25 });
    expect(meanErrors([])).to.equal(undefined);
  });
});

/** Near, far and missed pixels by the definition alone. */
function byPairs({ data }: Mask, { width, height, data: truth }: Mask): number[] {
  const counts = [0, 0, 0];
  const isNear = (x: number, y: number) => {
    for (let v = 0; v < height; v++)
      for (let u = 0; u < width; u++)
        if (truth[v * width + u] !== 0 && Math.hypot(u - x, v - y) <= 20) return true;
    return false;
  };
  data.forEach((predicted, i) => {
    if (predicted !== 0 && truth[i] === 0) counts[isNear(i % width, Math.floor(i / width)) ? 0 : 1]++;
    if (predicted === 0 && truth[i] !== 0) counts[2]++;
  });
  return counts;
}
