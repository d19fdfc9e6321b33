import { expect } from 'chai';
import { contourCost } from '../../../src/methods/contours/cost.js';

describe('methods/contours/cost', () => {
  const frame = { width: 320, height: 160 };
  const cost = (width: number, height: number, scales: number[]) =>
    contourCost('vgg19-slim', { width, height }, scales);

  it('counts the first convolution by hand, and what follows in proportion to the pixels', () => {
    // 3×3 from 3 to 16 channels, then from 16 to 16, at full size: those alone are 432 + 2,304 a pixel
    const own = cost(320, 160, [1]).frame.forward;
    expect(own).to.be.above((432 + 2304) * 320 * 160);
    expect(cost(640, 320, [1]).frame.forward).to.equal(4 * own);
    expect(cost(640, 320, [0.5]).frame.forward).to.equal(own);
  });

  it('adds the work of several scales, and holds the maps of the largest', () => {
    const [small, large, both] = [[1], [2], [1, 2]].map((scales) => contourCost('vgg19-slim', frame, scales));
    expect(both.frame.forward).to.equal(small.frame.forward + large.frame.forward);
    expect(both.frame.backward).to.equal(0);
    expect(both.bytes).to.equal(large.bytes);
    expect(large.bytes).to.be.above(small.bytes);
  });
});
