import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import fc from 'fast-check';
import type { MemoryRule } from '../../../src/methods/stm/defaults.js';
import { SpaceTimeMemory, type RememberedFrame } from '../../../src/methods/stm/space-time-memory.js';

/** What is remembered of a frame, its numbers its time. */
function frame(time: number, ids: number[] = [1]): RememberedFrame {
  const tensors = (width: number) => ids.map((id) => tf.fill<tf.Rank.R2>([2, width], time + id / 100));
  return { ids, keys: tensors(3), values: tensors(4) };
}

function memoryOf(rule: MemoryRule, every = 5, most = Infinity): SpaceTimeMemory {
  const memory = new SpaceTimeMemory({ memory: rule, memoryEvery: every, maxMemoryFrames: most });
  memory.annotate(frame(0));
  return memory;
}

/** Frames that are known when each frame is segmented; time 0 is the annotated one. */
function known(memory: SpaceTimeMemory, frames: number): number[][] {
  const schedule: number[][] = [[]];
  for (let t = 1; t < frames; t++) {
    if (t > 1 && memory.wants()) memory.remember(frame(t - 1), t - 1);
    const blocks = memory.blocks([1]);
    schedule.push(blocks.map(({ keys }) => Math.floor(keys.dataSync()[0])).sort((a, b) => a - b));
  }
  return schedule;
}

describe('methods/stm/space-time-memory', () => {
  before(() => tf.setBackend('cpu'));

  it('remembers the first frame, every fifth and the one before', () => {
    const memory = memoryOf('every');
    const schedule = known(memory, 18);
    // Oh et al. 2019, as their release does it
    const table: Record<number, number[]> = {
      1: [0],
      2: [0, 1],
      3: [0, 2],
      6: [0, 5],
      7: [0, 5, 6],
      11: [0, 5, 10],
      12: [0, 5, 10, 11],
      17: [0, 5, 10, 15, 16],
    };
    for (const [t, frames] of Object.entries(table))
      expect(schedule[Number(t)], `t = ${t}`).to.deep.equal(frames);
    memory.dispose();
  });

  for (const [frames, largest, mean] of [
    [70, 15, 8.2],
    [100, 21, 11.2],
    [1000, 201, 101.2],
  ])
    it(`holds ${largest} of ${frames} frames at most where nothing is forgotten`, () => {
      const memory = memoryOf('every');
      const sizes: number[] = [];
      for (let t = 1; t < frames; t++) {
        if (t > 1) memory.remember(frame(t - 1), t - 1);
        sizes.push(1 + memory.times().length);
      }
      expect(Math.max(...sizes)).to.equal(largest);
      expect(sizes.reduce((a, b) => a + b, 0) / sizes.length).to.be.closeTo(mean, 0.05);
      memory.dispose();
    });

  it('follows the other rules', () => {
    for (const [rule, at1, at7] of [
      ['first', [0], [0]],
      ['previous', [0], [6]],
      ['first-and-previous', [0], [0, 6]],
    ] as const) {
      const memory = memoryOf(rule);
      const schedule = known(memory, 8);
      expect(schedule[1], rule).to.deep.equal(at1);
      expect(schedule[7], rule).to.deep.equal(at7);
      memory.dispose();
    }
  });

  it('forgets every second frame and doubles the interval where it is full', () => {
    const memory = memoryOf('every', 5, 4);
    const at: Record<number, number[]> = {};
    for (let t = 1; t <= 90; t++) {
      memory.remember(frame(t), t);
      at[t] = memory.times();
    }
    expect(at[20]).to.deep.equal([5, 10, 15, 20]);
    expect(at[24]).to.deep.equal([5, 10, 15, 20, 24]);
    expect(at[25]).to.deep.equal([10, 20, 25]);
    expect(at[31]).to.deep.equal([10, 20, 30, 31]);
    expect(at[50]).to.deep.equal([20, 40, 50]);
    expect(at[90]).to.deep.equal([20, 40, 60, 80, 90]);
    memory.dispose();
  });

  it('is bounded, covers what was seen evenly, and gives back what it forgets', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 200 }),
        (most, every, frames) => {
          const before = tf.memory().numTensors;
          const memory = memoryOf('every', every, most);
          for (let t = 1; t <= frames; t++) {
            memory.remember(frame(t), t);
            const times = memory.times();
            const kept = times.slice(0, -1);
            expect(times.at(-1)).to.equal(t);
            expect(kept.length).to.be.at.most(most);
            // two tensors of each frame that is known, the annotated one included
            expect(tf.memory().numTensors - before).to.equal(2 * (times.length + 1));
            // the same step everywhere, a multiple of the interval by a power of two
            const step = kept[0] ?? every;
            kept.forEach((time, i) => expect(time).to.equal(step * (i + 1)));
            expect(Number.isInteger(Math.log2(step / every))).to.equal(true);
          }
          memory.dispose();
          expect(tf.memory().numTensors).to.equal(before);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('never forgets annotated frames, and all others at the start of a pass', () => {
    const memory = memoryOf('every', 1, 2);
    memory.annotate(frame(50));
    const before = tf.memory().numTensors;
    for (let t = 1; t < 30; t++) memory.remember(frame(t), t);
    const firsts = () => memory.blocks([1]).map(({ keys }) => Math.floor(keys.dataSync()[0]));
    expect(firsts().slice(0, 2)).to.deep.equal([0, 50]);
    memory.restart();
    expect(firsts()).to.deep.equal([0, 50]);
    expect(tf.memory().numTensors).to.equal(before);
    // and its interval is the first one again
    for (let t = 1; t < 3; t++) memory.remember(frame(t), t);
    expect(memory.times()).to.deep.equal([1, 2]);
    memory.dispose();
  });

  it('gives each object the frames that know it, and tells objects of the same frames', () => {
    const memory = new SpaceTimeMemory({ memory: 'every', memoryEvery: 1, maxMemoryFrames: 8 });
    memory.annotate(frame(0, [1, 2]));
    memory.annotate(frame(10, [3]));
    memory.remember(frame(1, [1, 2, 3]), 1);
    tf.tidy(() => {
      const first = (id: number) => memory.blocks([id]).map(({ values }) => values.dataSync()[0].toFixed(2));
      expect(first(1)).to.deep.equal(['0.01', '1.01']);
      expect(first(2)).to.deep.equal(['0.02', '1.02']);
      expect(first(3)).to.deep.equal(['10.03', '1.03']);
      expect(memory.signature(1)).to.equal(memory.signature(2)).and.not.equal(memory.signature(3));
      // side by side, in the order asked for
      expect(
        memory
          .blocks([2, 1])[0]
          .values.arraySync()[0]
          .map((x) => x.toFixed(2)),
      ).to.deep.equal([...Array<string>(4).fill('0.02'), ...Array<string>(4).fill('0.01')]);
    });
    memory.dispose();
  });
});
