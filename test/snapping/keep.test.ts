import { expect } from 'chai';
import type { LabelMap, Probabilities } from '../../src/label-map.js';
import { findComponents } from '../../src/snapping/components.js';
import { butLargest } from '../../src/snapping/keep-largest.js';
import { FARTHEST_STEP, judgeNearness, noteSightings, type Sightings } from '../../src/snapping/keep-near.js';
import { labelsWithout } from '../../src/snapping/labels-without.js';
import { drawing, drawn } from './drawn-labels.js';

/** Sure of what is drawn; further drawings say what else is probable, less and less. */
function probabilities(...layers: LabelMap[]): Probabilities {
  const [{ width, height }] = layers;
  const ids = [1, 2, 3];
  const pixels = width * height;
  const data = new Float32Array(ids.length * pixels);
  layers.forEach((layer, depth) =>
    layer.data.forEach((id, i) => {
      if (id > 0) data[(id - 1) * pixels + i] = 0.9 - 0.1 * depth;
    }),
  );
  return { ids, width, height, data };
}

const largest = (...layers: LabelMap[]) => drawing(labelsWithout(probabilities(...layers), 0.5, butLargest));

describe('keeping the largest piece', () => {
  it('drops all others, of each object', () => {
    expect(largest(drawn('11..2.2', '11....2', '....1..'))).to.deep.equal(['11....2', '11....2', '.......']);
  });

  it('keeps the first of two equal ones, and what is in one piece', () => {
    expect(largest(drawn('1.1', '...', '.2.'))).to.deep.equal(['1..', '...', '.2.']);
  });

  it('gives dropped pixels to the next object that is probable there', () => {
    const first = drawn('11.1.', '11.1.');
    expect(largest(first, drawn('...2.', '...2.'))).to.deep.equal(['11.2.', '11.2.']);
    // what it gains may make another piece of the second object the largest: looked at again
    expect(largest(drawn('11.1.2', '11.1..'), drawn('...2..', '...2..'))).to.deep.equal(['11.2..', '11.2..']);
    // but not where it is less probable than the threshold
    const unlikely = probabilities(first, drawn('...2.', '...2.'));
    expect(drawing(labelsWithout(unlikely, 0.85, butLargest))).to.deep.equal(['11...', '11...']);
  });

  it('leaves the probabilities as they are', () => {
    const p = probabilities(drawn('11.1'));
    const before = p.data.slice();
    labelsWithout(p, 0.5, butLargest);
    expect(p.data).to.deep.equal(before);
  });
});

describe('keeping what is near', () => {
  /** A row of 40 pixels, in which an object gets 220/980 of the width in a frame: up to 8 pixels (0.2246 · 40 = 8.98). */
  const row = (...at: number[]) =>
    drawn(Array.from({ length: 40 }, (_, x) => (at.includes(x) ? '1' : '.')).join(''));
  const columns = ({ data }: LabelMap) => [...data.keys()].filter((x) => data[x] === 1);

  /** Follows the pieces through frames, first … last, from what frame 0 shows; columns where object 1 is kept. */
  function follow(...frames: number[][]): number[][] {
    let sightings: Sightings = new Map();
    return frames.map((at, index) => {
      const labels = labelsWithout(
        probabilities(row(...at)),
        0.5,
        (components, current) => judgeNearness(components, current, index, sightings).drop,
      );
      sightings = noteSightings(labels, index, sightings);
      return columns(labels);
    });
  }

  it('takes the distance of OnAVOS: 220 pixels at 854×480', () => {
    expect(FARTHEST_STEP * Math.hypot(854, 480)).to.be.closeTo(220, 1e-9);
    const at = (...columns: number[]) => {
      const labels = { width: 854, height: 480, data: new Uint8Array(854 * 480) };
      for (const x of columns) labels.data[240 * 854 + x] = 1;
      return labels;
    };
    const before: Sightings = new Map([[1, { index: 0, labels: at(100) }]]);
    const judge = (labels: LabelMap) => [...judgeNearness(findComponents(labels), labels, 1, before).drop];
    expect(judge(at(100, 320))).to.deep.equal([]);
    expect(judge(at(100, 321))).to.deep.equal([2]);
  });

  it('keeps all of an object that was never seen', () => {
    expect(follow([3, 30])).to.deep.equal([[3, 30]]);
  });

  it('drops a look-alike far away, and keeps every piece that is near', () => {
    expect(follow([3], [5, 9, 30], [5, 17, 18, 30])).to.deep.equal([[3], [5, 9], [5, 17, 18]]);
    expect(follow([3], [5, 9, 30], [5, 18, 30])).to.deep.equal([[3], [5, 9], [5]]);
  });

  it('keeps the nearest where all are far, the larger of two equally near', () => {
    expect(follow([20], [2, 3, 36, 39])).to.deep.equal([[20], [36]]);
    expect(follow([20], [4, 36, 37])).to.deep.equal([[20], [36, 37]]);
  });

  it('goes back to the object where a look-alike was taken for it while it was hidden', () => {
    expect(follow([3], [30], [30], [4, 30], [5, 30])).to.deep.equal([[3], [30], [30], [4], [5]]);
  });

  it('finds an object anywhere after it was out of sight for long enough', () => {
    // 35 pixels away: in four frames, of 8.98 pixels each; what is near to it comes with the next
    expect(follow([2], [], [], [], [37, 39], [37, 39, 2])).to.deep.equal([[2], [], [], [], [37], [37, 39]]);
    // in three it cannot be there: what is where it was is it
    expect(follow([2], [], [], [37, 39], [37, 39, 2])).to.deep.equal([[2], [], [], [37], [2]]);
  });

  it('follows one that jumped at a cut after a few frames, and until then shows it', () => {
    const jumped = follow([2], [37], [37], [37], [37], [36, 2], [35, 2]);
    expect(jumped.slice(1, 5)).to.deep.equal([[37], [37], [37], [37]]);
    expect(jumped.slice(5)).to.deep.equal([[36], [35]]);
  });

  it('judges backwards as forwards', () => {
    const labels = row(5, 30);
    const sightings: Sightings = new Map([[1, { index: 8, labels: row(3) }]]);
    expect([...judgeNearness(findComponents(labels), labels, 7, sightings).drop]).to.deep.equal([2]);
  });

  it('judges each object by itself', () => {
    const before = drawn('1.......................2');
    const sightings: Sightings = noteSightings(before, 0, new Map());
    const labels = labelsWithout(
      probabilities(drawn('12......................1')),
      0.5,
      (components, current) => judgeNearness(components, current, 1, sightings).drop,
    );
    // the piece of object 2 is far, but its only one
    expect(drawing(labels)).to.deep.equal(['12.......................']);
  });
});
