import { expect } from 'chai';
import { drawPair, type PairSource } from '../../src/datasets/pairs.js';
import type { Sample } from '../../src/datasets/sample.js';
import { createRandom } from '../../src/random.js';

const canvas = { width: 96, height: 64 };

/** A square of one colour on another. */
function square(object: number[], ground: number[], left: number): Sample {
  const { width, height } = canvas;
  const rgb = new Uint8Array(3 * width * height);
  const labels = new Uint8Array(width * height);
  labels.forEach((_, i) => {
    const inside = Math.abs((i % width) - left) < 14 && Math.abs(Math.floor(i / width) - 32) < 14;
    labels[i] = inside ? 1 : 0;
    rgb.set(inside ? object : ground, 3 * i);
  });
  return { ...canvas, rgb, labels };
}

const red = [200, 20, 20];
const blue = [20, 20, 200];
const green = [20, 160, 20];

const source: PairSource = {
  videos: [[square(red, green, 40), square(red, green, 50), square(red, green, 60)]],
  stills: [square(blue, [240, 240, 240], 48)],
};

describe('datasets/pairs', () => {
  it('draws the same pair from the same seed', () => {
    const draw = () => drawPair(source, createRandom(7), canvas);
    expect(draw()).to.deep.equal(draw());
  });

  it('labels what is pasted as the target, or as background where it only distracts, and nothing else', () => {
    const seen = { pasted: 0, distractor: 0, formerTarget: 0 };
    for (let seed = 0; seed < 60; seed++) {
      const { samples, pasted } = drawPair(source, createRandom(seed), canvas);
      expect(
        samples.every(({ labels }) => labels.includes(1)),
        `seed ${seed}`,
      ).to.equal(true);
      for (const { rgb, labels } of samples) {
        // light changes colours, not which channel is the strongest
        const strongest = (i: number) =>
          [0, 1, 2].reduce((a, k) => (rgb[3 * i + k] > rgb[3 * i + a] ? k : a), 0);
        let [onRed, onBlue, redOutside, blueOutside] = [0, 0, 0, 0];
        labels.forEach((label, i) => {
          const [r, g, b] = rgb.subarray(3 * i, 3 * i + 3);
          if (Math.max(r, g, b) - Math.min(r, g, b) < 60) return; // grey by its light, or a border
          if (label === 1 && strongest(i) === 0) onRed++;
          if (label === 1 && strongest(i) === 2) onBlue++;
          if (label === 0 && strongest(i) === 0) redOutside++;
          if (label === 0 && strongest(i) === 2) blueOutside++;
        });
        expect(Math.min(onRed, onBlue), `seed ${seed}: two objects are the target`).to.be.below(12);
        const other = onRed > onBlue ? blueOutside : redOutside;
        if (pasted) seen.pasted++;
        else if (other > 30) seen.distractor++;
        if (pasted && other > 30) seen.formerTarget++;
      }
    }
    expect(seen.pasted).to.be.above(5);
    expect(seen.distractor).to.be.above(5);
    expect(seen.formerTarget).to.be.above(5);
  });

  it('shows two different frames of a video', () => {
    const { samples } = drawPair({ ...source, stills: [] }, createRandom(1), canvas);
    expect(samples[0].rgb).not.to.deep.equal(samples[1].rgb);
  });
});
