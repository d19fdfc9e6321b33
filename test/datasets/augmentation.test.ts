import { expect } from 'chai';
import {
  augment,
  compose,
  drawAffine,
  fitInto,
  invert,
  parentAugmentation,
  rotationAndScale,
  warp,
} from '../../src/datasets/augmentation.js';
import type { Sample } from '../../src/datasets/sample.js';
import { VOID } from '../../src/label-map.js';
import { createRandom } from '../../src/random.js';

function square(width = 40, height = 30): Sample {
  const labels = new Uint8Array(width * height);
  const rgb = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inside = x >= 10 && x < 20 && y >= 10 && y < 20;
      labels[y * width + x] = inside ? 1 : 0;
      rgb.fill(inside ? 200 : 50, 3 * (y * width + x), 3 * (y * width + x) + 3);
    }
  }
  return { width, height, rgb, labels };
}

describe('datasets/augmentation', () => {
  it('makes the golden matrix of 30° and scale 1.1 about (427, 240)', () => {
    const want = [0.9526279442, 0.55, -111.7721321576, -0.55, 0.9526279442, 246.2192934008];
    rotationAndScale(30, 1.1, 427, 240).forEach((value, i) => expect(value).to.be.closeTo(want[i], 1e-9));
  });

  it('inverts and composes maps', () => {
    const map = rotationAndScale(20, 0.8, 5, 7, 3, -2);
    compose(map, invert(map)).forEach((value, i) =>
      expect(value).to.be.closeTo([1, 0, 0, 0, 1, 0][i], 1e-12),
    );
  });

  it('leaves a sample as it is under the identity', () => {
    const sample = square();
    expect(warp(sample, [1, 0, 0, 0, 1, 0])).to.deep.equal(sample);
  });

  it('moves picture and labels together, and marks what comes from outside as void', () => {
    const sample = square();
    const moved = warp(sample, [1, 0, 5, 0, 1, 0]);
    const at = (x: number, y: number) => y * sample.width + x;
    expect(moved.labels[at(15, 10)]).to.equal(1);
    expect(moved.labels[at(14, 10)]).to.equal(0);
    expect(moved.rgb[3 * at(24, 19)]).to.equal(200);
    expect(moved.rgb[3 * at(25, 19)]).to.equal(50);
    expect(moved.labels[at(4, 0)]).to.equal(VOID);
    expect(moved.labels[at(5, 0)]).to.equal(0);
  });

  it('mirrors where a flip is drawn', () => {
    const still = { ...parentAugmentation, flip: 1, rotation: 0, scale: [1, 1] as const, shift: 0 };
    const sample = square();
    const flipped = warp(sample, drawAffine(createRandom(1), still, sample.width, sample.height));
    for (let y = 0; y < sample.height; y++) {
      for (let x = 0; x < sample.width; x++) {
        expect(flipped.labels[y * sample.width + x]).to.equal(
          sample.labels[y * sample.width + sample.width - 1 - x],
        );
      }
    }
  });

  it('draws the same for a seed, other things for another, and always keeps object and background', () => {
    const sample = square();
    expect(augment(sample, createRandom(3), parentAugmentation)).to.deep.equal(
      augment(sample, createRandom(3), parentAugmentation),
    );
    expect(augment(sample, createRandom(3), parentAugmentation).rgb).not.to.deep.equal(
      augment(sample, createRandom(4), parentAugmentation).rgb,
    );
    for (let seed = 0; seed < 50; seed++) {
      const { labels } = augment(sample, createRandom(seed), parentAugmentation);
      expect(labels.includes(1) && labels.includes(0)).to.equal(true);
      expect([...new Set(labels)].every((label) => [0, 1, VOID].includes(label))).to.equal(true);
    }
  });

  it('fits a portrait picture into a landscape canvas, with void beside it', () => {
    const sample = square(20, 40);
    const fitted = warp(sample, fitInto(sample, { width: 40, height: 20 }), { width: 40, height: 20 });
    expect(fitted.labels.length).to.equal(800);
    expect(fitted.labels[0]).to.equal(VOID);
    expect(fitted.labels[39]).to.equal(VOID);
    expect(fitted.labels.filter((label) => label !== VOID).length).to.be.within(180, 220);
  });
});
