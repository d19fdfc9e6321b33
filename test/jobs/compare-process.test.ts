import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import type { Contender } from '../../src/jobs/compare-contenders.js';
import { runContenders } from '../../src/jobs/compare-runs.js';
import { masksOnly } from '../../src/jobs/segment-options.js';
import type { ProgressEvent } from '../../src/progress.js';
import { errorOf } from './run-fake.js';
import { temporaryFolder } from './small-clip.js';

describe('a process of a comparison', function () {
  this.timeout(60_000);

  it('that is killed is an error of its own, and the others are run', async function () {
    if (!existsSync('/proc/self/stat')) this.skip(); // its number is found there
    const { folder, remove } = await temporaryFolder();
    const contender = (label: string): Contender => ({
      ...{ label, method: 'stcn', family: 'offline' },
      ...{ options: { size: 48, seed: 1 }, settings: { ...masksOnly, threshold: 0.5 } },
    });
    const runs = ['first', 'second'].map((name) => ({
      ...{ name, contender: contender(name), folder: path.join(folder, name) },
    }));
    const events: ProgressEvent[] = [];
    const report = (event: ProgressEvent) => events.push(event);
    const input = { source: path.join(folder, 'no such clip'), masks: [] };
    const work = runContenders(runs, input, 1, { jobs: 1, engine: { engine: 'wasm' }, report });
    const failed = errorOf(work);
    process.kill(await childOf(process.pid), 'SIGKILL');
    const error = await failed;
    expect(error).to.include({ code: 'memory', exit: 5 });
    expect(error.message)
      .to.contain('2 of 2 runs failed')
      .and.to.contain('the process of first was killed (SIGKILL)');
    expect(error.message).to.match(/second \(.*no such clip/);
    await remove();
  });
});

/** The worker that this process has started; waits until it runs. */
async function childOf(parent: number): Promise<number> {
  for (;;) {
    const lines = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(parent)], { encoding: 'utf8' });
    const found = lines.split('\n').find((line) => line.includes('compare-worker'));
    if (found) return Number(found.trim().split(/\s+/)[0]);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
