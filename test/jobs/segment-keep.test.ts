import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import type { RunRecord } from '../../src/jobs/run-record.js';
import { errorOf, runFake, stoppingTrace, type FakeRun } from './run-fake.js';
import { digests, temporaryFolder, writeFrames, writeGreyMask } from './small-clip.js';

const FRAMES = 10;
/** Of 48×32 pixels: an object gets up to 220/980 of 57.7 = 12.96 pixels in a frame. */
const lookAlike: [number, number, number, number] = [42, 26, 5, 5];

describe('keeping only some pieces of a mask', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let run: FakeRun;

  beforeEach(async () => {
    ({ folder, remove } = await temporaryFolder());
    const source = await writeFrames(path.join(folder, 'clip'), FRAMES);
    const mask = await writeGreyMask(path.join(folder, 'first.png'), [[1, 10, 4, 6, 6]]);
    run = { source, masks: [`4=${mask}`], out: path.join(folder, 'out') };
  });
  afterEach(() => remove());

  const near = (more: Partial<FakeRun> = {}): FakeRun => ({
    ...run,
    ...more,
    behaviour: { lookAlike, ...more.behaviour },
    settings: { keep: 'near', saveProbabilities: true, ...more.settings },
  });
  /** Bytes of the masks where nothing but the objects was ever seen. */
  const undisturbed = async (hidden: number[] = []) => {
    const out = path.join(folder, 'undisturbed');
    await runFake({ ...run, out, behaviour: { hidden } });
    return digests(out);
  };

  it('all is the default, and a look-alike stays', async () => {
    const record = await runFake({ ...run, behaviour: { lookAlike } });
    expect(record.options).to.not.have.property('keep', 'near');
    expect(record.frames.map(({ areas }) => areas)).to.deep.equal(
      Array.from({ length: FRAMES }, (_, i) => [i === 4 ? 36 : 36 + 25]),
    );
  });

  it('near drops a look-alike before and after the annotation, and stands in the record', async () => {
    const record = await runFake(near());
    expect(await digests(run.out)).to.deep.equal(await undisturbed());
    expect(record.options.keep).to.equal('near');
    const again = await errorOf(runFake({ ...run, settings: { saveProbabilities: true } }));
    expect(again.code).to.equal('record-differs');
    expect(again.message).to.contain('options.keep: "near", now not set');
  });

  it('largest does so where the look-alike is smaller', async () => {
    const trace: string[] = [];
    await runFake(near({ settings: { keep: 'largest' }, behaviour: { trace } }));
    expect(await digests(run.out)).to.deep.equal(await undisturbed());
    const frames = trace.filter((line) => line.startsWith('frame'));
    expect(frames).to.deep.equal([0, 1, 2, 3, 5, 6, 7, 8, 9].map((i) => `frame ${i}`));
  });

  it('near goes away from the annotations, each halfway to the next', async () => {
    const trace: string[] = [];
    const [first] = run.masks.map((mask) => mask.slice(2));
    await runFake(near({ masks: [`2=${first}`, `7=${first}`], behaviour: { trace } }));
    const frames = trace.filter((line) => line.startsWith('frame')).map((line) => Number(line.slice(6)));
    expect(frames).to.deep.equal([3, 4, 1, 0, 8, 9, 6, 5]);
    expect(trace.filter((line) => line === 'restore' || line === 'close')).to.have.length(1); // one network for all
  });

  it('near works the same for methods that remember', async () => {
    await runFake(near({ behaviour: { family: 'offline' } }));
    expect(await digests(run.out)).to.deep.equal(await undisturbed());
  });

  it('near, stopped at any frame, goes on with the same bytes', async () => {
    // hidden in frames 2, 5 and 6: the look-alike is shown there, and what follows depends on frames further back
    const behaviour = { lookAlike, hidden: [2, 5, 6] };
    const whole = path.join(folder, 'whole');
    const record = await runFake(near({ out: whole, behaviour }));
    expect(record.frames.map(({ areas }) => areas[0])).to.deep.equal([
      36, 36, 25, 36, 36, 25, 25, 36, 36, 36,
    ]);
    for (const stop of [5, 6, 7, 9, 3, 2, 1]) {
      const out = path.join(folder, `stopped at ${stop}`);
      const controller = new AbortController();
      const trace = stoppingTrace(controller, (lines) => lines.includes(`frame ${stop}`));
      const stopped = near({ out, behaviour: { ...behaviour, trace }, signal: controller.signal });
      expect((await errorOf(runFake(stopped))).exit).to.equal(130);
      const resumed = await runFake(near({ out, behaviour }));
      expect(await digests(out), `stopped at ${stop}`).to.deep.equal(await digests(whole));
      expect(resumed.frames).to.deep.equal(record.frames);
    }
  });

  it('near makes lost masks again, and names one that was damaged meanwhile', async () => {
    const controller = new AbortController();
    const trace = stoppingTrace(controller, (lines) => lines.includes('frame 8'));
    await errorOf(runFake(near({ behaviour: { trace }, signal: controller.signal })));
    const damaged = path.join(run.out, '00006.png');
    await writeFile(damaged, 'half a mas');
    const error = await errorOf(runFake(near()));
    expect(error.exit).to.equal(3);
    expect(error.message).to.contain(damaged).and.to.contain('remove it');
    expect(JSON.parse(await readFile(path.join(run.out, 'run.json'), 'utf8')) as RunRecord).to.include({
      status: 'failed',
    });
    await rm(damaged);
    await runFake(near());
    expect(await digests(run.out)).to.deep.equal(await undisturbed());
  });
});
