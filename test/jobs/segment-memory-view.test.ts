import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import sharp from 'sharp';
import { openClip } from '../../src/clips/open-clip.js';
import { parseMemoryView } from '../../src/jobs/memory-view.js';
import { createMemoryViewer } from '../../src/jobs/segment-memory-viewer.js';
import { labelsFromProbabilities } from '../../src/label-map.js';
import { fakeMethod } from './fake-method.js';
import { errorOf, fakeOptions, runFake, stoppingTrace, type FakeRun } from './run-fake.js';
import {
  digests,
  HEIGHT,
  labelsWith,
  temporaryFolder,
  WIDTH,
  writeFrames,
  writeGreyMask,
} from './small-clip.js';

const FRAMES = 5;

describe('segmenting with --viz-memory', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let run: FakeRun;

  beforeEach(async () => {
    ({ folder, remove } = await temporaryFolder());
    const source = await writeFrames(path.join(folder, 'clip'), FRAMES);
    const mask = await writeGreyMask(path.join(folder, 'first.png'), [[1, 4, 8, 10, 12]]);
    run = {
      ...{ source, masks: [mask], out: path.join(folder, 'out') },
      settings: { vizMemory: 'region' },
      behaviour: { family: 'offline', explains: true },
    };
  });
  afterEach(() => remove());

  const lines = async (out: string) =>
    (await readFile(path.join(out, 'memory.csv'), 'utf8')).trimEnd().split('\n');

  it('writes a sheet for each frame that was segmented, and all shares', async () => {
    const record = await runFake(run);
    expect((await readdir(path.join(run.out, 'memory'))).sort()).to.deep.equal(
      [1, 2, 3, 4].map((i) => `0000${i}.png`),
    );
    const { format, width } = await sharp(path.join(run.out, 'memory', '00003.png')).metadata();
    expect([format, width <= 1600]).to.deep.equal(['png', true]);
    expect(await lines(run.out)).to.deep.equal([
      'frame,object,memory frame,share',
      '00001,1,00000,1.000000',
      ...[2, 3, 4].flatMap((i) => [`0000${i},1,00000,0.750000`, `0000${i},1,0000${i - 1},0.250000`]),
    ]);
    expect(record.options.vizMemory).to.equal('region');
    // masks do not depend on it
    const plain = {
      ...run,
      out: path.join(folder, 'plain'),
      settings: {},
      behaviour: { family: 'offline' as const },
    };
    expect((await runFake(plain)).options.vizMemory).to.equal(undefined);
    expect(await digests(plain.out)).to.deep.equal(await digests(run.out));
    expect(existsSync(path.join(plain.out, 'memory'))).to.equal(false);
  });

  it('asks for each object in its region, and names sheets after objects where there are several', async () => {
    const mask = await writeGreyMask(path.join(folder, 'two.png'), [[3, 2, 2, 6, 6], [7, 20, 10, 8, 8]]); // prettier-ignore
    const trace: string[] = [];
    await runFake({ ...run, masks: [mask], behaviour: { ...run.behaviour, trace } });
    expect(trace.filter((line) => line.startsWith('explain'))).to.deep.equal(
      [1, 2, 3, 4].map((i) => `explain ${i}: 3 7`),
    );
    const names = await readdir(path.join(run.out, 'memory'));
    expect(names.sort()).to.deep.equal([1, 2, 3, 4].flatMap((i) => [`0000${i}-3.png`, `0000${i}-7.png`]));
    expect(await lines(run.out)).to.include('00002,7,00001,0.250000');
  });

  it('asks for one pixel, and shows objects that are read alike in one sheet', async () => {
    const mask = await writeGreyMask(path.join(folder, 'two.png'), [[3, 2, 2, 6, 6], [7, 20, 10, 8, 8]]); // prettier-ignore
    const trace: string[] = [];
    const settings = { vizMemory: parseMemoryView('47,31') };
    const record = await runFake({ ...run, masks: [mask], settings, behaviour: { ...run.behaviour, trace } });
    expect(record.options.vizMemory).to.equal('47,31');
    expect(trace).to.include('explain 4: 3,7');
    expect((await readdir(path.join(run.out, 'memory'))).sort()[0]).to.equal('00001.png');
    expect(await lines(run.out)).to.include.members(['00001,3,00000,1.000000', '00001,7,00000,1.000000']);
  });

  it('shows nothing where an object is not seen', async () => {
    await runFake({ ...run, behaviour: { ...run.behaviour, hidden: [2] } });
    expect(await readdir(path.join(run.out, 'memory'))).to.have.members([
      '00001.png',
      '00003.png',
      '00004.png',
    ]);
    expect((await lines(run.out)).some((line) => line.startsWith('00002'))).to.equal(false);
  });

  it('goes on after a stop with the same sheets and shares', async () => {
    await runFake(run);
    const out = path.join(folder, 'stopped');
    const controller = new AbortController();
    const trace = stoppingTrace(controller, (done) => done.includes('frame 2'));
    const stopped = { ...run, out, behaviour: { ...run.behaviour, trace }, signal: controller.signal };
    expect((await errorOf(runFake(stopped))).code).to.equal('interrupted');
    expect(await readdir(path.join(out, 'memory'))).to.have.length(2);
    await runFake({ ...run, out });
    expect(await digests(path.join(out, 'memory'))).to.deep.equal(
      await digests(path.join(run.out, 'memory')),
    );
    expect(await lines(out)).to.deep.equal(await lines(run.out));
  });

  it('is removed with the run that made it', async () => {
    await runFake(run);
    await runFake({ ...run, settings: { force: true } });
    expect(await readdir(path.join(run.out, 'memory'))).to.deep.equal([]);
    expect(existsSync(path.join(run.out, 'memory.csv'))).to.equal(false);
  });

  it('refuses methods without a memory, and pixels outside of the frames, before anything is written', async () => {
    const forgetful = await errorOf(runFake({ ...run, behaviour: {} }));
    expect([forgetful.exit, forgetful.message]).to.deep.equal([
      2,
      'fake has no memory to look at: --viz-memory region: choose a --method that remembers: stm, kmn or stcn',
    ]);
    const outside = await errorOf(runFake({ ...run, settings: { vizMemory: { x: WIDTH, y: 3 } } }));
    expect([outside.exit, outside.message]).to.deep.equal([
      2,
      `the pixel lies outside of the frames, which are ${WIDTH}×${HEIGHT}: --viz-memory ${WIDTH},3: ` +
        `choose x from 0 to ${WIDTH - 1} and y from 0 to ${HEIGHT - 1}`,
    ]);
    expect(existsSync(run.out)).to.equal(false);
  });

  it('reads frames again only where they were not at hand, and keeps none that are forgotten', async () => {
    const clip = await openClip(run.source);
    const read: number[] = [];
    const counted = Object.create(clip, {
      frame: { value: (index: number) => (read.push(index), clip.frame(index)) },
    }) as typeof clip;
    const method = fakeMethod(run.behaviour);
    const segmenter = await method.open(fakeOptions);
    const labels = { width: WIDTH, height: HEIGHT, data: labelsWith([[1, 4, 8, 10, 12]]) };
    await segmenter.learn([{ frame: await clip.frame(0), labels }], { report: () => undefined });
    segmenter.watch!();
    const viewer = await createMemoryViewer(counted, 'region', () => undefined);
    for (const index of [1, 2, 3, 4, 1]) {
      const frame = await clip.frame(index);
      const p = await segmenter.segment(frame);
      await viewer.look(segmenter, frame, { labels: labelsFromProbabilities(p, 0.5), ids: p.ids });
    }
    // the annotated frame once; the others had been segmented
    expect(read).to.deep.equal([0]);
    const frame = await clip.frame(3);
    const p = await segmenter.segment(frame);
    await viewer.look(segmenter, frame, { labels: labelsFromProbabilities(p, 0.5), ids: p.ids });
    // after frame 1 came again, frame 2 was no longer remembered
    expect(read).to.deep.equal([0, 2]);
  });

  it('knows what is asked for', async () => {
    expect(parseMemoryView('region')).to.equal('region');
    expect(parseMemoryView(' 12 , 7 ')).to.deep.equal({ x: 12, y: 7 });
    for (const text of ['', 'object', '1', '1,2,3', '-1,2', '1.5,2', 'x,y']) {
      const { exit, message } = await errorOf((async () => parseMemoryView(text))());
      expect(exit, text).to.equal(2);
      expect(message).to.equal(
        `neither region nor a pixel: --viz-memory ${text}: ` +
          'write --viz-memory region, or a pixel of the frames such as --viz-memory 120,80',
      );
    }
  });
});
