import { expect } from 'chai';
import { cutOut, pasteLabels, regionNearMasks } from '../../../src/methods/contours/region-near-masks.js';

/** A frame of 800×400 with a rectangle of object 3. */
function labelsWith(x: number, y: number, width: number, height: number) {
  const data = new Uint8Array(800 * 400);
  for (let row = y; row < y + height; row++) data.fill(3, row * 800 + x, row * 800 + x + width);
  return { width: 800, height: 400, data };
}

describe('methods/contours/region-near-masks', () => {
  it('is the box of the masks with a margin, inside the frame', () => {
    // a small object gets 64 pixels on each side
    expect(regionNearMasks(labelsWith(300, 200, 40, 20))).to.deep.equal({
      x: 236,
      y: 136,
      width: 168,
      height: 148,
    });
    // a large one a quarter of its box, whose outermost hundredths count as strays; the frame ends below
    expect(regionNearMasks(labelsWith(100, 240, 400, 160))).to.deep.equal({
      x: 6,
      y: 177,
      width: 588,
      height: 223,
    });
  });

  it('is the whole frame where it would be most of it, and nothing without an object', () => {
    expect(regionNearMasks(labelsWith(100, 50, 600, 300))).to.deep.equal({
      x: 0,
      y: 0,
      width: 800,
      height: 400,
    });
    expect(regionNearMasks(labelsWith(0, 0, 0, 0))).to.equal(undefined);
    const ignored = { ...labelsWith(0, 0, 0, 0), data: new Uint8Array(800 * 400).fill(255) };
    expect(regionNearMasks(ignored)).to.equal(undefined);
  });

  it('cuts out and pastes back', () => {
    const labels = { width: 4, height: 3, data: Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) };
    const box = { x: 1, y: 1, width: 2, height: 2 };
    expect([...cutOut(labels.data, 4, box, 1)]).to.deep.equal([5, 6, 9, 10]);
    const rgb = Uint8Array.from({ length: 36 }, (_, i) => i);
    expect([...cutOut(rgb, 4, { ...box, height: 1 }, 3)]).to.deep.equal([15, 16, 17, 18, 19, 20]);
    const pasted = pasteLabels(labels, Uint8Array.from([50, 60, 90, 100]), box);
    expect([...pasted.data]).to.deep.equal([0, 1, 2, 3, 4, 50, 60, 7, 8, 90, 100, 11]);
    expect(labels.data[5], 'the labels before').to.equal(5);
  });
});
