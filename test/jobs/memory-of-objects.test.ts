import { expect } from 'chai';
import { foresee } from '../../src/jobs/estimate-run.js';
import { memoryCost } from '../../src/methods/stm/cost.js';
import { memoryDefaults } from '../../src/methods/stm/defaults.js';
import { reducedSize } from '../../src/methods/stm/padding.js';
import { ampleMachine, errorOf } from './run-fake.js';

const clip = { name: 'crowd', width: 1920, height: 1080 };
const [SIZE, OBJECTS, FRAMES] = [480, 15, 50];
const machine = { ...ampleMachine, freeMemory: () => 3e9 };

describe('more objects than memory allows', () => {
  function start(objects: number, size = SIZE, ignoreMemoryLimit = false) {
    const options = { ...memoryDefaults, weights: '' };
    const costAt = (at: number) => memoryCost('masked', { ...options, size: at }, clip, objects);
    const ahead = {
      ...{ clip, size, seen: reducedSize(clip, size), cost: costAt(size), costAt, ignoreMemoryLimit },
      amount: { frame: clip, objects, frames: FRAMES, passes: 1, learnt: objects },
      ...{ disk: { results: 0, temporary: 0 }, folder: '.' },
    };
    return foresee(ahead, { machine, started: true });
  }

  it('are refused before anything is done, and the remedies do help', async () => {
    const error = await errorOf(start(OBJECTS));
    expect([error.code, error.exit]).to.deep.equal(['memory', 5]);
    expect(error.message).to.match(
      /^about 3\.\d GB more memory is needed and 3 GB can be had: crowd \(1920×1080 frames, network sees 853×480\): use --size \d+, follow fewer objects at a time \(--objects\), free memory, or start all the same with --ignore-memory-limit$/,
    );
    const size = Number(/--size (\d+)/.exec(error.message)![1]);
    expect(size).to.be.within(240, SIZE - 1);
    expect((await start(OBJECTS, size)).estimate.moreMemory).to.be.below(3e9);
    expect((await errorOf(start(OBJECTS, size + 16))).code).to.equal('memory');
    expect((await start(OBJECTS - 8)).estimate.moreMemory).to.be.below(3e9);
    expect((await start(OBJECTS, SIZE, true)).estimate.moreMemory).to.be.above(3e9);
  });
});
