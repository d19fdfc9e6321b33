import { expect } from 'chai';
import { OsvosError } from '../../src/errors.js';
import { crackOf, DOWN, linkRegions, orientedStrength, RIGHT } from '../../src/snapping/region-graph.js';
import { drawnContours, drawnRegions } from './drawn-contours.js';

const degrees = (angle: number) => (angle * Math.PI) / 180;

describe('the graph of regions', () => {
  it('has an arc for each two that touch, with the mean of two pixels on each crack', () => {
    const graph = linkRegions(drawnRegions('ab', 'ac'), drawnContours('24', '68'));
    expect([...graph.low]).to.deep.equal([0, 1, 0]);
    expect([...graph.high]).to.deep.equal([1, 2, 2]);
    expect([...graph.length]).to.deep.equal([1, 1, 1]);
    [0.3, 0.6, 0.7].forEach((total, arc) => expect(graph.total[arc]).to.be.closeTo(total, 1e-7));
    expect([...graph.cracks]).to.deep.equal([crackOf(0, RIGHT), crackOf(1, DOWN), crackOf(2, RIGHT)]);
    expect([...graph.arcs]).to.deep.equal([0, 1, 2]);
  });

  it('adds up all cracks between two regions, also where they touch in two places', () => {
    const graph = linkRegions(drawnRegions('aba', 'aaa'), drawnContours('246', '888'));
    expect([...graph.length]).to.deep.equal([3]);
    expect(graph.total[0]).to.be.closeTo(0.3 + 0.6 + 0.5, 1e-6);
  });

  it('has no arcs where there is one region, and takes strengths below 0 for 0', () => {
    expect(linkRegions(drawnRegions('aa', 'aa'), drawnContours('12', '34')).low).to.have.length(0);
    const contours = { width: 2, height: 1, data: Float32Array.of(-1, 0.5) };
    expect(linkRegions(drawnRegions('ab'), contours).total[0]).to.equal(0.25);
  });

  it('refuses contours of another size', () => {
    expect(() => linkRegions(drawnRegions('ab'), drawnContours('123')))
      .to.throw(OsvosError, 'the regions are 2×1, the contour map 3×1')
      .with.property('code', 'mask-size');
  });

  describe('weighted by direction', () => {
    it('takes all of an outline along the arc, half at 60°, nothing across', () => {
      // normals of tangents at 0°, 60° and 90° on a level chord
      const strengths = [90, 150, 180].map((normal) => orientedStrength(0.8, degrees(normal), 0));
      [0.8, 0.4, 0].forEach((strength, k) => expect(strengths[k]).to.be.closeTo(strength, 1e-12));
    });

    it('drops an arc that runs into an outline at a right angle', () => {
      const regions = drawnRegions('aaaa', 'aaaa', 'bbbb', 'bbbb');
      const contours = drawnContours('8888', '8888', '8888', '8888');
      const across = linkRegions(regions, contours, new Float32Array(16)); // normals point along x: vertical outlines
      expect(across.total[0]).to.be.closeTo(0, 1e-6);
      const along = linkRegions(regions, contours, new Float32Array(16).fill(Math.PI / 2));
      expect(along.total[0]).to.be.closeTo(4 * 0.8, 1e-6);
    });
  });
});
