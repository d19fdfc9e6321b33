import { expect } from 'chai';
import type { Partition } from '../../src/snapping/partition.js';
import { DOWN, RIGHT, crackOf, linkRegions } from '../../src/snapping/region-graph.js';
import { chordAngles } from '../../src/snapping/straight-pieces.js';
import { drawnRegions } from './drawn-contours.js';

/** Regions `a` and, where `inside` says so, `b`. */
function halves(width: number, height: number, inside: (x: number, y: number) => boolean): Partition {
  const map = Int32Array.from({ length: width * height }, (_, i) =>
    Number(inside(i % width, Math.floor(i / width))),
  );
  return { width, height, count: 2, map };
}

/** Degrees from 0, to a tenth. */
const tenths = (angle: number) => Math.round(((angle * 180) / Math.PI + 360) * 10) / 10;

/** Angle of each crack in degrees from 0 to 180, by crack number. */
function anglesOf(regions: Partition): Map<number, number> {
  const contours = { ...regions, data: new Float32Array(regions.map.length) };
  const { cracks } = linkRegions(regions, contours);
  const angles = chordAngles(regions, cracks);
  return new Map(Array.from(cracks, (crack, k) => [crack, tenths(angles[k]) % 180]));
}

describe('straight pieces of arcs', () => {
  it('run level, upright and aslant', () => {
    const level = anglesOf(halves(6, 4, (_, y) => y >= 2));
    expect([...level.values()]).to.deep.equal([0, 0, 0, 0, 0, 0]);
    const upright = anglesOf(halves(4, 5, (x) => x >= 2));
    expect([...upright.values()]).to.deep.equal([90, 90, 90, 90, 90]);
    // down to the right, as y grows downwards; both treads and risers of the stairs
    for (const angle of anglesOf(halves(20, 20, (x, y) => x > y)).values())
      expect(angle).to.be.closeTo(45, 1.6);
    for (const angle of anglesOf(halves(20, 20, (x, y) => x + y > 19)).values()) {
      expect(angle).to.be.closeTo(135, 1.6);
    }
    for (const angle of anglesOf(halves(60, 30, (x, y) => 2 * y > x)).values()) {
      expect(angle).to.be.closeTo((Math.atan(1 / 2) * 180) / Math.PI, 2);
    }
  });

  it('end at a corner', () => {
    const angles = anglesOf(halves(12, 12, (x, y) => x >= 6 && y >= 6));
    for (let k = 6; k < 12; k++) {
      expect(angles.get(crackOf(5 * 12 + k, DOWN))).to.equal(0);
      expect(angles.get(crackOf(k * 12 + 5, RIGHT))).to.equal(90);
    }
  });

  it('end where a third region begins', () => {
    const regions = drawnRegions('aabb', 'aabb', 'cccc', 'cccc');
    const angles = [...anglesOf(regions).entries()];
    for (const [crack, angle] of angles) expect(angle).to.equal((crack & 1) === DOWN ? 0 : 90);
    expect(angles).to.have.length(6);
  });

  it('go round a region that touches only one', () => {
    const angles = anglesOf(halves(14, 14, (x, y) => x >= 3 && x < 11 && y >= 3 && y < 11));
    for (const [crack, angle] of angles) expect(angle).to.equal((crack & 1) === DOWN ? 0 : 90);
    expect(angles.size).to.equal(32);
  });

  it('are those of regions that touch at a corner, too', () => {
    expect([...anglesOf(drawnRegions('ab', 'ca')).values()]).to.deep.equal([90, 0, 0, 90]);
  });
});
