import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { startEngine } from '../../../src/engine/start.js';
import { osvosCost } from '../../../src/methods/osvos/cost.js';
import { osvos } from '../../../src/methods/osvos/osvos.js';
import { createTrunk } from '../../../src/networks/trunk.js';
import { slimOptions, twoObjects, writeSlimParent } from './slim-parent.js';

const size = { width: 48, height: 32 };

/** Multiply-adds of the convolutions that the library runs meanwhile. */
async function convolved(work: () => Promise<unknown>): Promise<number> {
  let sum = 0;
  const { kernels } = await tf.profile(async () => {
    await work();
    return tf.scalar(0);
  });
  for (const { name, inputShapes, outputShapes } of kernels) {
    if (name === 'Conv2D') sum += product(outputShapes[0]) * product(inputShapes[1].slice(0, 3));
  }
  return sum;
}

function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

describe('what OSVOS costs, beside what the library runs', function () {
  this.timeout(60_000);
  let parent: string;
  before(async () => {
    await startEngine({ engine: 'wasm' });
    parent = await writeSlimParent('top-down');
  });

  // without steps, whose gradients WebAssembly has as further convolutions
  it('agrees in multiply-adds of learning, beginning a pass, and frames', async () => {
    const options = slimOptions(parent, { iterations: 0 });
    const segmenter = await osvos.open(options);
    const annotation = twoObjects();
    const cost = osvosCost(options, size, 2);
    expect(await convolved(() => segmenter.learn([annotation], { report: () => undefined }))).to.equal(
      2 * cost.start.forward,
    );
    expect(await convolved(() => segmenter.begin!(annotation))).to.equal(cost.begin.forward);
    expect(await convolved(() => segmenter.segment(twoObjects(1).frame))).to.equal(cost.frame.forward);
    segmenter.close();
  });

  it('agrees in the bytes of a memory that is full', async () => {
    const options = slimOptions(parent, { iterations: 40, adaptEvery: 1, objects: [1] });
    const segmenter = await osvos.open(options);
    const annotation = twoObjects();
    await segmenter.learn([annotation], { report: () => undefined });
    const before = tf.memory().numBytes;
    await segmenter.begin!(annotation);
    for (let i = 1; i < 12; i++) await segmenter.segment(twoObjects(i).frame);
    const held = tf.memory().numBytes - before;
    segmenter.close();
    const [adapting, alone] = [1, 0].map(
      (adaptEvery) => osvosCost({ ...options, adaptEvery }, size, 1).segmentingBytes,
    );
    // what is held while a frame is taken in: the rows of the stage with most, again
    const cells = createTrunk(options.trunk).stages.map(({ stride }) => product([48 / stride, 32 / stride]));
    const again = 12 * 4 * cells[3] * (128 + 1);
    expect(held / (adapting - alone - again)).to.be.within(1, 1.03); // shares of the labels are not counted
  });
});
