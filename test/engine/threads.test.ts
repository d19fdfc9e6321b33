import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { coresOfOthers, readCoreTimes, readCoreTimesAfter, type CoreTimes } from '../../src/engine/load.js';
import { coreCount } from '../../src/engine/machine.js';
import { defaultThreads, explainThreads, threadsUnderLoad } from '../../src/engine/threads.js';

/** After a tenth of a second in which all programs together, and this one alone, kept so many cores busy. */
function load(cores: number, busy: number, own = 0): [CoreTimes, CoreTimes] {
  const before = { at: 5000, busy: 70_000, own: 900, cores };
  return [before, { at: 5100, busy: 70_000 + 100 * busy, own: 900 + 100 * own, cores }];
}

describe('threads by default', () => {
  it('are all cores, and one where CI is set', () => {
    for (const CI of [undefined, '', '0', 'false', 'False'])
      expect(defaultThreads({ CI })).to.equal(coreCount());
    for (const CI of ['true', '1', 'woodpecker']) expect(defaultThreads({ CI })).to.equal(1);
  });

  for (const [what, cores, busy, own, threads] of [
    ['all on an idle machine', 8, 0.1, 0, 8],
    ['all where only this program works', 8, 1.1, 1, 8],
    ['one less where another program has a core', 2, 1, 0, 1],
    ['less by what others have beside this one', 8, 4, 1, 5],
    ['rounded', 4, 1.4, 0, 3],
    ['at least one on a full machine', 2, 2, 0, 1],
    ['all where the counters lag behind', 4, 0, 0.5, 4],
  ] as const) {
    it(`are, under load, ${what}`, () => {
      expect(threadsUnderLoad(cores, ...load(cores, busy, own))).to.equal(threads);
    });
  }

  it('are no more than this process may use of a large machine, and fewer only when that is full', () => {
    expect(threadsUnderLoad(4, ...load(64, 40))).to.equal(4);
    expect(threadsUnderLoad(4, ...load(64, 62))).to.equal(2);
  });

  it('are explained when they are fewer than cores', () => {
    expect(explainThreads(2, 2, {})).to.equal(undefined);
    expect(explainThreads(1, 2, {})).to.equal(
      '1 of 2 threads, as other programs keep the cores busy; --threads sets it',
    );
    expect(explainThreads(1, 2, { CI: 'true' })).to.equal('1 of 2 threads, as CI is set; --threads sets it');
  });
});

describe('the load of the machine', () => {
  it('is read over a tenth of a second at least', async () => {
    const before = readCoreTimes();
    const after = await readCoreTimesAfter(before);
    expect(after.at - before.at).to.be.at.least(99);
    expect(after.cores).to.be.at.least(1);
    expect(coresOfOthers(before, after)).to.be.within(0, after.cores);
  });

  it('leaves out what this process does, on all its threads', async () => {
    const spinning = new Worker('while (true);', { eval: true });
    await new Promise((resolve) => spinning.once('online', resolve));
    const before = readCoreTimes();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const after = readCoreTimes();
    await spinning.terminate();
    const own = (after.own - before.own) / (after.at - before.at);
    const all = (after.busy - before.busy) / (after.at - before.at);
    expect(own).to.be.greaterThan(0.05); // even where others have most of the cores
    // the system's count has ours in it, and what others have is no more than what we leave; both count coarsely
    expect(all).to.be.greaterThan(own - 0.2);
    expect(coresOfOthers(before, after)).to.be.lessThan(after.cores - own + 0.2);
  });
});
