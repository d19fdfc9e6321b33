import { expect } from 'chai';
import path from 'node:path';
import { temporaryFolder, writeFrames, writeGreyMask } from '../jobs/small-clip.js';
import { writeSlimContours } from '../methods/contours/slim-contours.js';
import { startEngine } from '../../src/engine/start.js';
import { runOsvos } from './run-osvos.js';

describe('osvos snap', function () {
  this.timeout(60_000);
  let folder: string;
  let remove: () => Promise<void>;
  let contours: string;
  let masks: string;
  let frames: string;

  before(async () => {
    await startEngine({ engine: 'cpu' });
    contours = await writeSlimContours();
    ({ folder, remove } = await temporaryFolder());
    frames = await writeFrames(path.join(folder, 'clip'), 3);
    masks = path.join(folder, 'masks');
    await writeGreyMask(path.join(masks, '00001.png'), [[1, 10, 4, 9, 9]]);
  });
  after(() => remove());

  it('prints what it did, for people and as JSON', async () => {
    const out = path.join(folder, 'out');
    const args = [
      'snap',
      masks,
      '--frames',
      frames,
      '--snap',
      'ucm',
      '--contours',
      contours,
      '--engine',
      'cpu',
      '--out',
      out,
    ];
    const { exit, stdout } = await runOsvos(...args);
    expect(exit).to.equal(0);
    expect(stdout).to.match(/^1 mask in .*out, \d+ ms each$/m);
    const again = await runOsvos(...args, '--json');
    expect(JSON.parse(again.stdout)).to.include({ masks: 1, out });
  });

  it('smooths along the colours with --snap bilateral, which needs no network', async () => {
    const out = path.join(folder, 'bilateral');
    const args = [
      'snap',
      masks,
      '--frames',
      frames,
      '--snap',
      'bilateral',
      '--contours',
      'none',
      '--out',
      out,
    ];
    expect((await runOsvos(...args, '--engine', 'cpu')).exit).to.equal(0);
  });

  for (const [what, args, exit, message] of [
    ['no frames', [], 2, '--frames or --davis'],
    ['nothing to be done', ['--frames', 'clip', '--snap', 'none'], 2, '--snap ucm'],
    ['a threshold beyond 1', ['--frames', 'clip', '--snap-threshold', '2'], 2, '--snap-threshold 2'],
    ['a majority of a few', ['--frames', 'clip', '--snap-majority', '0.2'], 2, 'from 0.5 to 1'],
    [
      'scales that are none',
      ['--frames', 'clip', '--contour-scales', '1,big'],
      2,
      '--contour-scales 0.5,1,1.5',
    ],
    ['frames that are not there', ['--frames', 'nowhere'], 3, 'nowhere'],
  ] as const) {
    it(`refuses ${what}, with exit ${exit}`, async () => {
      const outcome = await runOsvos('snap', masks, ...args, '--out', path.join(folder, 'refused'));
      expect(outcome.exit).to.equal(exit);
      expect(outcome.stderr).to.contain(message);
    });
  }
});
