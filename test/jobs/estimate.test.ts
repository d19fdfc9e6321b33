import { expect } from 'chai';
import {
  addEstimates,
  bytesOfWork,
  describeEstimate,
  estimateSeconds,
  formatBytes,
  formatSeconds,
  type Amount,
  type Estimate,
} from '../../src/jobs/estimate.js';
import type { MethodCost } from '../../src/methods/cost.js';

const cost: MethodCost = {
  start: { forward: 20, backward: 0, moved: 0 },
  step: { forward: 4, backward: 10, moved: 6 },
  steps: 100,
  begin: { forward: 14, backward: 0, moved: 0 },
  frame: { forward: 10, backward: 0, moved: 3 },
  learningBytes: 5e9,
  segmentingBytes: 2e9,
  stateBytes: 1e6,
  checkpointBytes: 3e6,
  finestStride: 2,
};
const speed = { forward: 2, backward: 5, moved: 3 };
const speeds = { learning: speed, segmenting: speed, source: 'measured now' as const };
const frame = { width: 1000, height: 1000 };
const amount: Amount = { frame, objects: 2, frames: 10, passes: 3, learnt: 2 };

describe('an estimate', () => {
  it('takes each part of the work at its own speed, once for each object and frame', () => {
    const { learning, segmenting } = estimateSeconds(cost, amount, speeds);
    expect(learning).to.equal(2 * (10 + 100 * (2 + 2 + 2)));
    expect(segmenting).to.be.closeTo(3 * 7 + 10 * (5 + 1) + 10 * 0.05, 1e-9); // a million pixels are decoded and encoded
  });

  it('knows time budgets of the steps of all objects together', () => {
    const budget = { ...cost, learnsAtMost: 30 };
    expect(estimateSeconds(budget, amount, speeds).learning).to.equal(2 * 10 + 30);
    expect(estimateSeconds({ ...budget, steps: 100_000 }, amount, speeds).learning).to.equal(2 * 10 + 30);
    expect(estimateSeconds({ ...budget, steps: 2 }, amount, speeds).learning).to.equal(2 * (10 + 2 * 6));
  });

  it('knows runs that have nothing to learn, learn some objects only, or do nothing but learn', () => {
    expect(estimateSeconds(cost, { ...amount, learnt: 0 }, speeds).learning).to.equal(0);
    expect(estimateSeconds(cost, { ...amount, learnt: 1 }, speeds).learning).to.equal(10 + 100 * 6);
    const bytes = (changes: Partial<Amount>) => bytesOfWork(cost, { ...amount, ...changes });
    expect(bytes({}) - bytes({ learnt: 0 })).to.equal(3e9);
    expect(bytes({}) - bytes({ frames: 0 })).to.equal(2 * 32e6); // no probabilities of two objects
    expect(bytes({ learnt: 0, frames: 0 })).to.equal(1e6 + 60e6);
  });

  const one: Estimate = {
    seconds: { learning: 38, segmenting: 7, source: 'measured now' },
    ...{ memory: 1.3e9, moreMemory: 1e9, disk: 2e6, temporaryDisk: 0 },
  };

  it('is one line', () => {
    expect(describeEstimate(one, 'cpu')).to.equal(
      'about 45 s, 1.3 GB of memory, 2 MB of disk; speed measured now',
    );
    const kept: Estimate = {
      ...one,
      seconds: { learning: 3000, segmenting: 600, source: 'of former runs' },
      temporaryDisk: 137e6,
    };
    expect(describeEstimate(kept, 'cuda')).to.equal(
      'about 60 min, 1.3 GB of memory of the card, 2 MB of disk (140 MB until it is finished); speed of former runs',
    );
    expect(describeEstimate({ ...one, seconds: undefined }, 'cpu')).to.equal(
      'about 1.3 GB of memory, 2 MB of disk; the time is known once something has run here',
    );
  });

  it('of several clips adds time and results, not memory', () => {
    const sum = addEstimates([one, { ...one, memory: 2e9, temporaryDisk: 5 }, one]);
    expect(sum.seconds).to.include({ learning: 114, segmenting: 21 });
    expect(sum).to.include({ memory: 2e9, disk: 6e6, temporaryDisk: 5 });
    expect(addEstimates([one, { ...one, seconds: undefined }]).seconds).to.equal(undefined);
  });

  it('promises two digits', () => {
    expect([0.2, 44.6, 99.4, 100, 5940, 12600].map(formatSeconds)).to.deep.equal([
      '1 s',
      '45 s',
      '99 s',
      '1.7 min',
      '99 min',
      '3.5 h',
    ]);
    expect([10, 4321, 994e3, 996e3, 1.42e9].map(formatBytes)).to.deep.equal([
      '1 kB',
      '4.3 kB',
      '990 kB',
      '1 MB',
      '1.4 GB',
    ]);
  });
});
