import { expect } from 'chai';
import { smoothLabels } from '../../src/snapping/smooth-labels.js';

const WIDTH = 64;
const HEIGHT = 48;

/** A frame whose left part is red, whose middle is green and whose right part is blue; borders at 20 and 44. */
const colourAt = (x: number) => (x < 20 ? [200, 30, 30] : x < 44 ? [30, 180, 30] : [30, 30, 200]);
const rgb = Uint8Array.from(
  { length: 3 * WIDTH * HEIGHT },
  (_, i) => colourAt(Math.floor(i / 3) % WIDTH)[i % 3],
);
const frame = { width: WIDTH, height: HEIGHT, rgb };

function labelsFrom(label: (x: number, y: number) => number) {
  const data = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => label(i % WIDTH, Math.floor(i / WIDTH)));
  return { width: WIDTH, height: HEIGHT, data };
}

describe('snapping/smooth-labels', () => {
  it('moves ragged outlines of two objects to the borders of the colours', () => {
    const ragged = (x: number, y: number, border: number) => x < border + (y % 4 < 2 ? 3 : -3);
    const labels = labelsFrom((x, y) => (ragged(x, y, 20) ? 3 : ragged(x, y, 44) ? 0 : 7));
    const { data } = smoothLabels(labels, frame);
    const wanted = labelsFrom((x) => (x < 20 ? 3 : x < 44 ? 0 : 7)).data;
    const wrongBefore = labels.data.filter((label, i) => label !== wanted[i]).length;
    const wrong = data.filter((label, i) => label !== wanted[i]).length;
    expect(wrongBefore).to.equal(6 * HEIGHT);
    expect(wrong).to.be.below(0.05 * wrongBefore);
  });

  it('leaves void as it is, and masks without an object', () => {
    const withVoid = labelsFrom((x) => (x === 25 ? 255 : x < 20 ? 1 : 0));
    const smooth = smoothLabels(withVoid, frame).data;
    for (let y = 0; y < HEIGHT; y++) expect(smooth[y * WIDTH + 25]).to.equal(255);
    expect(smooth.filter((label) => label === 255)).to.have.length(HEIGHT);
    const empty = labelsFrom(() => 0);
    expect(smoothLabels(empty, frame)).to.deep.equal(empty);
    const full = labelsFrom(() => 4);
    expect(smoothLabels(full, frame)).to.deep.equal(full);
  });

  it('works on frames one pixel wide', () => {
    const thin = { width: 1, height: 9, rgb: new Uint8Array(27).fill(90) };
    const labels = { width: 1, height: 9, data: Uint8Array.from([1, 1, 1, 1, 1, 0, 0, 0, 0]) };
    expect([...new Set(smoothLabels(labels, thin).data)].every((label) => label < 2)).to.equal(true);
  });

  it('refuses labels of another size', () => {
    const other = { width: 2, height: 2, data: new Uint8Array(4) };
    expect(() => smoothLabels(other, frame)).to.throw(/2×2.*64×48/);
  });
});
