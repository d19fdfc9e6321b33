import { expect } from 'chai';
import { mergeRegions } from '../../src/snapping/merge-tree.js';
import { linkRegions } from '../../src/snapping/region-graph.js';
import { cornerStrengths, drawUltrametricMap, partitionOf } from '../../src/snapping/ultrametric-map.js';
import { drawnContours, drawnRegions, regionsDrawn } from './drawn-contours.js';

describe('the ultrametric contour map', () => {
  it('has the outlines between the pixels, and their strength on the corners of the rim', () => {
    const regions = drawnRegions('ab');
    const graph = linkRegions(regions, drawnContours('46'));
    const { data } = drawUltrametricMap(regions, graph, mergeRegions(graph));
    expect([...data]).to.deep.equal(
      [...[0, 0, 0.5, 0, 0], ...[0, 0, 0.5, 0, 0], ...[0, 0, 0.5, 0, 0]].map((value) =>
        value === 0 ? 0 : data[2],
      ),
    );
    expect(data[2]).to.be.closeTo(0.5, 1e-7);
  });

  it('keeps apart regions along the rim', () => {
    // without the strength in the corners of the rim, the rim itself would join all that touch it
    const regions = drawnRegions('ab');
    const graph = linkRegions(regions, drawnContours('46'));
    const ucm = drawUltrametricMap(regions, graph, mergeRegions(graph));
    expect(regionsDrawn(partitionOf(ucm, 0.4))).to.deep.equal(['ab']);
    ucm.data[2] = ucm.data[12] = 0;
    expect(regionsDrawn(partitionOf(ucm, 0.4))).to.deep.equal(['aa']);
  });

  it('gives up an outline of exactly the threshold', () => {
    const ucm = { width: 2, height: 1, data: new Float64Array(15) };
    for (const place of [2, 7, 12]) ucm.data[place] = 0.3;
    expect(partitionOf(ucm, 0.3).count).to.equal(1);
    expect(partitionOf(ucm, 0.2999).count).to.equal(2);
  });

  it('is shown at the size of the frame by the corner at each lower right', () => {
    const data = Float64Array.from({ length: 5 * 7 }, (_, i) => i);
    expect([...cornerStrengths({ width: 3, height: 2, data })]).to.deep.equal([16, 18, 20, 30, 32, 34]);
  });

  it('is empty where there is one region', () => {
    const regions = drawnRegions('a');
    const graph = linkRegions(regions, drawnContours('9'));
    const ucm = drawUltrametricMap(regions, graph, mergeRegions(graph));
    expect([...ucm.data]).to.deep.equal(Array(9).fill(0));
    expect(partitionOf(ucm, 0)).to.deep.equal({ width: 1, height: 1, count: 1, map: Int32Array.of(0) });
  });
});
