import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { syntheticDefaults, type SyntheticOptions } from '../../../src/clips/synthetic/defaults.js';
import { createSyntheticClip, type SyntheticClip } from '../../../src/clips/synthetic/synthetic-clip.js';
import { OsvosError } from '../../../src/errors.js';
import { countLabels, idsOf } from '../../../src/label-map.js';

const small: SyntheticOptions = { width: 160, height: 96, frames: 24, objects: 1, seed: 1 };

const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Share of the frame that object 1 covers. */
function shareOfObject(clip: SyntheticClip, i: number): number {
  const labels = clip.labels(i);
  return countLabels(labels)[1] / labels.data.length;
}

describe('synthetic clip', () => {
  it('gives the same bytes for the same seed, in any order of asking', () => {
    const forwards = createSyntheticClip(small);
    const first = [0, 5, 23].map((i) => [sha(forwards.frame(i).rgb), sha(forwards.labels(i).data)]);
    const backwards = createSyntheticClip(small);
    const second = [23, 5, 0]
      .map((i) => [sha(backwards.frame(i).rgb), sha(backwards.labels(i).data)])
      .reverse();
    expect(second).to.deep.equal(first);
  });

  it('gives other frames and other masks for another seed', () => {
    const [one, two] = [1, 2].map((seed) => createSyntheticClip({ ...small, seed }));
    expect(sha(one.frame(0).rgb)).not.to.equal(sha(two.frame(0).rgb));
    expect(sha(one.labels(0).data)).not.to.equal(sha(two.labels(0).data));
  });

  it('has frames and labels of the size asked for, counted and named from 0', () => {
    const clip = createSyntheticClip({ ...small, width: 97, height: 61 });
    const frame = clip.frame(7);
    expect([frame.index, frame.name, frame.width, frame.height, frame.rgb.length]).to.deep.equal([
      7,
      '00007',
      97,
      61,
      97 * 61 * 3,
    ]);
    const labels = clip.labels(7);
    expect([labels.width, labels.height, labels.data.length]).to.deep.equal([97, 61, 97 * 61]);
  });

  for (const objects of [1, 2, 3]) {
    it(`shows ids 1 to ${objects} whenever there are ${objects} objects, in the first frame unhidden and away from the border`, () => {
      for (const seed of [1, 2, 3, 4, 5]) {
        const clip = createSyntheticClip({ ...small, objects, seed });
        const ids = [1, 2, 3].slice(0, objects);
        for (const i of [0, 6, 12, 18, 23])
          expect(idsOf(clip.labels(i)), `seed ${seed}, frame ${i}`).to.deep.equal(ids);
        const { data, width, height } = clip.labels(0);
        for (let x = 0; x < width; x++) expect(data[x] + data[(height - 1) * width + x]).to.equal(0);
        for (let y = 0; y < height; y++) expect(data[y * width] + data[y * width + width - 1]).to.equal(0);
      }
    });
  }

  it('shows one object on 4 to 12 % of each frame', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const clip = createSyntheticClip({ ...small, seed });
      for (const i of [0, 8, 16, 23])
        expect(shareOfObject(clip, i), `seed ${seed}, frame ${i}`).to.be.within(0.04, 0.12);
    }
  });

  it('hides a part of the object, never most of it, when the pole passes half-way', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const clip = createSyntheticClip({ ...small, seed });
      // an object's shape changes by a few per cent per frame; the pole takes more
      const free = shareOfObject(clip, 0);
      const hidden = Math.min(...[10, 11, 12, 13].map((i) => shareOfObject(clip, i)));
      expect(hidden / free, `seed ${seed}`).to.be.within(0.5, 0.96);
      const { data, width, height } = clip.labels(12);
      expect(rowsWithGap(data, width, height), `seed ${seed}`).to.be.greaterThan(8);
    }
  });

  it('moves and deforms the object from frame to frame, a little at a time', () => {
    const clip = createSyntheticClip(small);
    const overlap = (a: number, b: number) => intersectionOverUnion(clip.labels(a).data, clip.labels(b).data);
    expect(overlap(0, 1)).to.be.within(0.8, 0.995);
    expect(overlap(0, 23)).to.be.lessThan(0.8);
  });

  it('cannot be solved by colours alone: a look-alike has them too', () => {
    for (const seed of [1, 2, 3]) {
      const clip = createSyntheticClip({ ...small, width: 240, height: 136, seed });
      const isObject = learnColours(clip.frame(0).rgb, clip.labels(0).data);
      const found = isObject(clip.frame(18).rgb);
      expect(intersectionOverUnion(found, clip.labels(18).data), `seed ${seed}`).to.be.lessThan(0.7);
    }
  });

  it('makes a late frame of a long clip as fast as an early one, and keeps none', () => {
    const clip = createSyntheticClip({ ...small, frames: 100_000 });
    clip.frame(0);
    const began = performance.now();
    const before = process.memoryUsage();
    for (let i = 0; i < 60; i++) clip.frame(99_999 - i * 1000);
    const after = process.memoryUsage();
    expect(performance.now() - began).to.be.lessThan(6000);
    // sixty frames with their floating-point pictures are 30 MB; what the collector leaves of them counts only in part
    const kept = after.heapUsed - before.heapUsed + Math.max(0, after.arrayBuffers - before.arrayBuffers);
    expect(kept / 1e6).to.be.lessThan(40);
    expect(idsOf(clip.labels(99_999))).to.deep.equal([1]);
  });

  const refused: [string, Partial<SyntheticOptions>, RegExp][] = [
    ['four objects', { objects: 4 }, /4 objects cannot be drawn.*use 1 to 3/],
    ['no frames', { frames: 0 }, /0 frames are no clip.*use at least 1/],
    ['tiny frames', { width: 20 }, /20×96 are too small.*at least 32 pixels/],
    ['half a seed', { seed: 0.5 }, /whole numbers/],
  ];
  for (const [what, options, message] of refused) {
    it(`refuses ${what} with exit code 2`, () => {
      expect(() => createSyntheticClip({ ...small, ...options }))
        .to.throw(OsvosError, message)
        .with.property('exit', 2);
    });
  }

  it('refuses a frame that the clip does not have', () => {
    expect(() => createSyntheticClip(small).frame(24)).to.throw(OsvosError, /no frame 24: frames 0 to 23/);
  });

  it('has defaults that the generator accepts', () => {
    expect(createSyntheticClip(syntheticDefaults).frames).to.equal(24);
  });
});

/** Rows in which the object is seen on both sides of something that covers it. */
function rowsWithGap(data: Uint8Array, width: number, height: number): number {
  let rows = 0;
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width, (y + 1) * width);
    const first = row.indexOf(1);
    if (first >= 0 && row.subarray(first, row.lastIndexOf(1)).includes(0)) rows++;
  }
  return rows;
}

function intersectionOverUnion(a: Uint8Array, b: Uint8Array): number {
  let both = 0;
  let either = 0;
  for (let i = 0; i < a.length; i++) {
    both += a[i] & b[i];
    either += a[i] | b[i];
  }
  return both / either;
}

/** A colour histogram classifier: the plain attempt that the look-alike defeats. */
function learnColours(rgb: Uint8Array, labels: Uint8Array): (rgb: Uint8Array) => Uint8Array {
  const bin = (pixels: Uint8Array, i: number) =>
    ((pixels[i * 3] >> 4) << 8) | ((pixels[i * 3 + 1] >> 4) << 4) | (pixels[i * 3 + 2] >> 4);
  const object = new Float64Array(4096);
  const all = new Float64Array(4096);
  for (let i = 0; i < labels.length; i++) {
    all[bin(rgb, i)]++;
    object[bin(rgb, i)] += labels[i];
  }
  return (pixels) =>
    Uint8Array.from({ length: pixels.length / 3 }, (_, i) =>
      object[bin(pixels, i)] > all[bin(pixels, i)] / 2 ? 1 : 0,
    );
}
