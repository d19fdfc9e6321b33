import { expect } from 'chai';
import type { Sample } from '../../src/datasets/sample.js';
import type { StillSample, VideoSample } from '../../src/datasets/training-samples.js';
import { drawTriplet, type TripletOptions, type TripletSource } from '../../src/datasets/triplets.js';
import { VOID } from '../../src/label-map.js';
import { createRandom } from '../../src/random.js';

const options: TripletOptions = { crop: 64, videos: 0, interval: 5, hide: 0 };

/** Noise; objects are discs, each with its id, in a row. */
function picture(ids: number[], { width = 80, height = 60, radius = 12, seed = 1 } = {}): Sample {
  const random = createRandom(seed);
  const rgb = Uint8Array.from({ length: 3 * width * height }, () => 40 + random.integer(160));
  const labels = new Uint8Array(width * height);
  ids.forEach((id, k) => {
    const x = ((k + 1) * width) / (ids.length + 1);
    for (let i = 0; i < labels.length; i++) {
      if (Math.hypot((i % width) - x, Math.floor(i / width) - height / 2) <= radius) labels[i] = id;
    }
  });
  return { width, height, rgb, labels };
}

const still = (ids: number[], changes = {}): StillSample => ({ name: 'still', ...picture(ids, changes) });

/** A video whose frames tell when their pixels are read. */
function watchedVideo(times: number[]): { video: VideoSample[]; read: number[] } {
  const read: number[] = [];
  const video = times.map((time): VideoSample => {
    const sample = picture([1], { seed: time });
    return Object.defineProperty({ ...sample, time }, 'rgb', {
      get() {
        read.push(time);
        return sample.rgb;
      },
    });
  });
  return { video, read };
}

/** Times of the three frames of each of some triplets. */
function drawnTimes(times: number[], interval: number, draws = 300): number[][] {
  const { video, read } = watchedVideo(times);
  const random = createRandom(2);
  return Array.from({ length: draws }, () => {
    read.length = 0;
    drawTriplet({ videos: [video], stills: [] }, random, { ...options, videos: 1, interval });
    return read.slice(0, 3); // pasted objects are read after the frames
  });
}

const count = (values: ArrayLike<number>, wanted: number) =>
  Array.from(values).filter((v) => v === wanted).length;

describe('datasets/triplets', () => {
  describe('of a video', () => {
    const thinned = [0, 3, 6, 20, 21, 22, 40, 60];

    it('are frames in order, forwards or backwards, no farther apart than the interval as filmed', () => {
      const drawn = drawnTimes(thinned, 5);
      const directions = new Set<number>();
      for (const [a, b, c] of drawn) {
        const direction = Math.sign(b - a);
        directions.add(direction);
        if (direction !== 0 && b !== c) expect(Math.sign(c - b)).to.equal(direction);
        for (const [from, to] of [
          [a, b],
          [b, c],
        ]) {
          const neighbours = Math.abs(thinned.indexOf(to) - thinned.indexOf(from)) === 1;
          if (!neighbours) expect(Math.abs(to - from)).to.be.at.most(5);
        }
      }
      expect([...directions].sort()).to.deep.equal([-1, 1]);
      // where frames are close enough, farther ones than the next are drawn too
      expect(drawn.some(([a, b]) => a === 20 && b === 22)).to.equal(true);
      expect(drawn.some(([a, b]) => a === 0 && b === 6)).to.equal(false);
      // every frame has its turn
      expect(new Set(drawn.flat())).to.deep.equal(new Set(thinned));
    });

    it('are three different frames wherever three are left', () => {
      const times = Array.from({ length: 10 }, (_, i) => i);
      for (const triplet of drawnTimes(times, 3)) {
        expect(new Set(triplet).size).to.be.at.least(2);
        const [a] = triplet;
        if (a > 5 && a < 8) continue; // the second may be the last, either way round
        if (new Set(triplet).size === 2)
          expect([triplet[1], triplet[2]]).to.satisfy(([b, c]: number[]) => b === c && (b === 0 || b === 9));
      }
    });

    it('are what there is of a short one', () => {
      for (const [a, b, c] of drawnTimes([4, 9], 5, 20))
        expect([
          [4, 9, 9],
          [9, 4, 4],
        ]).to.deep.include([a, b, c]);
      for (const triplet of drawnTimes([7], 5, 20)) expect(triplet).to.deep.equal([7, 7, 7]);
    });
  });

  it('draw as many videos as asked for, and pictures of videos where there are no others', () => {
    for (const videos of [0, 0.5, 1]) {
      const { video, read } = watchedVideo([0, 1, 2, 3, 4, 5]);
      const random = createRandom(1);
      let moving = 0;
      for (let k = 0; k < 120; k++) {
        read.length = 0;
        drawTriplet({ videos: [video], stills: [] }, random, { ...options, videos });
        if (new Set(read.slice(0, 3)).size > 1) moving++;
      }
      expect(moving / 120).to.be.closeTo(videos, 0.15);
    }
  });

  it('draw stills where there are no videos, whatever share was asked for', () => {
    const source: TripletSource = { videos: [], stills: [[still([1])]] };
    expect(drawTriplet(source, createRandom(1), { ...options, videos: 1 }).samples).to.have.length(3);
  });

  it('show one or two objects, which are all seen in the first frame, with background', () => {
    const source: TripletSource = { videos: [], stills: [[still([7, 3, 200], { radius: 8 })], [still([1])]] };
    const random = createRandom(4);
    const numbers = new Set<number>();
    for (let k = 0; k < 200; k++) {
      const { samples, objects } = drawTriplet(source, random, options);
      numbers.add(objects);
      for (const { width, height, rgb, labels } of samples) {
        expect([width, height, rgb.length, labels.length]).to.deep.equal([64, 64, 3 * 64 * 64, 64 * 64]);
        for (const label of new Set(labels))
          expect(label === VOID || label <= objects, `${label}`).to.equal(true);
      }
      for (let label = 0; label <= objects; label++)
        expect(count(samples[0].labels, label)).to.be.at.least(9);
    }
    expect([...numbers].sort()).to.deep.equal([1, 2]);
  });

  it('paste an object of another picture into some, as a second object or as a part of the background', () => {
    const source: TripletSource = { videos: [], stills: [[still([1])]] };
    const random = createRandom(5);
    let second = 0;
    const draws = 300;
    for (let k = 0; k < draws; k++) {
      const { samples, objects } = drawTriplet(source, random, options);
      if (objects !== 2) continue;
      second++;
      // it moves by itself, but stays an object
      expect(samples.some(({ labels }) => count(labels, 2) !== count(samples[0].labels, 2))).to.equal(true);
    }
    // half of the stills have a paste, six in ten of those are labelled
    expect(second / draws).to.be.closeTo(0.3, 0.1);
  });

  it('mirror the picture outside of it, and know nothing there', () => {
    // narrower than the view: every view has an outside
    const source: TripletSource = {
      videos: [],
      stills: [[still([1], { width: 40, height: 200, radius: 15 })]],
    };
    const random = createRandom(6);
    for (let k = 0; k < 3; k++) {
      const { samples } = drawTriplet(source, random, { ...options, crop: 520 });
      for (const { labels, rgb } of samples) {
        const outside = labels.findIndex((label) => label === VOID);
        expect(outside).to.be.at.least(0);
        // noise goes on there: no flat colour
        const colours = new Set(Array.from(labels.keys()).filter((i) => labels[i] === VOID).slice(0, 500).map((i) => rgb[3 * i])); // prettier-ignore
        expect(colours.size).to.be.above(10);
      }
    }
  });

  it('hide cells of stills, each frame by itself, and never of videos', () => {
    const hidden = (videos: number) => {
      const { video } = watchedVideo([0, 1, 2, 3]);
      const random = createRandom(7);
      const black: number[] = [];
      for (let k = 0; k < 30; k++) {
        const { samples } = drawTriplet({ videos: [video], stills: [] }, random, {
          ...options,
          videos,
          hide: 0.5,
        });
        for (const { rgb } of samples) {
          let cells = 0;
          for (let top = 0; top < 64; top += 16)
            for (let left = 0; left < 64; left += 16)
              if (
                rgb.slice(3 * (64 * (top + 8) + left), 3 * (64 * (top + 8) + left + 16)).every((v) => v === 0)
              )
                cells++;
          black.push(cells);
        }
      }
      return black;
    };
    const stills = hidden(0);
    expect(stills.reduce((a, b) => a + b, 0) / (16 * stills.length)).to.be.closeTo(0.5, 0.1);
    expect(new Set(stills).size).to.be.above(4);
    expect(hidden(1).every((cells) => cells === 0)).to.equal(true);
  });

  it('are the same for a seed, others for another', () => {
    const source: TripletSource = { videos: [watchedVideo([0, 2, 4, 6]).video], stills: [[still([1, 2])]] };
    const draw = (seed: number) =>
      drawTriplet(source, createRandom(seed), { ...options, videos: 0.5, hide: 0.2 });
    expect(draw(3)).to.deep.equal(draw(3));
    expect(draw(3).samples[0].rgb).not.to.deep.equal(draw(4).samples[0].rgb);
  });

  it('leave the pictures that they are drawn from as they are', () => {
    const own = still([1, 2]);
    const before = { rgb: own.rgb.slice(), labels: own.labels.slice() };
    const random = createRandom(8);
    for (let k = 0; k < 20; k++)
      drawTriplet({ videos: [], stills: [[own]] }, random, { ...options, hide: 0.5 });
    expect({ rgb: own.rgb, labels: own.labels }).to.deep.equal(before);
  });

  it('are not looked for for ever: pictures without objects large enough are said to be unfit', () => {
    const source: TripletSource = { videos: [], stills: [[still([1], { radius: 1 })]] };
    expect(() => drawTriplet(source, createRandom(1), options))
      .to.throw(
        /no view shows an object of 9 pixels and background beside it, in 500 tries: views of 64 pixels/,
      )
      .with.property('exit', 3);
  });

  it('are found among many pictures that are unfit', () => {
    const unfit = Array.from({ length: 15 }, () => still([1], { radius: 1 }));
    const source: TripletSource = { videos: [], stills: [[...unfit, still([1], { radius: 6 })]] };
    const random = createRandom(9);
    for (let k = 0; k < 20; k++) expect(drawTriplet(source, random, options).samples).to.have.length(3);
  });
});
