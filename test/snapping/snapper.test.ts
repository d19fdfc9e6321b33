import { expect } from 'chai';
import fc from 'fast-check';
import { OsvosError } from '../../src/errors.js';
import { labelsFromProbabilities } from '../../src/label-map.js';
import { createSnapper, MASK_THRESHOLD } from '../../src/snapping/snapper.js';
import { createWorkspace } from '../../src/snapping/workspace.js';
import { arbitraryContours } from './arbitrary-contours.js';
import { drawnContours, regionsDrawn } from './drawn-contours.js';
import { drawing, drawn } from './drawn-labels.js';

/** A square with a strong outline; a weak line runs through it. */
const square = drawnContours(
  '.........',
  '.#######.',
  '.#..2..#.',
  '.#..2..#.',
  '.#..2..#.',
  '.#######.',
  '.........',
);

describe('snapping', () => {
  it('lets a rough mask take the shape of the contours', () => {
    const rough = drawn(
      '.........',
      '.........',
      '..1111111',
      '..111..1.',
      '..11111..',
      '.........',
      '.........',
    );
    const snapped = createSnapper(9, 7).snap(square, rough);
    for (const [y, x, label] of [
      [3, 5, 1],
      [3, 6, 1],
      [2, 8, 0],
      [3, 3, 1],
      [0, 0, 0],
      [6, 4, 0],
    ]) {
      expect(snapped.data[y * 9 + x], `${x}, ${y}`).to.equal(label);
    }
  });

  it('takes 0.29 as the threshold, and another one that is asked for', () => {
    // the crack on the weak line has the mean of 0.2 and 0
    expect(createSnapper(9, 7).superpixels(square).count).to.equal(2);
    expect(createSnapper(9, 7, { threshold: 0.05 }).superpixels(square).count).to.equal(3);
    expect(createSnapper(9, 7, { threshold: 1 }).superpixels(square).count).to.equal(1);
  });

  it('keeps a mask on a frame without contours', () => {
    const nothing = drawnContours('....', '....');
    for (const rows of [
      ['1...', '....'],
      ['1111', '111.'],
      ['....', '....'],
      ['1111', '1111'],
    ]) {
      expect(drawing(createSnapper(4, 2).snap(nothing, drawn(...rows)))).to.deep.equal(rows);
    }
  });

  it('keeps parts of a mask where there is no clear majority, if asked to', () => {
    const half = drawn(...Array<string>(7).fill('111111...'));
    const rule = { clearMajority: 0.7, leastPart: 0 };
    const kept = createSnapper(9, 7, rule).snap(square, half);
    expect(drawing(kept)[3].slice(2, 7)).to.equal('1111.');
    expect(drawing(createSnapper(9, 7).snap(square, half))[3].slice(2, 7)).to.equal('11111');
  });

  it('weighs by direction where that is asked for', () => {
    // between two basins on either side of a strong vertical line, an arc runs into it; alone it has no strength
    const lines = drawnContours(...Array<string>(12).fill('....9....'));
    const middle = createSnapper(9, 12, { oriented: true }).superpixels(lines);
    expect(regionsDrawn(middle)).to.deep.equal(Array(12).fill('aaaaabbbb'));
  });

  it('refuses labels and contours of other sizes', () => {
    const snapper = createSnapper(9, 7);
    expect(() => snapper.snap(square, drawn('11', '11')))
      .to.throw(OsvosError, 'the labels are 2×2, the contour map 9×7: make both at the size of the frame')
      .with.property('exit', 3);
    expect(() => snapper.superpixels(drawnContours('...')))
      .to.throw(OsvosError, 'the contour map is 3×1, the frame 9×7')
      .with.property('code', 'mask-size');
  });

  it('refuses contours that are no numbers, and goes on after that', () => {
    const snapper = createSnapper(9, 7);
    const broken = { ...square, data: square.data.slice() };
    broken.data[20] = NaN;
    expect(() => snapper.superpixels(broken))
      .to.throw(OsvosError, 'the contour map holds NaN: column 2, row 2')
      .with.property('code', 'not-a-number');
    expect(snapper.superpixels(square).count).to.equal(2);
  });

  it('takes the grey value 123 of 255 for foreground, and 122 not', () => {
    const data = Float32Array.of(122 / 255, 123 / 255);
    const labels = labelsFromProbabilities({ ids: [1], width: 2, height: 1, data }, MASK_THRESHOLD);
    expect([...labels.data]).to.deep.equal([0, 1]);
  });

  it('gives each frame what it would get alone, from arrays that do not grow', () => {
    const size = { width: 9, height: 7 };
    const frame = fc
      .array(fc.nat(20), { minLength: 63, maxLength: 63 })
      .map((values) => ({ ...size, data: Float32Array.from(values, (value) => value / 20) }));
    fc.assert(
      fc.property(fc.array(frame, { minLength: 2, maxLength: 5 }), fc.boolean(), (frames, oriented) => {
        const labels = { ...size, data: Uint8Array.from({ length: 63 }, (_, i) => (i * i) % 3) };
        const snapper = createSnapper(9, 7, { oriented });
        const results = frames.map((contours) => snapper.snap(contours, labels));
        const alone = frames.map((contours) => createSnapper(9, 7, { oriented }).snap(contours, labels));
        expect(results).to.deep.equal(alone);
        const bytes = snapper.bytes();
        for (const contours of frames) snapper.snap(contours, labels);
        expect(snapper.bytes()).to.equal(bytes);
      }),
    );
  });

  it('gives only labels that were there on frames of any size', () => {
    fc.assert(
      fc.property(arbitraryContours, fc.boolean(), ({ width, height, data }, oriented) => {
        const labels = { width, height, data: Uint8Array.from(data, (value) => (value > 0.01 ? 5 : 0)) };
        const snapped = createSnapper(width, height, { oriented }).snap({ width, height, data }, labels);
        for (const label of snapped.data) expect([...labels.data]).to.include(label);
      }),
    );
  });
});

describe('a workspace', () => {
  it('gives the same memory by name, more where it does not do, and other memory by another name', () => {
    const work = createWorkspace();
    const first = work.int32('a', 4).fill(7);
    expect([...work.int32('a', 3)]).to.deep.equal([7, 7, 7]);
    expect(work.int32('a', 4).buffer).to.equal(first.buffer);
    expect(work.int32('b', 4).buffer).to.not.equal(first.buffer);
    expect(work.bytes()).to.equal(32);
    expect(work.int32('a', 8)).to.have.length(8);
    expect(work.bytes()).to.equal(16 + 40);
  });
});
