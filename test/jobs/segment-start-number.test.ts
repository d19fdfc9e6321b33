import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { clipOutput } from '../../src/jobs/output-folder.js';
import { segmentClip } from '../../src/jobs/segment-clip.js';
import { readInput } from '../../src/jobs/segment-input.js';
import { runOsvos } from '../commands/run-osvos.js';
import { fakeOptions, fakeServices, plainSettings } from './run-fake.js';
import { digests, temporaryFolder, writeFrames, writeGreyMask } from './small-clip.js';

describe('--start-number', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let video: string;
  let mask: string;

  before(async function () {
    if (spawnSync('ffmpeg', ['-version']).status !== 0) {
      console.log('      ffmpeg is not installed: tests of video files are left out');
      this.skip();
    }
    ({ folder, remove } = await temporaryFolder());
    const frames = await writeFrames(path.join(folder, 'frames'), 4);
    video = path.join(folder, 'shot.mkv');
    const input = ['-v', 'error', '-i', path.join(frames, '%05d.png'), '-c:v', 'ffv1', video];
    expect(spawnSync('ffmpeg', input).status).to.equal(0);
    mask = await writeGreyMask(path.join(folder, 'm.png'), [[1, 4, 4, 8, 8]]);
  });
  after(() => remove?.());

  it('names the masks of a video, and is what the keys of masks count from', async () => {
    const out = path.join(folder, 'out');
    await mkdir(out);
    const services = fakeServices({});
    const masks = [{ key: '1002', file: mask }];
    const input = await readInput(
      { source: video, startNumber: 1001, masks, fitMask: false },
      services.report,
    );
    const request = { input, paths: clipOutput(out, 'shot'), options: fakeOptions, settings: plainSettings };
    const record = await segmentClip(request, services);
    expect(Object.keys(await digests(out))).to.deep.equal([
      '01001.png',
      '01002.png',
      '01003.png',
      '01004.png',
    ]);
    expect(record.annotations.map(({ frame }) => frame)).to.deep.equal(['01002']);
    expect([record.input.first, record.input.last]).to.deep.equal(['01001', '01004']);
  });

  it('reaches segment, finetune’s keys and the import of masks from the command line', async () => {
    const weights = ['--no-parent', '--base', mask];
    const flags = ['--start-number', '1001', '--mask', `1003=${mask}`];
    const plan = await runOsvos('segment', video, ...flags, ...weights, '--dry-run', '--json');
    expect(JSON.parse(plan.stdout)).to.include({ first: '01001', last: '01004' });
    const unknown = [
      '--start-number',
      '1001',
      '--mask',
      `3=${mask}`,
      '--out',
      path.join(folder, 'n.safetensors'),
    ];
    const { exit, stderr } = await runOsvos('finetune', video, ...unknown, ...weights);
    expect(exit).to.equal(2);
    expect(stderr).to.contain('first 01001, last 01004');
    const place = [
      '--clip',
      video,
      '--start-number',
      '1001',
      '--frame',
      '1004',
      '--out',
      path.join(folder, 'masks'),
    ];
    const imported = await runOsvos('mask', 'import', mask, ...place);
    expect(imported.stdout).to.contain(path.join('masks', '01004.png'));
  });
});
