import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import type { Sample } from '../../../src/datasets/sample.js';
import { startEngine } from '../../../src/engine/start.js';
import { VOID } from '../../../src/label-map.js';
import { stcnDefaults } from '../../../src/methods/stcn/defaults.js';
import { scorePropagation } from '../../../src/methods/stm/score-propagation.js';
import { CELL, colourWeights, drawCells } from './colour-network.js';

const architecture = { trunk: 'resnet18', keys: 'image' } as const;
/** Large enough that its region is the whole picture. */
const object = ['rrr.', 'rrr.', 'rrr.'];
const moved = ['.rrr', '.rrr', '.rrr'];
const gone = ['....', '....', '....'];

describe('scoring by propagation', () => {
  before(() => startEngine({ engine: 'wasm' }));

  function sample(picture: string[], truth: string[] = picture): Sample {
    return { ...drawCells(picture).frame, labels: drawCells(truth).labels.data };
  }

  function score(videos: Sample[][], signal?: AbortSignal): Promise<number | undefined> {
    const options = { architecture, defaults: stcnDefaults, size: CELL * object.length };
    return scorePropagation(colourWeights(architecture), options, videos, signal);
  }

  it('is the mean over the frames after the first, then over videos', async () => {
    // the network follows colours: where the truth is what is red it is right but for the blur of its borders
    const right = (await score([[sample(object), sample(moved), sample(object)]]))!;
    expect(right).to.be.within(0.8, 1);
    expect(await score([[sample(object), sample(moved), sample(object, gone)]])).to.be.closeTo(
      right / 2,
      0.05,
    );
    const both = [
      [sample(object), sample(moved)],
      [sample(object), sample(object, gone), sample(moved, gone), sample(object, gone)],
    ];
    expect(await score(both)).to.be.closeTo(right / 2, 0.05);
  });

  it('leaves out what is void', async () => {
    const unsure = sample(moved);
    unsure.labels.fill(VOID);
    expect(await score([[sample(object), unsure]])).to.equal(1);
  });

  it('stops when asked to, and keeps no tensor', async () => {
    const { numTensors } = tf.memory();
    expect(await score([[sample(object), sample(moved)]], AbortSignal.abort())).to.equal(undefined);
    expect(tf.memory().numTensors).to.equal(numTensors);
  });
});
