import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { readLabelPng } from '../../src/clips/label-png.js';
import { startEngine } from '../../src/engine/start.js';
import { snapMasks, type SnapMasksJob } from '../../src/jobs/snap-masks.js';
import { snapDefaults } from '../../src/methods/contours/snap-settings.js';
import { writeSlimContours } from '../methods/contours/slim-contours.js';
import { errorOf } from './run-fake.js';
import { digests, temporaryFolder, writeFrames, writeGreyMask } from './small-clip.js';

describe('jobs/snap-masks', function () {
  this.timeout(60_000);
  let folder: string;
  let remove: () => Promise<void>;
  let contours: string;
  let frames: string;
  let masks: string;

  before(async () => {
    await startEngine({ engine: 'cpu' });
    contours = await writeSlimContours();
  });
  beforeEach(async () => {
    ({ folder, remove } = await temporaryFolder());
    frames = await writeFrames(path.join(folder, 'clip'), 12);
    masks = path.join(folder, 'masks');
    await mkdir(masks);
    await writeGreyMask(path.join(masks, '00001.png'), [[1, 10, 4, 9, 9], [2, 30, 8, 8, 12]]); // prettier-ignore
    await writeGreyMask(path.join(masks, '00003.png'), [[1, 11, 5, 9, 9]]);
  });
  afterEach(() => remove());

  function job(changes: Partial<SnapMasksJob> = {}): SnapMasksJob {
    return {
      ...{ masks, frames, out: path.join(folder, 'out'), force: false },
      settings: { ...snapDefaults, rule: 'ucm', contours, scales: [1], threshold: 0.29, clearMajority: 0.5 },
      startEngine: () => startEngine({ engine: 'cpu' }),
      report: () => undefined,
      ...changes,
    };
  }

  it('snaps the masks that are there, several objects at once, and writes a record', async () => {
    const result = await snapMasks(job());
    expect(result).to.include({ masks: 2, out: path.join(folder, 'out') });
    expect(Object.keys(await digests(result.out))).to.deep.equal(['00001.png', '00003.png']);
    const { data } = await readLabelPng(path.join(result.out, '00001.png'));
    expect(new Set(data)).to.deep.equal(new Set([0, 1, 2]));
    const record = JSON.parse(await readFile(path.join(result.out, 'run.json'), 'utf8')) as object;
    expect(record).to.include({ command: 'snap', status: 'finished' });
    // again: printed, not done
    const startNothing = () => Promise.reject(new Error('nothing is to be computed'));
    expect(await snapMasks(job({ startEngine: startNothing }))).to.deep.equal(result);
  });

  it('goes on after a stop with the same bytes, and makes a lost mask again', async () => {
    for (const name of ['00004', '00005', '00006', '00007', '00008', '00009', '00010', '00011'])
      await writeGreyMask(path.join(masks, `${name}.png`), [[1, 11, 5, 9, 9]]);
    const whole = await snapMasks(job({ out: path.join(folder, 'whole') }));
    const stop = new AbortController();
    const stopped = await errorOf(
      snapMasks(job({ signal: stop.signal, report: ({ kind }) => kind === 'step' && stop.abort() })),
    );
    expect(stopped).to.have.property('exit', 130);
    await rm(path.join(folder, 'out', '00001.png'), { force: true });
    const resumed = await snapMasks(job());
    expect(await digests(resumed.out)).to.deep.equal(await digests(whole.out));
  });

  it('forced over another run and stopped, takes none of that one’s masks for its own', async () => {
    for (const name of ['00004', '00005', '00006', '00007', '00008', '00009', '00010', '00011'])
      await writeGreyMask(path.join(masks, `${name}.png`), [[1, 11, 5, 9, 9]]);
    const whole = await snapMasks(job({ out: path.join(folder, 'whole') }));
    await snapMasks(job({ settings: { ...job().settings, rule: 'bilateral' } }));
    const before = await digests(path.join(folder, 'out'));
    expect(before).to.not.deep.equal(await digests(whole.out));
    const stop = new AbortController();
    const report: SnapMasksJob['report'] = ({ kind }) => kind === 'step' && stop.abort();
    await errorOf(snapMasks(job({ force: true, signal: stop.signal, report })));
    await snapMasks(job());
    expect(await digests(path.join(folder, 'out'))).to.deep.equal(await digests(whole.out));
  });

  it('refuses to write where it reads, also by force, and leaves the masks there', async () => {
    const before = await digests(masks);
    const error = await errorOf(snapMasks(job({ out: masks, force: true })));
    expect(error).to.have.property('exit', 2);
    expect(error.message).to.contain('one folder').and.to.contain(masks);
    expect(await digests(masks)).to.deep.equal(before);
  });

  it('leaves empty masks as they are', async () => {
    await writeGreyMask(path.join(masks, '00000.png'), []);
    const { out } = await snapMasks(job());
    expect((await readLabelPng(path.join(out, '00000.png'))).data.every((label) => label === 0)).to.equal(
      true,
    );
  });

  it('refuses masks without a frame, of another size, and folders without masks, naming them', async () => {
    const stranger = await writeGreyMask(path.join(masks, '00099.png'), []);
    const error = await errorOf(snapMasks(job()));
    expect(error).to.have.property('exit', 3);
    expect(error.message).to.contain('00099').and.to.contain('00000 … 00011');
    await rm(stranger);
    await writeGreyMask(path.join(masks, '00002.png'), [[1, 2, 2, 4, 4]], 20, 20);
    const size = await errorOf(snapMasks(job()));
    expect(size.message).to.contain('20×20').and.to.contain('48×32').and.to.contain('00002.png');
    const none = await errorOf(snapMasks(job({ masks: path.join(folder, 'nowhere') })));
    expect(none.message).to.contain('no masks').and.to.contain('nowhere');
  });
});
