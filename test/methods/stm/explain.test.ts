import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import type { Frame } from '../../../src/frame.js';
import type { LabelMap } from '../../../src/label-map.js';
import type { MemoryAnswer } from '../../../src/methods/memory-use.js';
import { memoryDefaults, type MemoryOptions } from '../../../src/methods/stm/defaults.js';
import { MemorySegmenter } from '../../../src/methods/stm/memory-segmenter.js';
import { withRegionOfInterest } from '../../../src/methods/region-of-interest.js';
import type { MemoryKeys } from '../../../src/networks/memory/memory-architecture.js';
import { MemoryNetwork, memoryShapes } from '../../../src/networks/memory/memory-network.js';
import { createRandom } from '../../../src/random.js';
import { startOrSkip } from '../../engine/kernels/engines.js';
import { labelsWith, type Box } from '../../jobs/small-clip.js';
import { formulaWeights } from '../../networks/memory/formula.js';

const [WIDTH, HEIGHT] = [64, 48];
const CELLS = 12;

function noise(index: number): Frame {
  const random = createRandom(index + 1);
  const rgb = Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, () => Math.floor(256 * random.next()));
  return { index, name: String(index), width: WIDTH, height: HEIGHT, rgb };
}

const labels = (...boxes: Box[]): LabelMap => ({
  ...{ width: WIDTH, height: HEIGHT },
  data: labelsWith(boxes, WIDTH, HEIGHT),
});
const both = () => labels([1, 4, 4, 20, 20], [2, 36, 20, 20, 20]);
const pixel = (x: number, y: number) => labels([1, x, y, 1, 1]).data;

function segmenterOf(keys: MemoryKeys, changes: Partial<MemoryOptions> = {}): MemorySegmenter {
  const architecture = { trunk: 'resnet18', keys } as const;
  const network = MemoryNetwork.from(formulaWeights(memoryShapes(architecture)), architecture, 'formula');
  return new MemorySegmenter(network, { ...memoryDefaults, weights: '', memoryEvery: 2, ...changes });
}

/** Frames 10, 11, … after an annotation of frame 10. */
async function follow(segmenter: MemorySegmenter, frames: number, ask: () => Promise<MemoryAnswer>) {
  const annotation = { frame: noise(10), labels: both() };
  await segmenter.learn([annotation]);
  await segmenter.begin(annotation);
  segmenter.watch();
  const answers: MemoryAnswer[] = [];
  for (let t = 1; t <= frames; t++) {
    await segmenter.segment(noise(10 + t));
    answers.push(await ask());
  }
  return answers;
}

const indices = ({ uses }: MemoryAnswer) => uses[0].frames.map(({ origin }) => origin?.index);

describe('a memory that is asked how it was read', function () {
  this.timeout(60_000);
  before(async function () {
    await startOrSkip(this, 'wasm');
  });

  it('names the frames that were read, shares of sum 1, each by the time that it was remembered', async () => {
    const segmenter = segmenterOf('image');
    const question = { ids: [1, 2], pixels: pixel(40, 30) };
    const answers = await follow(segmenter, 4, () => segmenter.explain([question]));
    // every second frame since the annotated one, and the one before
    expect(answers.map(indices)).to.deep.equal([[10], [10, 11], [10, 12], [10, 12, 13]]);
    answers.forEach(({ held, uses, origin }, i) => {
      expect(uses).to.have.length(1);
      const [{ ids, cells, grid, frames, kernel }] = uses;
      // objects whose keys are the same are read alike
      expect(ids).to.deep.equal([1, 2]);
      expect(cells).to.deep.equal([6]);
      expect(grid).to.deep.equal({ height: 3, width: 4 });
      expect(frames.reduce((sum, { share }) => sum + share, 0)).to.be.closeTo(1, 1e-6);
      expect(frames.map(({ annotated }) => annotated)).to.deep.equal(frames.map((_, k) => k === 0));
      expect(frames.map(({ weights }) => weights.length)).to.deep.equal(frames.map(() => CELLS));
      expect(held).to.deep.equal(indices(answers[i]));
      expect(origin).to.deep.equal({ index: 11 + i, place: { x: 0, y: 0, width: WIDTH, height: HEIGHT } });
      expect(kernel).to.equal(undefined);
    });
    segmenter.close();
  });

  it('answers for each object where each has keys of its own, with the kernel that was used', async () => {
    const segmenter = segmenterOf('masked', { kernel: 7 });
    const answers = await follow(segmenter, 3, () =>
      segmenter.explain([
        { ids: [1], pixels: both().data.map((label) => (label === 1 ? 1 : 0)) },
        { ids: [1, 2, 9], pixels: pixel(0, 0) },
        { ids: [1], pixels: new Uint8Array(WIDTH * HEIGHT) },
      ]),
    );
    for (const { uses } of answers) {
      expect(uses.map(({ ids, cells }) => [ids, cells])).to.deep.equal([
        [[1], [0]],
        [[1], [0]],
        [[2], [0]],
      ]);
      // the same question, however it is asked; another object reads otherwise
      expect(uses[0].frames).to.deep.equal(uses[1].frames);
      for (const { kernel, frames } of uses) {
        expect(kernel!.sigma).to.be.closeTo((7 * 3) / 30, 1e-12);
        expect(kernel!.found).to.have.length(1);
        expect(frames[kernel!.best.frame].matches![kernel!.best.cell]).to.equal(kernel!.centre);
      }
    }
    const [, one, two] = answers[2].uses;
    expect(one.frames.map(({ share }) => share)).not.to.deep.equal(two.frames.map(({ share }) => share));
    segmenter.close();
  });

  it('tells frames in the order in which they were filmed, also of a pass backwards', async () => {
    const segmenter = segmenterOf('masked', { kernel: 7 });
    const annotation = { frame: noise(10), labels: both() };
    await segmenter.learn([annotation]);
    await segmenter.begin(annotation);
    segmenter.watch();
    for (const index of [9, 8, 7]) await segmenter.segment(noise(index));
    const { uses } = await segmenter.explain([{ ids: [2], pixels: both().data }]);
    const [{ frames, kernel, cells }] = uses;
    expect(frames.map(({ origin, annotated }) => [origin!.index, annotated])).to.deep.equal([
      [8, false],
      [10, true],
    ]);
    // places of cells go with their frames
    const { best, found, centre } = kernel!;
    expect(frames[best.frame].matches![best.cell]).to.equal(centre);
    const largest = Math.max(...frames.flatMap(({ plain }) => [...plain!]));
    expect(frames[best.frame].plain![best.cell]).to.equal(largest);
    expect(found).to.have.length(cells.length);
    segmenter.close();
  });

  it('changes nothing of what is segmented, and keeps no tensors', async () => {
    const run = async (asks: boolean) => {
      const segmenter = segmenterOf('image');
      const annotation = { frame: noise(10), labels: both() };
      await segmenter.learn([annotation]);
      await segmenter.begin(annotation);
      if (asks) segmenter.watch();
      const probabilities: Float32Array[] = [];
      const counts: number[] = [];
      for (let t = 1; t <= 4; t++) {
        probabilities.push((await segmenter.segment(noise(10 + t))).data);
        const count = tf.memory().numTensors;
        if (asks) await segmenter.explain([{ ids: [1], pixels: pixel(9, 9) }]);
        expect(tf.memory().numTensors).to.equal(count);
        counts.push(count);
      }
      segmenter.close();
      return { probabilities, counts };
    };
    const before = tf.memory().numTensors;
    const [without, asked] = [await run(false), await run(true)];
    expect(asked.probabilities).to.deep.equal(without.probabilities);
    // the last frame's key
    expect(asked.counts).to.deep.equal(without.counts.map((count) => count + 1));
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('knows the annotated frames again after a stop', async () => {
    const first = segmenterOf('masked');
    await first.learn([{ frame: noise(10), labels: both() }]);
    const state = await first.save();
    first.close();
    const segmenter = segmenterOf('masked');
    await segmenter.restore(state);
    await segmenter.begin({ frame: noise(10), labels: both() });
    segmenter.watch();
    await segmenter.segment(noise(11));
    const { uses } = await segmenter.explain([{ ids: [2], pixels: pixel(30, 30) }]);
    expect(uses[0].frames.map(({ origin, annotated }) => [origin, annotated])).to.deep.equal([
      [{ index: 10, place: { x: 0, y: 0, width: WIDTH, height: HEIGHT } }, true],
    ]);
    segmenter.close();
  });

  it('speaks of pixels of the whole frame where it saw a region of it', async () => {
    const method = withRegionOfInterest({
      ...{ name: 'stcn', family: 'offline', annotations: 'as-they-come', threshold: 0.5 },
      open: async () => segmenterOf('image', { size: 48 }),
    });
    const segmenter = await method.open({ size: 48, roi: 'auto', seed: 1 } as never);
    const annotation = { frame: noise(0), labels: labels([1, 48, 36, 8, 6]) };
    await segmenter.learn([annotation], { report: () => undefined });
    await segmenter.begin!(annotation);
    segmenter.watch!();
    await segmenter.segment(noise(1));
    const ask = (x: number, y: number) => segmenter.explain!([{ ids: [1], pixels: pixel(x, y) }]);
    const { origin, uses } = await ask(52, 39);
    // 2.5 times the object's box, moved into the frame
    const { place } = origin!;
    expect(place.width).to.be.below(WIDTH / 2);
    expect(place.x + place.width).to.be.closeTo(WIDTH, 2);
    expect(uses[0].frames[0].origin!.place).to.deep.equal(place);
    const [cell] = uses[0].cells;
    expect(cell % 4).to.equal(Math.floor((4 * (52.5 - place.x)) / place.width));
    expect(Math.floor(cell / 4)).to.equal(Math.floor((3 * (39.5 - place.y)) / place.height));
    expect((await ask(5, 5)).uses).to.deep.equal([]);
    segmenter.close();
  });
});
