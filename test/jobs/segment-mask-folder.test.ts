import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import type { ProgressEvent } from '../../src/progress.js';
import { errorOf, runFake, type FakeRun } from './run-fake.js';
import { temporaryFolder, writeFrames, writeGreyMask, type Box } from './small-clip.js';

const box: Box = [1, 4, 8, 10, 12];

describe('a folder of sparse masks', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let masks: string;
  let run: FakeRun & { events: ProgressEvent[] };

  beforeEach(async () => {
    ({ folder, remove } = await temporaryFolder());
    const source = await writeFrames(path.join(folder, 'clip'), 6);
    masks = path.join(folder, 'masks');
    await mkdir(masks);
    run = { source, masks: [masks], out: path.join(folder, 'out'), events: [] };
  });
  afterEach(() => remove());

  const annotate = (name: string, boxes: Box[] = [box]) => writeGreyMask(path.join(masks, name), boxes);
  const warnings = () => run.events.flatMap((event) => (event.kind === 'warning' ? [event.text] : []));
  const notes = () => run.events.flatMap((event) => (event.kind === 'note' ? [event.text] : []));

  it('takes each mask for the frame of its name or number', async () => {
    await annotate('00001.png');
    await annotate('4.png');
    const { annotations } = await runFake(run);
    expect(annotations.map(({ frame, file }) => [frame, path.basename(file)])).to.deep.equal([
      ['00001', '00001.png'],
      ['00004', '4.png'],
    ]);
    expect(notes()).to.include(`masks in ${masks}: 2 frames, 00001 … 00004`);
  });

  it('names files that belong to no frame in a warning, which the record keeps', async () => {
    await annotate('00001.png');
    await annotate('00099.png');
    await writeFile(path.join(masks, '00001.json'), '{}');
    await writeFile(path.join(masks, '.DS_Store'), '');
    const record = await runFake(run);
    const text = `${masks}: left out, no masks of single frames: 00001.json, 00099.png`;
    expect(warnings()).to.include(text);
    expect(record.warnings).to.include(text);
    expect(record.annotations).to.have.length(1);
  });

  it('leaves masks outside of --from and --to out, and says so', async () => {
    for (const name of ['00000.png', '00003.png']) await annotate(name);
    const record = await runFake({ ...run, from: '2' });
    expect(record.annotations.map(({ frame }) => frame)).to.deep.equal(['00003']);
    expect(warnings()).to.include(`${masks}: left out, not within 00002 … 00005: 00000.png`);
  });

  it('is refused where none belongs to a frame, with the clip’s ends and its own files', async () => {
    await annotate('first.png');
    const error = await errorOf(runFake(run));
    expect(error.exit).to.equal(2);
    expect(error.message).to.equal(
      `no mask in this folder is named as a frame of clip: ${masks} (first.png): ` +
        'name masks as their frames: first 00000, last 00005',
    );
  });

  it('is refused when it is empty', async () => {
    expect((await errorOf(runFake(run))).message).to.contain('(it is empty)');
  });

  it('mixes with single masks', async () => {
    await annotate('00004.png');
    const single = await writeGreyMask(path.join(folder, 'single.png'), [box]);
    const { annotations } = await runFake({ ...run, masks: [`2=${single}`, masks, single] });
    expect(annotations.map(({ frame }) => frame)).to.deep.equal(['00000', '00002', '00004']);
  });

  it('is refused with a second mask of a frame, naming both files', async () => {
    const inside = await annotate('00004.png');
    const single = await writeGreyMask(path.join(folder, 'single.png'), [box]);
    const error = await errorOf(runFake({ ...run, masks: [masks, `4=${single}`] }));
    expect(error.exit).to.equal(2);
    expect(error.message).to.contain('2 masks for one frame').and.to.contain('00004');
    expect(error.message).to.contain(inside).and.to.contain(single);
  });

  it('is refused with a frame of its own', async () => {
    await annotate('00004.png');
    const error = await errorOf(runFake({ ...run, masks: [`4=${masks}`] }));
    expect(error.exit).to.equal(2);
    expect(error.message).to.contain(`--mask 4=${masks}`).and.to.contain(`write --mask ${masks}`);
  });

  it('says which objects are not in every mask', async () => {
    await annotate('00000.png', [box]);
    await annotate('00003.png', [box, [7, 30, 4, 8, 8]]);
    const { objects } = await runFake(run);
    expect(objects).to.deep.equal([1, 7]);
    expect(notes()).to.include('object 7 is in 1 of 2 masks, first in frame 00003');
  });
});
