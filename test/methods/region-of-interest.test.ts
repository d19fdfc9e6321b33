import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { encode } from 'fast-png';
import type { Frame } from '../../src/frame.js';
import { labelsFromProbabilities, type LabelMap } from '../../src/label-map.js';
import { clipOutput } from '../../src/jobs/output-folder.js';
import { segmentClip } from '../../src/jobs/segment-clip.js';
import { readInput } from '../../src/jobs/segment-input.js';
import type { SegmentServices } from '../../src/jobs/segment-options.js';
import { wantsOrder } from '../../src/methods/method.js';
import { withRegionOfInterest } from '../../src/methods/region-of-interest.js';
import { regionSimilarity } from '../../src/scores/region.js';
import { errorOf, fakeServices, plainSettings, stoppingTrace } from '../jobs/run-fake.js';
import { digests, labelsWith, temporaryFolder, writeGreyMask, type Box } from '../jobs/small-clip.js';
import { colourMethod, type ColourOptions, type ColourTrace } from './colour-method.js';

const WIDTH = 320;
const HEIGHT = 160;
const RED = [220, 30, 30];
const options: ColourOptions = { size: 80, seed: 1, roi: 'auto' };
const silent = { report: () => undefined };

/** Red where the box is; elsewhere grey, with one red dot far away in every frame: a look-alike. */
function picture(index: number, box?: [number, number, number, number], dot = false): Frame {
  const rgb = new Uint8Array(3 * WIDTH * HEIGHT).fill(100);
  const paint = (x: number, y: number, width: number, height: number) => {
    for (let row = y; row < y + height; row++)
      for (let column = x; column < x + width; column++) rgb.set(RED, 3 * (row * WIDTH + column));
  };
  if (box) paint(...box);
  if (dot) paint(300, 140, 12, 12);
  return { index, name: String(index).padStart(5, '0'), width: WIDTH, height: HEIGHT, rgb };
}

function labels(...boxes: Box[]): LabelMap {
  return { width: WIDTH, height: HEIGHT, data: labelsWith(boxes, WIDTH, HEIGHT) };
}

async function opened(trace: ColourTrace, changes: Partial<ColourOptions> = {}) {
  return withRegionOfInterest(colourMethod(trace)).open({ ...options, ...changes });
}

describe('a region of interest', () => {
  const trace: ColourTrace = { learnt: [], seen: [] };
  beforeEach(() => {
    trace.learnt.length = 0;
    trace.seen.length = 0;
  });

  it('shows the method the object enlarged, always at the network’s size', async () => {
    const segmenter = await opened(trace);
    const annotation = { frame: picture(0, [40, 40, 20, 20]), labels: labels([1, 40, 40, 20, 20]) };
    await segmenter.learn([annotation], silent);
    await segmenter.begin!(annotation);
    const { frame, objectPixels } = trace.learnt[0];
    expect([frame.width, frame.height]).to.deep.equal([160, 80]);
    // a region of 100×50 seen at 160×80: 20 pixels become 32; in the whole frame they would be 10
    expect(objectPixels).to.equal(32 * 32);
    for (let i = 1; i < 10; i++) await segmenter.segment(picture(i, [40 + 4 * i, 40, 20, 20]));
    for (const { width, height } of trace.seen) expect([width, height]).to.deep.equal([160, 80]);
  });

  it('follows the object and puts its masks at their place, at the frame’s size', async () => {
    const segmenter = await opened(trace);
    const annotation = { frame: picture(0, [40, 40, 20, 20]), labels: labels([1, 40, 40, 20, 20]) };
    await segmenter.learn([annotation], silent);
    await segmenter.begin!(annotation);
    for (let i = 1; i <= 12; i++) {
      const found = await segmenter.segment(picture(i, [40 + 15 * i, 40 + 5 * i, 20, 20], true));
      expect([found.width, found.height, found.data.length]).to.deep.equal([WIDTH, HEIGHT, WIDTH * HEIGHT]);
      const truth = labels([1, 40 + 15 * i, 40 + 5 * i, 20, 20]);
      const mask = labelsFromProbabilities(found, 0.5);
      if (i < 9) {
        // beside the region the look-alike is out of sight
        expect(regionSimilarity(mask, truth), `frame ${i}`).to.be.above(0.9);
        expect(mask.data[145 * WIDTH + 305]).to.equal(0);
      }
    }
  });

  it('finds an object again that was out of sight, wherever it comes back', async () => {
    const segmenter = await opened(trace);
    const annotation = { frame: picture(0, [40, 40, 20, 20]), labels: labels([1, 40, 40, 20, 20]) };
    await segmenter.learn([annotation], silent);
    await segmenter.begin!(annotation);
    for (let i = 1; i < 5; i++) await segmenter.segment(picture(i));
    const found = labelsFromProbabilities(await segmenter.segment(picture(5, [280, 120, 20, 20])), 0.5);
    expect(regionSimilarity(found, labels([1, 280, 120, 20, 20]))).to.be.above(0.8);
    // and is close again at once
    await segmenter.segment(picture(6, [280, 120, 20, 20]));
    const red = trace.seen.at(-1)!.rgb.filter((value, i) => i % 3 === 0 && value > 160).length;
    expect(red).to.be.closeTo(32 * 32, 150);
  });

  it('begins at the annotation again when a pass does', async () => {
    const segmenter = await opened(trace);
    const annotation = { frame: picture(5, [40, 40, 20, 20]), labels: labels([1, 40, 40, 20, 20]) };
    await segmenter.learn([annotation], silent);
    const results: Float32Array[] = [];
    for (const distraction of [200, 100]) {
      await segmenter.begin!({ frame: picture(9, [distraction, 60, 40, 40]), labels: labels([1, distraction, 60, 40, 40]) }); // prettier-ignore
      await segmenter.segment(picture(6, [distraction, 60, 40, 40]));
      await segmenter.begin!(annotation);
      results.push((await segmenter.segment(picture(4, [42, 40, 20, 20]))).data);
    }
    expect(results[0]).to.deep.equal(results[1]);
  });

  it('is one for several objects', async () => {
    const blue = (frame: Frame, x: number, y: number): Frame => {
      for (let row = y; row < y + 16; row++)
        for (let column = x; column < x + 16; column++)
          frame.rgb.set([20, 40, 220], 3 * (row * WIDTH + column));
      return frame;
    };
    const segmenter = await opened(trace);
    const annotation = {
      frame: blue(picture(0, [40, 40, 20, 20]), 80, 60),
      labels: labels([1, 40, 40, 20, 20], [2, 80, 60, 16, 16]),
    };
    await segmenter.learn([annotation], silent);
    await segmenter.begin!(annotation);
    const found = await segmenter.segment(blue(picture(1, [44, 40, 20, 20]), 80, 64));
    expect(found.ids).to.deep.equal([1, 2]);
    const mask = labelsFromProbabilities(found, 0.5);
    expect(mask.data[50 * WIDTH + 54]).to.equal(1);
    expect(mask.data[70 * WIDTH + 88]).to.equal(2);
    expect(trace.seen).to.have.length(1);
  });

  it('is seen beside the whole frame too, and the mean of both counts inside of it', async () => {
    const annotation = { frame: picture(0, [40, 40, 20, 20]), labels: labels([1, 40, 40, 20, 20]) };
    const frame = picture(1, [44, 40, 20, 20], true);
    const probabilitiesOf = async (roi?: 'too') => {
      const segmenter = await opened(trace, { roi });
      await segmenter.learn([annotation], silent);
      await segmenter.begin?.(annotation);
      return (await segmenter.segment(frame)).data;
    };
    const whole = await probabilitiesOf();
    trace.seen.length = trace.learnt.length = 0;
    const both = await probabilitiesOf('too');
    expect(trace.learnt[0].frame.width).to.equal(WIDTH); // it learns on whole frames
    // the frame as it is, then half of its sides: 160×80 out of 320×160, seen at 160×80
    expect(trace.seen.map(({ width, height }) => [width, height])).to.deep.equal([
      [WIDTH, HEIGHT],
      [160, 80],
    ]);
    const at = (x: number, y: number) => y * WIDTH + x;
    expect(both[at(305, 145)]).to.equal(whole[at(305, 145)]).and.to.be.above(0.5); // the look-alike outside
    const part = Array.from(whole, (value, k) => 2 * both[k] - value); // what the region alone said, inside of it
    expect(part[at(54, 50)]).to.be.above(0.5);
    expect(part[at(100, 60)]).to.be.below(0.5);
  });

  it('is not seen twice where it is nearly the whole frame', async () => {
    const large: [number, number, number, number] = [60, 20, 150, 110];
    const annotation = { frame: picture(0, large), labels: labels([1, ...large]) };
    const segmenter = await opened(trace, { roi: 'too' });
    await segmenter.learn([annotation], silent);
    await segmenter.begin!(annotation);
    await segmenter.segment(picture(1, large));
    expect(trace.seen).to.have.length(1);
  });

  it('is not there unless asked for, and wants frames in order when it is', async () => {
    const method = withRegionOfInterest(colourMethod(trace));
    expect(wantsOrder(method, options)).to.be.true;
    const plain = { ...options, roi: undefined };
    expect(wantsOrder(method, plain)).to.be.false;
    const segmenter = await method.open(plain);
    await segmenter.learn(
      [{ frame: picture(0, [40, 40, 20, 20]), labels: labels([1, 40, 40, 20, 20]) }],
      silent,
    );
    expect(trace.learnt[0].frame.width).to.equal(WIDTH);
    expect('begin' in segmenter).to.be.false;
    const offline = { ...colourMethod(), family: 'offline' as const };
    expect(wantsOrder(withRegionOfInterest(offline), plain)).to.be.true;
  });
});

describe('a clip with a region of interest', () => {
  it('gives the same bytes after a stop as without, forwards and backwards', async () => {
    const { folder, remove } = await temporaryFolder();
    try {
      const source = path.join(folder, 'clip');
      await mkdir(source);
      for (let i = 0; i < 10; i++) {
        const { rgb, name } = picture(i, [20 + 25 * i, 40, 20, 20], true);
        const png = encode({ width: WIDTH, height: HEIGHT, data: rgb, channels: 3, depth: 8 });
        await writeFile(path.join(source, `${name}.png`), png);
      }
      const mask = await writeGreyMask(path.join(folder, 'a.png'), [[1, 120, 40, 20, 20]], WIDTH, HEIGHT);
      const run = async (out: string, trace: ColourTrace, signal?: AbortSignal) => {
        const services: SegmentServices<ColourOptions> = {
          ...fakeServices({ signal }),
          method: { name: 'colour', load: async () => withRegionOfInterest(colourMethod(trace)) },
        };
        const request = { source, masks: [{ file: mask, key: '4' }], fitMask: false };
        const input = await readInput(request, services.report);
        const settings = { ...plainSettings, saveProbabilities: true };
        return segmentClip({ input, paths: clipOutput(out, 'clip'), options, settings }, services);
      };
      const empty = (): ColourTrace => ({ learnt: [], seen: [] });
      const whole = path.join(folder, 'whole');
      await run(whole, empty());

      const stopped = path.join(folder, 'stopped');
      const controller = new AbortController();
      const order: number[] = [];
      const seen = { push: () => 0 } as unknown as Frame[];
      const names = stoppingTrace(controller, (lines) => lines.length === 3);
      seen.push = (...frames) => names.push(...frames.map(({ name }) => name));
      await errorOf(run(stopped, { learnt: [], seen }, controller.signal));
      const again = empty();
      await run(stopped, again);
      order.push(...again.seen.map(({ index }) => index));
      // all of the pass again, from its annotation on; then backwards
      expect(order).to.deep.equal([5, 6, 7, 8, 9, 3, 2, 1, 0]);
      for (const part of ['', 'probabilities']) {
        expect(await digests(path.join(stopped, part))).to.deep.equal(await digests(path.join(whole, part)));
      }
    } finally {
      await remove();
    }
  });
});
