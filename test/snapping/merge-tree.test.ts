import { expect } from 'chai';
import fc from 'fast-check';
import { mergeRegions, partitionAt } from '../../src/snapping/merge-tree.js';
import type { Partition } from '../../src/snapping/partition.js';
import { crackOf, DOWN, linkRegions, RIGHT, type RegionGraph } from '../../src/snapping/region-graph.js';
import { cornerStrengths, drawUltrametricMap, partitionOf } from '../../src/snapping/ultrametric-map.js';
import { floodBasins } from '../../src/snapping/watershed.js';
import { arbitraryContours } from './arbitrary-contours.js';
import { drawnRegions, regionsDrawn } from './drawn-contours.js';

/** A graph of arcs such as `AB 0.6 3`: regions A and B, sum of the strengths 0.6, 3 cracks. */
function graphOf(arcs: string[], cracks: number[] = []): RegionGraph {
  const letters = [...new Set(arcs.join('').replace(/[^A-Z]/g, ''))];
  const numberOf = (letter: string) => letter.charCodeAt(0) - 65;
  const figures = arcs.map((arc) => arc.split(' ').slice(1).map(Number));
  return {
    regions: Math.max(1, letters.length),
    low: Int32Array.from(arcs, ([low]) => numberOf(low)),
    high: Int32Array.from(arcs, ([, high]) => numberOf(high)),
    total: Float64Array.from(figures, ([total]) => total),
    length: Int32Array.from(figures, ([, length = 1]) => length),
    cracks: Int32Array.from(cracks),
    arcs: Int32Array.from(cracks.keys()),
  };
}

describe('merging regions', () => {
  it('of a chain: the weakest outline first', () => {
    const chain = drawnRegions('abcd');
    const graph = graphOf(['AB 0.2', 'BC 0.6', 'CD 0.4']);
    const tree = mergeRegions(graph);
    expect([...tree.arcHeights]).to.deep.equal([0.2, 0.6, 0.4]);
    const at = (threshold: number) => regionsDrawn(partitionAt(chain, tree, threshold))[0];
    expect([0.1, 0.29, 0.4, 0.59, 0.6].map(at)).to.deep.equal(['abcd', 'aabc', 'aabb', 'aabb', 'aaaa']);
  });

  it('of a square: two arcs to one neighbour become one, of their mean', () => {
    const square = drawnRegions('ab', 'cd');
    const cracks = [crackOf(0, RIGHT), crackOf(2, RIGHT), crackOf(0, DOWN), crackOf(1, DOWN)];
    const graph = graphOf(['AB 0.1', 'CD 0.5', 'AC 0.3', 'BD 0.7'], cracks);
    const tree = mergeRegions(graph);
    expect([...tree.arcHeights]).to.deep.equal([0.1, 0.6, 0.3, 0.6]);
    expect(regionsDrawn(partitionAt(square, tree, 0.29))).to.deep.equal(['aa', 'bc']);
    expect(regionsDrawn(partitionAt(square, tree, 0.55))).to.deep.equal(['aa', 'ab']);
    const ucm = drawUltrametricMap(square, graph, tree);
    expect([...ucm.data]).to.deep.equal([
      ...[0, 0, 0.1, 0, 0],
      ...[0, 0, 0.1, 0, 0],
      ...[0.3, 0.3, 0.6, 0.6, 0.6],
      ...[0, 0, 0.6, 0, 0],
      ...[0, 0, 0.6, 0, 0],
    ]);
    expect([...cornerStrengths(ucm)]).to.deep.equal([0.6, 0.6, 0.6, 0]);
    expect(regionsDrawn(partitionOf(ucm, 0.29))).to.deep.equal(['aa', 'bc']);
  });

  it('weighs arcs by their length', () => {
    const { arcHeights } = mergeRegions(graphOf(['AB 0.4 2', 'BC 0.3', 'AC 2.7 3']));
    expect([...arcHeights]).to.deep.equal([0.2, 0.75, 0.75]);
  });

  it('takes the lower regions first where outlines are equally strong', () => {
    // CD before the others would put D into C
    const tie = graphOf(['CD 0.5', 'BC 0.5', 'AC 0.5', 'BD 0.5', 'AB 0.5']);
    expect([...mergeRegions(tie).into]).to.deep.equal([0, 0, 0, 0]);
    // AB, then the joined region's outline to C, before CD: D is left to the mean of CD and AD
    const pairs = graphOf(['CD 0.4', 'AB 0.4', 'BC 0.4', 'AD 0.9']);
    const { into, heights } = mergeRegions(pairs);
    expect([...into]).to.deep.equal([0, 0, 0, 0]);
    expect([...heights]).to.deep.equal([Infinity, 0.4, 0.4, 0.65]);
  });

  it('never falls, though sums are rounded', () => {
    // 0.1 + 0.2 and the like: a mean of equals may come out a bit below them
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0.1, 0.2, 0.3, 0.7), { minLength: 36, maxLength: 36 }),
        (strengths) => {
          const arcs = strengths.map((s, k) => `${pairsOfNine[k]} ${s + s + s} 3`);
          expectNoFall(mergeRegions(graphOf(arcs)));
        },
      ),
    );
  });

  it('leaves alone what is stronger than the height at which it has to end', () => {
    const graph = graphOf(['AB 0.2', 'BC 0.6', 'CD 0.4']);
    const { into, heights, arcHeights } = mergeRegions(graph, 0.4);
    expect([...into]).to.deep.equal([0, 0, 2, 2]);
    expect([...heights]).to.deep.equal([Infinity, 0.2, Infinity, 0.4]);
    expect([...arcHeights]).to.deep.equal([0.2, Infinity, 0.4]);
  });

  it('has nothing to do for one region', () => {
    const { into, heights } = mergeRegions(graphOf([]));
    expect([[...into], [...heights]]).to.deep.equal([[0], [Infinity]]);
  });

  it('does what the plain way does: look for the weakest of all, join, begin again', () => {
    fc.assert(
      fc.property(arbitraryContours, (contours) => {
        const graph = linkRegions(floodBasins(contours), contours);
        const tree = mergeRegions(graph);
        const plain = mergePlainly(graph);
        for (const [arc, height] of plain.entries())
          expect(tree.arcHeights[arc]).to.be.closeTo(height, 1e-12);
      }),
    );
  });

  it('gives thresholds that nest, heights that never fall, and the same regions as the map that is drawn', () => {
    fc.assert(
      fc.property(arbitraryContours, (contours) => {
        const basins = floodBasins(contours);
        const graph = linkRegions(basins, contours);
        const tree = mergeRegions(graph);
        expectNoFall(tree);
        const ucm = drawUltrametricMap(contours, graph, tree);
        // each height itself, a bit less, and some others
        const thresholds = [...tree.arcHeights].flatMap((height) => [height, height - 1e-9]);
        let finer: Partition | undefined;
        for (const threshold of [0, 0.1, 0.29, ...thresholds].filter((t) => t >= 0).sort((a, b) => a - b)) {
          const partition = partitionAt(basins, tree, threshold);
          expect(partitionOf(ucm, threshold)).to.deep.equal(partition);
          expect(partitionAt(basins, mergeRegions(graph, threshold), threshold)).to.deep.equal(partition);
          if (finer) expectCoarser(partition, finer);
          finer = partition;
        }
        expect(partitionAt(basins, tree, 1).count).to.equal(1);
      }),
    );
  });
});

/** AB, AC … HI: each of nine regions touches each other. */
const pairsOfNine = [...'ABCDEFGHI'].flatMap((low) =>
  [...'ABCDEFGHI'].filter((high) => high > low).map((high) => low + high),
);

function expectNoFall({ into, heights }: { into: Int32Array; heights: Float64Array }): void {
  for (const [region, next] of into.entries()) {
    if (next === region) continue;
    expect(next).to.be.lessThan(region);
    expect(heights[next]).to.be.at.least(heights[region]);
  }
}

function expectCoarser(coarse: Partition, fine: Partition): void {
  const whole = new Map<number, number>();
  for (const [i, region] of fine.map.entries()) {
    const around = whole.get(region);
    if (around === undefined) whole.set(region, coarse.map[i]);
    else expect(coarse.map[i]).to.equal(around);
  }
}

/** Height of each arc. */
function mergePlainly({ low, high, total, length }: RegionGraph): number[] {
  const groups = Array.from(low, (_, k) => ({
    ends: [low[k], high[k]],
    total: total[k],
    length: length[k],
    arcs: [k],
  }));
  const heights = Array.from(low, () => 0);
  let level = 0;
  let open = groups;
  const rank = ({ total, length, ends }: (typeof groups)[number]) => [total / length, ends[0], ends[1]];
  while (open.length > 0) {
    const [first] = open.sort((a, b) => {
      const [one, other] = [rank(a), rank(b)];
      const k = one.findIndex((value, i) => value !== other[i]);
      return one[k] - other[k];
    });
    level = Math.max(level, first.total / first.length);
    for (const arc of first.arcs) heights[arc] = level;
    const [kept, gone] = first.ends;
    const joined = new Map<string, (typeof groups)[number]>();
    for (const { ends, total, length, arcs } of open.slice(1)) {
      const renamed = ends.map((end) => (end === gone ? kept : end)).sort((a, b) => a - b);
      const before = joined.get(renamed.join());
      joined.set(renamed.join(), {
        ends: renamed,
        total: total + (before?.total ?? 0),
        length: length + (before?.length ?? 0),
        arcs: [...arcs, ...(before?.arcs ?? [])],
      });
    }
    open = [...joined.values()];
  }
  return heights;
}
