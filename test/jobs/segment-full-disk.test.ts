import { chmod, mkdir, readdir, readFile, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import type { RunRecord } from '../../src/jobs/run-record.js';
import { errorOf, runFake, type FakeRun } from './run-fake.js';
import { mountSmallDisk, type SmallDisk } from './small-disk.js';
import { digests, temporaryFolder, writeFrames, writeGreyMask } from './small-clip.js';

const FRAMES = 12;

/** Real disks; what each single write meets on a full one is looked at in kills.test.ts. */
describe('a segmentation without room or rights to write', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let run: FakeRun;
  let disk: SmallDisk | undefined;

  beforeEach(async () => {
    ({ folder, remove } = await temporaryFolder());
    const source = await writeFrames(path.join(folder, 'clip'), FRAMES);
    const mask = await writeGreyMask(path.join(folder, 'first.png'), [[1, 4, 8, 10, 12]]);
    disk = await mountSmallDisk(path.join(folder, 'disk'), 80e3);
    run = {
      source,
      masks: [mask],
      out: path.join(folder, 'disk', 'out'),
      settings: { saveProbabilities: true },
    };
  });
  afterEach(async () => {
    disk?.unmount();
    await remove();
  });

  function needDisk(context: Mocha.Context): SmallDisk {
    if (disk) return disk;
    console.log('      skipped: a small disk cannot be mounted here (it takes root on Linux)');
    context.skip();
  }

  async function expectWhole(): Promise<void> {
    const whole = path.join(folder, 'whole');
    await runFake({ ...run, out: whole });
    for (const part of ['', 'probabilities']) {
      expect(await digests(path.join(run.out, part))).to.deep.equal(await digests(path.join(whole, part)));
    }
    const left = await readdir(run.out, { recursive: true });
    expect(left.filter((name) => name.endsWith('.tmp'))).to.deep.equal([]);
  }

  it('ends with 7 on a full disk, keeps what is there, and goes on when there is room', async function () {
    const small = needDisk(this);
    const error = await errorOf(runFake(run));
    expect(error).to.include({ code: 'cannot-write', exit: 7 });
    expect(error.message)
      .to.match(/no space left/i)
      .and.to.contain(run.out)
      .and.to.contain('free space');
    const before = await digests(run.out);
    expect(Object.keys(before).length).to.be.within(1, FRAMES - 1);
    small.remount('size=1m');
    const trace: string[] = [];
    await runFake({ ...run, behaviour: { trace } });
    expect(trace.filter((line) => line.startsWith('step'))).to.deep.equal([]);
    expect(await digests(run.out)).to.include(before);
    await expectWhole();
  });

  it('ends with 7 where it may not write, before it computes', async function () {
    const trace: string[] = [];
    if (disk) disk.remount('ro');
    else if (process.getuid?.() === 0 || process.platform === 'win32')
      needDisk(this); // root may write everywhere
    else await chmod(path.dirname(run.out), 0o555);
    const error = await errorOf(runFake({ ...run, behaviour: { trace } }));
    expect(error).to.include({ code: 'cannot-write', exit: 7 });
    expect(error.message).to.contain(run.out).and.to.contain('permissions');
    expect(trace).to.deep.equal([]);
    if (disk) disk.remount('rw');
    else await chmod(path.dirname(run.out), 0o755);
    await runFake({ ...run, settings: {} });
  });

  it('ends with 7 where something is in the way of a mask, and goes on when it is not', async () => {
    const out = path.join(folder, 'in the way');
    await mkdir(path.join(out, '00005.png'), { recursive: true });
    const foreign = await errorOf(runFake({ ...run, out }));
    expect(foreign).to.include({ code: 'output-exists', exit: 2 });
    const error = await errorOf(runFake({ ...run, out, settings: { ...run.settings, force: true } }));
    expect(error).to.include({ code: 'cannot-write', exit: 7 });
    expect(error.where).to.equal(path.join(out, '00005.png'));
    const record = JSON.parse(await readFile(path.join(out, 'run.json'), 'utf8')) as RunRecord;
    expect(record.status).to.equal('failed');
    await rmdir(path.join(out, '00005.png'));
    await runFake({ ...run, out });
    expect(Object.keys(await digests(out))).to.have.length(FRAMES);
  });
});
