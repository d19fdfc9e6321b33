import { expect } from 'chai';
import { cellsOfPixels, layoutOfCells, type SeenPart } from '../../../src/methods/stm/cells-of-pixels.js';
import { paddingOf } from '../../../src/methods/stm/padding.js';

/** A frame of 100×50 that the network sees at 60×30 in 64×32: two rows of four cells, 2 and 1 pixels of border. */
const size = { width: 60, height: 30 };
const whole: SeenPart = {
  frame: { width: 100, height: 50 },
  place: { x: 0, y: 0, width: 100, height: 50 },
  size,
  padding: paddingOf(size),
};

function pixels({ frame }: SeenPart, x: number, y: number, width = 1, height = 1): Uint8Array {
  const data = new Uint8Array(frame.width * frame.height);
  for (let row = y; row < y + height; row++)
    data.fill(7, row * frame.width + x, row * frame.width + x + width);
  return data;
}

describe('methods/stm/cells-of-pixels', () => {
  it('finds the cell under a pixel', () => {
    // cells begin at (16k − 2) · 100 / 60: 0, 23.3, 50, 76.7 across, and at 25 down
    expect(cellsOfPixels(pixels(whole, 0, 0), whole)).to.deep.equal([0]);
    expect(cellsOfPixels(pixels(whole, 22, 24), whole)).to.deep.equal([0]);
    expect(cellsOfPixels(pixels(whole, 23, 24), whole)).to.deep.equal([1]);
    expect(cellsOfPixels(pixels(whole, 49, 25), whole)).to.deep.equal([5]);
    expect(cellsOfPixels(pixels(whole, 50, 25), whole)).to.deep.equal([6]);
    expect(cellsOfPixels(pixels(whole, 99, 49), whole)).to.deep.equal([7]);
  });

  it('finds the cells that are covered by half or more, and nothing where there is nothing', () => {
    expect(cellsOfPixels(pixels(whole, 0, 0, 100, 50), whole)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7]);
    // from 37 to 63 on: half of the second cell, half of the third
    expect(cellsOfPixels(pixels(whole, 36, 0, 28, 25), whole)).to.deep.equal([1, 2]);
    expect(cellsOfPixels(pixels(whole, 40, 0, 24, 25), whole)).to.deep.equal([2]);
    expect(cellsOfPixels(new Uint8Array(5000), whole)).to.deep.equal([]);
  });

  it('finds the cell that a small object covers most', () => {
    expect(cellsOfPixels(pixels(whole, 45, 30, 9, 3), whole)).to.deep.equal([5]);
    expect(cellsOfPixels(pixels(whole, 47, 30, 9, 3), whole)).to.deep.equal([6]);
  });

  it('counts from where a part of the frame was cut out', () => {
    const place = { x: 200, y: 100, width: 100, height: 50 };
    const part = { ...whole, place, frame: { width: 400, height: 300 } };
    expect(cellsOfPixels(pixels(part, 200, 100), part)).to.deep.equal([0]);
    expect(cellsOfPixels(pixels(part, 250, 125), part)).to.deep.equal([6]);
    for (const [x, y] of [
      [199, 100],
      [300, 125],
      [250, 150],
      [0, 0],
    ])
      expect(cellsOfPixels(pixels(part, x, y), part), `${x},${y}`).to.deep.equal([]);
  });

  it('tells where the grid lies', () => {
    const { x, y, width, height } = layoutOfCells(whole);
    expect(x).to.be.closeTo(-2 / 60, 1e-12);
    expect(y).to.be.closeTo(-1 / 30, 1e-12);
    expect(width).to.be.closeTo(64 / 60, 1e-12);
    expect(height).to.be.closeTo(32 / 30, 1e-12);
  });
});
