import { expect } from 'chai';
import type { GivenMask } from '../../src/jobs/segment-given-masks.js';
import { describeSmallObjects } from '../../src/jobs/small-objects.js';
import { labelsWith, type Box } from './small-clip.js';

function mask(boxes: Box[], width = 960, height = 480): GivenMask {
  const labels = { width, height, data: labelsWith(boxes, width, height) };
  return { index: 0, frame: '00000', file: 'first.png', sha256: '', labels };
}
const options = { size: 240, seed: 1 };
const method = { regions: true };

describe('small objects', () => {
  it('are those of fewer than 8×8 cells at the chosen size', () => {
    // at 240 of 480 pixels and stride 2 a cell is 4 pixels of the frame wide
    expect(describeSmallObjects([mask([[1, 100, 100, 32, 32]])], options, 2, method)).to.deep.equal([]);
    expect(describeSmallObjects([mask([[1, 100, 100, 16, 64]])], options, 2, method)).to.deep.equal([]);
    const [text, ...others] = describeSmallObjects(
      [mask([[1, 100, 100, 100, 100], [7, 300, 100, 24, 24]])], // prettier-ignore
      options,
      2,
      method,
    );
    expect(others).to.deep.equal([]);
    expect(text)
      .to.contain('object 7 of frame 00000')
      .and.to.contain('6.0×6.0 cells')
      .and.to.contain('480×240');
    // 24 pixels are 8 cells of 3 pixels: 480 / 3 · 2
    expect(text).to.match(/use --size 320 or --roi auto$/);
  });

  it('have no size as remedy where the frame itself is too small', () => {
    const [text] = describeSmallObjects([mask([[1, 300, 100, 12, 12]])], options, 2, method);
    expect(text).to.match(/; use --roi auto$/);
  });

  it('are seen enlarged with --roi auto', () => {
    const small = mask([[1, 300, 100, 12, 12]]);
    // the region is a quarter of the frame: 12 pixels of 240 seen at 480, so 12 cells
    expect(describeSmallObjects([small], { ...options, roi: 'auto' }, 2, method)).to.deep.equal([]);
    const tiny = mask([[1, 300, 100, 7, 7]]);
    const [text] = describeSmallObjects([tiny], { ...options, roi: 'auto' }, 2, method);
    expect(text).to.match(/7\.0×7\.0 cells.*; use --size 288$/);
  });

  it('depend on the network’s finest stride', () => {
    const boxes: Box[] = [[1, 100, 100, 32, 32]];
    expect(describeSmallObjects([mask(boxes)], options, 4, method)).to.have.length(1);
    expect(describeSmallObjects([mask(boxes)], options, 1, method)).to.have.length(0);
  });
});
