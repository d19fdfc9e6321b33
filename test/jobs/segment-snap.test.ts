import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { openClip } from '../../src/clips/open-clip.js';
import { readLabelPng } from '../../src/clips/label-png.js';
import { readMaskPicture } from '../../src/clips/mask-picture.js';
import { startEngine } from '../../src/engine/start.js';
import { contourMap } from '../../src/methods/contours/contour-map.js';
import { loadContourNetwork } from '../../src/methods/contours/contour-network.js';
import { snapDefaults, type SnapSettings } from '../../src/methods/contours/snap-settings.js';
import { createSnapper } from '../../src/snapping/snapper.js';
import { writeSlimContours } from '../methods/contours/slim-contours.js';
import { errorOf, runFake, stoppingTrace, type FakeRun } from './run-fake.js';
import {
  digests,
  HEIGHT,
  labelsWith,
  temporaryFolder,
  WIDTH,
  writeFrames,
  writeGreyMask,
} from './small-clip.js';

const FRAMES = 6;

describe('segmenting with --snap', function () {
  this.timeout(60_000);
  let folder: string;
  let remove: () => Promise<void>;
  let run: FakeRun;
  let snap: SnapSettings;

  before(async () => {
    await startEngine({ engine: 'cpu' });
    // an untrained network finds something like 0.5 everywhere: its basins are the superpixels
    const contours = await writeSlimContours();
    snap = {
      ...snapDefaults,
      rule: 'ucm',
      contours,
      scales: [1],
      threshold: 0.29,
      clearMajority: 0.5,
      saveContours: false,
    };
  });
  beforeEach(async () => {
    ({ folder, remove } = await temporaryFolder());
    const source = await writeFrames(path.join(folder, 'clip'), FRAMES);
    const mask = await writeGreyMask(path.join(folder, 'first.png'), [[1, 10, 4, 9, 9]]);
    run = { source, masks: [`0=${mask}`], out: path.join(folder, 'out'), settings: { snap } };
  });
  afterEach(() => remove());

  it('votes each frame’s labels by the superpixels of its contours; given masks stay', async () => {
    const record = await runFake(run);
    const clip = await openClip(run.source);
    const network = await loadContourNetwork(snap.contours);
    const moved: boolean[] = [];
    for (let i = 0; i < FRAMES; i++) {
      const frame = await clip.frame(i);
      const labels = { width: WIDTH, height: HEIGHT, data: labelsWith([[1, 10 + i, 4, 9, 9]]) }; // as the fake goes
      const contours = { width: WIDTH, height: HEIGHT, data: await contourMap(network, frame, [1]) };
      const voted = createSnapper(WIDTH, HEIGHT, { threshold: 0.29 }).snap(contours, labels);
      const expected = i === 0 ? labels : voted;
      const written = await readLabelPng(path.join(run.out, `${frame.name}.png`));
      expect([...written.data], frame.name).to.deep.equal([...expected.data]);
      expect(record.frames[i].areas[0]).to.equal(expected.data.filter((id) => id === 1).length);
      moved.push(voted.data.some((id, k) => id !== labels.data[k]));
    }
    network.network.dispose();
    expect(moved.includes(true), 'a mask that moved').to.equal(true);
    expect(record.options).to.have.nested.property('snap.rule', 'ucm');
  });

  it('writes contours and ultrametric contour maps, also without snapping', async () => {
    await runFake({ ...run, settings: { snap: { ...snap, rule: 'none', saveContours: true } } });
    const plain = path.join(folder, 'plain');
    await runFake({ ...run, out: plain, settings: {} });
    expect(await digests(run.out)).to.deep.equal(await digests(plain));
    for (const name of ['00001.png', '00001-ucm.png', '00005.png']) {
      const picture = await readMaskPicture(path.join(run.out, 'contours', name));
      expect(picture).to.include({ width: WIDTH, height: HEIGHT });
    }
    expect(existsSync(path.join(plain, 'contours'))).to.equal(false);
  });

  for (const keep of ['all', 'near'] as const) {
    it(`with --keep ${keep}, stopped at any frame, goes on with the same bytes`, async () => {
      const settings = { snap, keep };
      const behaviour = { lookAlike: [40, 24, 6, 6] as [number, number, number, number], hidden: [3] };
      const whole = path.join(folder, 'whole');
      const record = await runFake({ ...run, out: whole, settings, behaviour });
      for (const stop of [1, 3, 4]) {
        const out = path.join(folder, `stopped at ${stop}`);
        const controller = new AbortController();
        const trace = stoppingTrace(controller, (lines) => lines.includes(`frame ${stop}`));
        const stopped = {
          ...run,
          out,
          settings,
          behaviour: { ...behaviour, trace },
          signal: controller.signal,
        };
        expect((await errorOf(runFake(stopped))).exit).to.equal(130);
        const resumed = await runFake({ ...run, out, settings, behaviour });
        expect(await digests(out), `stopped at ${stop}`).to.deep.equal(await digests(whole));
        expect(resumed.frames).to.deep.equal(record.frames);
      }
    });
  }

  it('says in the record what it was snapped to: another choice is another run', async () => {
    await runFake(run);
    const error = await errorOf(runFake({ ...run, settings: { snap: { ...snap, threshold: 0.1 } } }));
    expect(error.code).to.equal('record-differs');
    expect(error.message).to.contain('options.snap.threshold: 0.29, now 0.1');
    const plain = await errorOf(runFake({ ...run, settings: {} }));
    expect(plain.message).to.contain('options.snap');
  });

  it('fails with the network’s own error where the weights are others, and keeps no mask', async () => {
    const contours = path.join(folder, 'none.safetensors');
    const error = await runFake({ ...run, settings: { snap: { ...snap, contours } } }).catch(
      (e: unknown) => e,
    );
    expect(error).to.have.property('exit', 4);
    expect(error).to.have.property('message').that.contains('none.safetensors');
    expect(existsSync(run.out)).to.equal(false);
  });
});
