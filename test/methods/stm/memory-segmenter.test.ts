import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { startEngine } from '../../../src/engine/start.js';
import type { OsvosError } from '../../../src/errors.js';
import { labelsFromProbabilities, type LabelMap } from '../../../src/label-map.js';
import { memoryDefaults, type MemoryOptions } from '../../../src/methods/stm/defaults.js';
import { MemorySegmenter } from '../../../src/methods/stm/memory-segmenter.js';
import { MemoryNetwork } from '../../../src/networks/memory/memory-network.js';
import type { MemoryKeys } from '../../../src/networks/memory/memory-architecture.js';
import type { Weights } from '../../../src/weights/weights.js';
import { colourWeights, drawCells, readCells } from './colour-network.js';

/** Both objects, the first alone after a move, and where the second is hidden. */
const both = ['rr..', 'rr..', '.ggg'];
const moved = ['.rr.', '.rr.', 'ggg.'];
const hidden = ['.rr.', '.rr.', '....'];

describe('segmenting by memory', () => {
  const weights = new Map<MemoryKeys, Weights>();
  before(async () => {
    await startEngine({ engine: 'wasm' });
    for (const keys of ['masked', 'image'] as const) {
      weights.set(keys, colourWeights({ trunk: 'resnet18', keys }));
    }
  });

  function open(keys: MemoryKeys, changes: Partial<MemoryOptions> = {}): MemorySegmenter {
    const network = MemoryNetwork.from(weights.get(keys)!, { trunk: 'resnet18', keys }, 'colours');
    return new MemorySegmenter(network, { ...memoryDefaults, weights: 'colours', ...changes });
  }

  async function cellsOf(segmenter: MemorySegmenter, rows: string[], index: number): Promise<string[]> {
    return readCells(labelsFromProbabilities(await segmenter.segment(drawCells(rows, index).frame), 0.5));
  }

  for (const keys of ['masked', 'image'] as const) {
    describe(`with ${keys} keys`, () => {
      it('follows several objects, one that hides and comes back too', async () => {
        const segmenter = open(keys);
        const first = drawCells(both);
        await segmenter.learn([first]);
        await segmenter.begin(first);
        expect(await cellsOf(segmenter, moved, 1)).to.deep.equal(moved);
        expect(await cellsOf(segmenter, hidden, 2)).to.deep.equal(hidden);
        expect(await cellsOf(segmenter, hidden, 3)).to.deep.equal(hidden);
        expect(await cellsOf(segmenter, both, 4)).to.deep.equal(both);
        segmenter.close();
      });

      it('lets an object enter where it is met, and goes on with the others', async () => {
        const segmenter = open(keys);
        const [first, late] = [drawCells(both, 0, [1]), drawCells(moved, 2, [2])];
        await segmenter.learn([first, late]);
        await segmenter.begin(first);
        // known of a later frame, but not looked for before it
        const before = await segmenter.segment(drawCells(both, 1).frame);
        expect(before.ids).to.deep.equal([1]);
        const met = await segmenter.meet(late);
        expect(met.ids).to.deep.equal([1, 2]);
        const labels = labelsFromProbabilities(met, 0.5);
        expect(only(labels, 2), 'object 2 as it was given').to.deep.equal(late.labels.data);
        expect(readCells(labels)[0], 'object 1 as it is seen').to.equal('.rr.');
        expect(await cellsOf(segmenter, both, 3)).to.deep.equal(both);
        segmenter.close();
      });
    });
  }

  it('takes what is given for what it is, and looks for the others around it', async () => {
    const segmenter = open('image');
    const first = drawCells(both);
    await segmenter.learn([first]);
    await segmenter.begin(first);
    // object 2 is said to be where object 1 is seen
    const { frame } = drawCells(both, 1);
    const labels = relabelled(drawCells(both, 1, [1]).labels, 2);
    const met = labelsFromProbabilities(await segmenter.meet({ frame, labels }), 0.5);
    expect(only(met, 2)).to.deep.equal(labels.data);
    segmenter.close();
  });

  it('gives probabilities of background and objects, of sum 1', async () => {
    const segmenter = open('image');
    const first = drawCells(both);
    await segmenter.learn([first]);
    await segmenter.begin(first);
    const { frame } = drawCells(moved, 1);
    const { data, background } = await segmenter.segment(frame);
    const pixels = frame.width * frame.height;
    for (let i = 0; i < pixels; i += 7)
      expect(background![i] + data[i] + data[pixels + i]).to.be.closeTo(1, 1e-5);
    segmenter.close();
  });

  it('follows only the objects asked for, in whichever annotation they are', async () => {
    const segmenter = open('image', { objects: [2] });
    const first = drawCells(both);
    await segmenter.learn([first]);
    await segmenter.begin(first);
    expect((await segmenter.segment(drawCells(moved, 1).frame)).ids).to.deep.equal([2]);
    segmenter.close();
  });

  for (const memory of ['first', 'previous', 'first-and-previous'] as const) {
    it(`remembers an object that enters, with the rule ${memory} too`, async () => {
      const segmenter = open('image', { memory });
      const [first, late] = [drawCells(both, 0, [1]), drawCells(moved, 1, [2])];
      await segmenter.learn([first, late]);
      await segmenter.begin(first);
      await segmenter.meet(late);
      expect(await cellsOf(segmenter, both, 2)).to.deep.equal(both);
      segmenter.close();
    });
  }

  for (const keys of ['masked', 'image'] as const) {
    it(`goes on from what was saved with the very same numbers, with ${keys} keys`, async () => {
      const [first, late] = [drawCells(both, 0, [1]), drawCells(moved, 2, [2])];
      const whole = open(keys, { kernel: 7 });
      await whole.learn([first, late]);
      const restored = open(keys, { kernel: 7 });
      await restored.restore(await whole.save());
      const found = [];
      for (const segmenter of [whole, restored]) {
        await segmenter.begin(first);
        const one = await segmenter.segment(drawCells(both, 1).frame);
        const two = await segmenter.meet(late);
        found.push([Array.from(one.data), Array.from(two.data)]);
        segmenter.close();
      }
      expect(found[0]).to.deep.equal(found[1]);
    });
  }

  it('has as many tensors after a pass as after the one before, and none in the end', async () => {
    const before = tf.memory().numTensors;
    const segmenter = open('image', { memoryEvery: 1, maxMemoryFrames: 2 });
    const [first, late] = [drawCells(both, 0, [1]), drawCells(moved, 3, [2])];
    await segmenter.learn([first, late]);
    const counts: number[] = [];
    for (let pass = 0; pass < 2; pass++) {
      await segmenter.begin(first);
      counts.push(tf.memory().numTensors);
      for (const index of [1, 2, 4, 5, 6]) await segmenter.segment(drawCells(both, index).frame);
      await segmenter.meet(late);
    }
    expect(counts[1]).to.equal(counts[0]);
    segmenter.close();
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('takes frames of any size, and gives masks of that size', async () => {
    const segmenter = open('masked');
    const [width, height] = [53, 37];
    const frame = { index: 0, name: '0', width, height, rgb: new Uint8Array(3 * width * height) };
    const data = new Uint8Array(width * height);
    for (let y = 10; y < 30; y++) {
      for (let x = 8; x < 40; x++) {
        data[y * width + x] = 1;
        frame.rgb[3 * (y * width + x)] = 255;
      }
    }
    const labels = { width, height, data };
    await segmenter.learn([{ frame, labels }]);
    await segmenter.begin({ frame, labels });
    const found = await segmenter.segment({ ...frame, index: 1 });
    expect([found.width, found.height, found.data.length]).to.deep.equal([width, height, width * height]);
    const seen = labelsFromProbabilities(found, 0.5);
    expect(seen.data[20 * width + 24], 'in the middle of the object').to.equal(1);
    expect(seen.data[2 * width + 50], 'far from it').to.equal(0);
    segmenter.close();
  });

  it('refuses an object that vanishes at the size that the network sees', async () => {
    const segmenter = open('image', { size: 16 });
    const { frame, labels } = drawCells(both, 7, [1]);
    labels.data.fill(0);
    labels.data[5] = 2;
    const tensors = tf.memory().numTensors;
    const error = (await segmenter
      .learn([{ frame, labels }])
      .catch((caught: unknown) => caught)) as OsvosError;
    expect([error.code, error.exit]).to.deep.equal(['mask-empty', 3]);
    expect(error.message)
      .to.contain('object 2 vanishes when the frame is reduced from 64×48 to 21×16: frame 00007')
      .and.to.contain('--size');
    expect(tf.memory().numTensors).to.equal(tensors);
    segmenter.close();
  });

  it('stops between two annotated frames when it is asked to', async () => {
    const segmenter = open('image');
    const stop = new AbortController();
    stop.abort();
    const error = (await segmenter
      .learn([drawCells(both)], { signal: stop.signal })
      .catch((caught: unknown) => caught)) as OsvosError;
    expect(error.exit).to.equal(130);
    segmenter.close();
  });
});

/** Of one object. */
function only({ data }: LabelMap, id: number): Uint8Array {
  return data.map((label) => (label === id ? id : 0));
}

/** Another id in the place of all. */
function relabelled(labels: LabelMap, id: number): LabelMap {
  return { ...labels, data: labels.data.map((label) => (label > 0 ? id : 0)) };
}
