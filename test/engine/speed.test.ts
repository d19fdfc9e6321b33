import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { measureSpeed } from '../../src/engine/speed.js';
import { startEngine } from '../../src/engine/start.js';

describe('engine/speed', () => {
  it('is measured in a moment, is possible, and leaves no tensor', async () => {
    await startEngine({ engine: 'wasm' });
    const before = tf.memory().numTensors;
    const speed = await measureSpeed();
    expect(tf.memory().numTensors).to.equal(before);
    // one thread does some 10¹⁰ of each a second; a hundred times more or less is a fault
    for (const [part, each] of Object.entries(speed)) expect(each, part).to.be.within(1e8, 1e12);
  });
});
