import { existsSync } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import type { RunRecord } from '../../src/jobs/run-record.js';
import { errorOf, runFake, stoppingTrace, type FakeRun } from './run-fake.js';
import { digests, temporaryFolder, writeFrames, writeGreyMask } from './small-clip.js';

const FRAMES = 12;

describe('a segmentation whose input changes', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let run: FakeRun;
  let whole: Record<string, string>;

  beforeEach(async () => {
    ({ folder, remove } = await temporaryFolder());
    const source = await writeFrames(path.join(folder, 'clip'), FRAMES);
    const mask = await writeGreyMask(path.join(folder, 'first.png'), [[1, 4, 8, 10, 12]]);
    run = { source, masks: [mask], out: path.join(folder, 'out') };
    await runFake({ ...run, out: path.join(folder, 'whole') });
    whole = await digests(path.join(folder, 'whole'));
  });
  afterEach(() => remove());

  it('names a frame that vanishes in the middle, keeps the masks before it, and goes on when it is back', async () => {
    const lost = path.join(run.source, '00008.png');
    const aside = path.join(folder, 'aside.png');
    const trace: string[] = [];
    trace.push = (...lines) => {
      if (lines.includes('frame 2')) void rename(lost, aside);
      return Array.prototype.push.apply(trace, lines);
    };
    const error = await errorOf(runFake({ ...run, behaviour: { trace, delay: 5 } }));
    expect(error).to.include({ code: 'clip-unreadable', exit: 3, where: lost });
    expect(error.message).to.contain('frame 00008');
    expect(existsSync(aside)).to.be.true;
    const record = JSON.parse(await readFile(path.join(run.out, 'run.json'), 'utf8')) as RunRecord;
    expect(record.status).to.equal('failed');
    expect(record.error).to.contain('00008');
    expect(record.frames).to.have.length(8); // all that came before

    // another clip, as long as it is away
    const other = await errorOf(runFake(run));
    expect(other).to.include({ code: 'record-differs', exit: 2 });
    expect(other.message)
      .to.contain('input.frames: 12, now 11')
      .and.contain('files of the clip have changed');

    await rename(aside, lost);
    const again: string[] = [];
    await runFake({ ...run, behaviour: { trace: again } });
    expect(again.filter((line) => line.startsWith('frame'))).to.have.length(4);
    expect(await digests(run.out)).to.deep.equal(whole);
  });

  it('says which mask was changed while it was stopped, and goes on with the old one', async () => {
    const controller = new AbortController();
    const trace = stoppingTrace(controller, (lines) => lines.includes('frame 6'));
    await errorOf(runFake({ ...run, signal: controller.signal, behaviour: { trace } }));
    const there = await digests(run.out);
    await rename(run.masks[0], path.join(folder, 'old.png'));
    await writeGreyMask(run.masks[0], [[1, 4, 8, 10, 13]]);
    const error = await errorOf(runFake(run));
    expect(error).to.include({ code: 'record-differs', exit: 2 });
    expect(error.message).to.contain(`the mask of frame 00000 has changed (${run.masks[0]})`);
    expect(await digests(run.out)).to.deep.equal(there); // nothing is lost
    await rename(path.join(folder, 'old.png'), run.masks[0]);
    await runFake(run);
    expect(await digests(run.out)).to.deep.equal(whole);
  });
});
