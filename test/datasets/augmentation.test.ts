import { expect } from 'chai';
import {
  applyLight,
  augment,
  bothLights,
  changeLight,
  compose,
  drawAffine,
  drawLight,
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

  it('changes light as drawn: contrast about the middle, brightness, a cast, and how much colour is left', () => {
    const random = createRandom(11);
    for (let k = 0; k < 50; k++) {
      const rgb = Uint8Array.from({ length: 300 }, () => random.integer(256));
      const before = rgb.slice();
      const seed = random.integer(1e6);
      changeLight(rgb, createRandom(seed), parentAugmentation);
      const draws = createRandom(seed);
      const contrast = 1 + draws.uniform(-0.2, 0.2);
      const brightness = draws.uniform(-20, 20);
      const cast = [0, 1, 2].map(() => 1 + draws.uniform(-0.07, 0.07));
      const saturation = draws.chance(0.3) ? draws.uniform(0, 1.5) : 1;
      rgb.forEach((value, i) => {
        const [r, g, b] = before.subarray(i - (i % 3), i - (i % 3) + 3);
        const grey = 0.299 * r + 0.587 * g + 0.114 * b;
        const saturated = grey + saturation * (before[i] - grey);
        const light = (saturated - 128) * contrast * cast[i % 3] + 128 + brightness;
        expect(value).to.equal(Math.floor(Math.min(255, Math.max(0, light))));
      });
    }
  });

  it('changes nothing in neutral light, and puts one light on another', () => {
    const neutral = { contrast: 1, brightness: 0, cast: [1, 1, 1], saturation: 1 };
    const still = { ...parentAugmentation, contrast: 0, brightness: 0, channels: 0, saturation: 0 };
    expect(drawLight(createRandom(1), still)).to.deep.equal(neutral);
    const light = { contrast: 2, brightness: 10, cast: [1, 0.5, 2], saturation: 0.5 };
    expect(bothLights(light, neutral)).to.deep.equal(light);
    expect(
      bothLights(light, { contrast: 0.5, brightness: -4, cast: [2, 2, 1], saturation: 0.5 }),
    ).to.deep.equal({
      contrast: 1,
      brightness: 6,
      cast: [2, 1, 2],
      saturation: 0.25,
    });
    // 1.5 · (158 − 128) + 128 + 2, and one half of it in green
    const rgb = Uint8Array.of(158, 158, 158);
    applyLight(rgb, { contrast: 1.5, brightness: 2.5, cast: [1, 0.5, 1], saturation: 1 });
    expect([...rgb]).to.deep.equal([175, 153, 175]);
  });

  it('mirrors what lies outside, without knowing what it is', () => {
    const sample = square();
    const moved = warp(sample, [1, 0, 5, 0, 1, -3], sample, { outside: 'mirrored' });
    const at = (x: number, y: number) => y * sample.width + x;
    // five pixels to the right: x = 4 shows x = −1, mirrored 1; the last three rows show those before the last
    for (let x = 0; x < 5; x++) {
      expect(moved.labels[at(x, 8)]).to.equal(VOID);
      expect(moved.rgb[3 * at(x, 8)]).to.equal(sample.rgb[3 * at(5 - x, 11)]);
    }
    expect(moved.labels[at(20, 27)]).to.equal(VOID);
    expect(moved.labels[at(20, 26)]).to.equal(0);
    // the object's own column, three rows above the last, is seen below the border
    const tall = warp(sample, [1, 0, 0, 0, 1, -12], sample, { outside: 'mirrored' });
    expect(tall.rgb[3 * at(15, 17)]).to.equal(50);
    expect(tall.rgb[3 * at(15, 0)]).to.equal(200);
    expect(tall.labels[at(15, 18)]).to.equal(VOID);
    // and picture and labels inside are those of a plain warp
    const plain = warp(sample, [1, 0, 5, 0, 1, -3]);
    expect(moved.labels).to.deep.equal(plain.labels);
    moved.labels.forEach((label, i) => {
      if (label !== VOID) expect(moved.rgb[3 * i]).to.equal(plain.rgb[3 * i]);
    });
  });
});
