import { expect } from 'chai';
import * as fc from 'fast-check';
import { ObjectTracks } from '../../src/methods/object-tracks.js';
import { boxOf, regionAround, regionOf } from '../../src/methods/region.js';
import { labelsWith, type Box } from '../jobs/small-clip.js';

const frame = { width: 200, height: 100 };
const map = (...boxes: Box[]) => ({ ...frame, data: labelsWith(boxes, frame.width, frame.height) });

describe('the region around objects', () => {
  it('is two and a half times their box, of the frame’s aspect', () => {
    expect(regionOf(map([1, 90, 40, 20, 20]))).to.deep.equal({ x: 50, y: 25, width: 100, height: 50 });
  });

  it('is moved into the frame, never smaller than a quarter of it, never larger', () => {
    expect(regionOf(map([1, 0, 90, 4, 4]))).to.deep.equal({ x: 0, y: 75, width: 50, height: 25 });
    expect(regionOf(map([1, 10, 10, 20, 80]))).to.deep.equal({ x: 0, y: 0, ...frame });
  });

  it('holds all objects, and is the whole frame where there is none', () => {
    const { x, width } = regionOf(map([1, 40, 40, 10, 10], [2, 80, 40, 10, 10]));
    expect(x).to.be.below(40);
    expect(x + width).to.be.above(90);
    expect(regionOf(map())).to.deep.equal({ x: 0, y: 0, ...frame });
  });

  it('lies in the frame with its aspect, and holds the box, wherever that is', () => {
    fc.assert(
      fc.property(
        fc.record({ x: fc.nat(199), y: fc.nat(99), width: fc.nat(200), height: fc.nat(100) }),
        (drawn) => {
          const box = {
            ...drawn,
            width: Math.max(1, Math.min(drawn.width, 200 - drawn.x)),
            height: Math.max(1, Math.min(drawn.height, 100 - drawn.y)),
          };
          const region = regionAround(box, frame);
          expect(region.x).to.be.within(0, Math.min(box.x, 200 - region.width));
          expect(region.y).to.be.within(0, Math.min(box.y, 100 - region.height));
          expect(region.x + region.width).to.be.within(box.x + box.width, 200);
          expect(region.y + region.height).to.be.within(box.y + box.height, 100);
          expect(region.width / region.height).to.be.closeTo(2, 0.05);
        },
      ),
    );
  });

  it('is not drawn away by stray pixels', () => {
    const strays = map([1, 90, 40, 20, 20], [1, 3, 3, 1, 1], [1, 190, 95, 1, 1]);
    expect(boxOf(strays, (label) => label === 1)).to.deep.equal({ x: 90, y: 40, width: 20, height: 20 });
  });
});

describe('objects followed from mask to mask', () => {
  it('are looked for around their last mask, smoothed', () => {
    const tracks = new ObjectTracks();
    tracks.start(map([1, 50, 40, 20, 20]));
    expect(tracks.region(frame)).to.deep.equal({ x: 10, y: 25, width: 100, height: 50 });
    tracks.update(map([1, 60, 40, 20, 20]), [1]);
    expect(tracks.region(frame).x).to.be.within(15, 19);
    for (let i = 0; i < 9; i++) tracks.update(map([1, 60, 40, 20, 20]), [1]);
    expect(tracks.region(frame).x).to.equal(20);
  });

  it('are looked for further and further around when lost, at last everywhere, and where they are found again', () => {
    const tracks = new ObjectTracks();
    tracks.start(map([1, 90, 40, 20, 20]));
    const widths = [100];
    for (let i = 0; i < 4; i++) {
      tracks.update(map(), [1]);
      widths.push(tracks.region(frame).width);
    }
    expect(widths.slice(0, 3)).to.deep.equal([100, 150, 200]);
    expect(tracks.region(frame)).to.deep.equal({ x: 0, y: 0, ...frame });
    tracks.update(map([1, 20, 20, 20, 20]), [1]);
    expect(tracks.region(frame)).to.deep.equal({ x: 0, y: 5, width: 100, height: 50 });
  });

  it('are looked for everywhere before they were ever seen', () => {
    const tracks = new ObjectTracks();
    expect(tracks.region(frame)).to.deep.equal({ x: 0, y: 0, ...frame });
    tracks.update(map([3, 90, 40, 20, 20]), [3]);
    expect(tracks.region(frame).width).to.equal(100);
  });
});
