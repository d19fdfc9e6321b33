import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { decode } from 'fast-png';
import type { ProgressEvent } from '../../src/progress.js';
import type { FakeBehaviour } from './fake-method.js';
import { errorOf, runFake, stoppingTrace, type FakeRun } from './run-fake.js';
import { digests, labelsWith, temporaryFolder, writeFrames, writeGreyMask, type Box } from './small-clip.js';

const FRAMES = 12;
const remembers: FakeBehaviour = { family: 'offline', annotations: 'as-they-come' };
/** Objects of the fake move right by one pixel a frame. */
const one: Box = [1, 4, 4, 8, 8];
const two: Box = [2, 6, 20, 6, 6];
const moved = ([id, x, y, width, height]: Box, frames: number): Box => [id, x + frames, y, width, height];

describe('annotations of some of the objects', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let run: FakeRun;
  let trace: string[];

  beforeEach(async () => {
    ({ folder, remove } = await temporaryFolder());
    const source = await writeFrames(path.join(folder, 'clip'), FRAMES);
    trace = [];
    run = { source, masks: [], out: path.join(folder, 'out'), behaviour: { ...remembers, trace } };
  });
  afterEach(() => remove());

  const mask = (index: number, ...boxes: Box[]) =>
    writeGreyMask(path.join(folder, `${index}.png`), boxes).then((file) => `${index}=${file}`);
  const written = async (index: number) => {
    const file = path.join(run.out, `${String(index).padStart(5, '0')}.png`);
    return Uint8Array.from(decode(await readFile(file)).data);
  };

  it('let an object enter: it is not there before, and the others go on', async () => {
    run.masks = [await mask(2, one), await mask(6, two)];
    const events: ProgressEvent[] = [];
    const record = await runFake({ ...run, events });
    for (const index of [0, 2, 5]) {
      expect(await written(index), `frame ${index}`).to.deep.equal(labelsWith([moved(one, index - 2)]));
    }
    for (const index of [6, 11]) {
      const boxes = [moved(one, index - 2), moved(two, index - 6)];
      expect(await written(index), `frame ${index}`).to.deep.equal(labelsWith(boxes));
    }
    expect(record.objects).to.deep.equal([1, 2]);
    expect(record.frames.map(({ areas }) => areas)).to.deep.equal(
      Array.from({ length: FRAMES }, (_, i) => [64, i < 6 ? 0 : 36]),
    );
    // no confidence where a mask was given, or where there is no object yet
    const [, , given, later, , , met, ...rest] = record.frames.map(({ confidence }) => confidence);
    expect(given).to.deep.equal([null, null]);
    expect(later[0]).to.be.within(0.6, 0.9);
    expect(later[1]).to.equal(null);
    expect(met[0]).to.be.within(0.6, 0.9);
    expect(met[1]).to.equal(null);
    expect(rest[0][1]).to.be.within(0.6, 0.9);
    // it enters because the user said so
    expect(record.warnings).to.deep.equal([]);
  });

  it('are met once, in the pass that comes from before, and learnt with all others', async () => {
    run.masks = [await mask(2, one), await mask(6, two)];
    await runFake(run);
    expect(trace.filter((line) => /^(begin|meet|restore)/.test(line))).to.deep.equal([
      'begin 2 with 1',
      'meet 2',
      'begin 2 with 1',
    ]);
    const seen = trace.filter((line) => line.startsWith('frame'));
    expect(seen).to.deep.equal([3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 0].map((index) => `frame ${index}`));
    expect(trace.filter((line) => line.startsWith('step'))).to.have.length(12); // learnt once for both passes
    expect(trace.filter((line) => line === 'close')).to.have.length(1);
  });

  it('correct the objects that they show, over what is found of the others', async () => {
    const corrected: Box = [2, 14, 6, 6, 6]; // over object 1, which is at 10…17, 4…11 by then
    run.masks = [await mask(0, one, two), await mask(6, corrected)];
    await runFake(run);
    const expected = labelsWith([moved(one, 6), corrected]);
    expect(await written(6)).to.deep.equal(expected);
    // nothing runs backwards from it
    expect(trace.filter((line) => /^(begin|meet)/.test(line))).to.deep.equal(['begin 0 with 1,2', 'meet 2']);
  });

  it('keep void where it was given', async () => {
    run.masks = [await mask(0, one), await mask(6, two, [255, 40, 0, 4, 4])];
    await runFake(run);
    expect(await written(6)).to.deep.equal(labelsWith([moved(one, 6), two, [255, 40, 0, 4, 4]]));
  });

  it('that show all objects and a new one start both ways, the new one forwards alone', async () => {
    run.masks = [await mask(0, one), await mask(8, moved(one, 8), two)];
    await runFake(run);
    expect(trace.filter((line) => line.startsWith('begin'))).to.deep.equal([
      'begin 0 with 1',
      'begin 8 with 1,2',
      'begin 8 with 1',
    ]);
    expect(await written(7)).to.deep.equal(labelsWith([moved(one, 7)]));
    expect(await written(9)).to.deep.equal(labelsWith([moved(one, 9), moved(two, 1)]));
  });

  it('count for nothing where they show none of the objects asked for', async () => {
    run.masks = [await mask(0, one), await mask(6, two)];
    await runFake({ ...run, options: { objects: [1] } });
    expect(await written(6)).to.deep.equal(labelsWith([moved(one, 6)]));
    expect(trace.some((line) => line.startsWith('meet'))).to.equal(false);
  });

  it('are written with probabilities: 1 on what was given, the others’ own', async () => {
    run.masks = [await mask(0, one), await mask(6, two)];
    await runFake({ ...run, settings: { saveProbabilities: true } });
    const plane = async (id: number) =>
      decode(await readFile(path.join(run.out, 'probabilities', `00006-${id}.png`))).data;
    const [first, second] = [await plane(1), await plane(2)];
    const inside = (boxes: Box[]) => labelsWith(boxes).map((label) => (label > 0 ? 1 : 0));
    expect(Uint8Array.from(second, (p) => (p === 65535 ? 1 : p === 0 ? 0 : 7))).to.deep.equal(inside([two]));
    const object = inside([moved(one, 6)]);
    expect(Uint8Array.from(first, (p) => (p > 32768 ? 1 : 0))).to.deep.equal(object);
    expect(Math.max(...first)).to.be.below(65535);
  });

  for (const keep of ['all', 'near', 'largest'] as const) {
    it(`go on after a stop with the same bytes, keeping ${keep}`, async () => {
      run.masks = [await mask(2, one, two), await mask(6, moved(two, 10)), await mask(9, [3, 30, 2, 6, 6])];
      const settings = { keep, saveProbabilities: true };
      const whole = path.join(folder, 'whole');
      const lookAlike: FakeBehaviour['lookAlike'] = [42, 26, 5, 5];
      await runFake({ ...run, out: whole, settings, behaviour: { ...remembers, lookAlike } });
      for (const stop of ['frame 4', 'meet 2', 'frame 8', 'frame 1']) {
        const controller = new AbortController();
        const own = stoppingTrace(controller, (lines) => lines.includes(stop));
        const behaviour = { ...remembers, lookAlike, trace: own };
        const out = path.join(folder, `stopped-${stop}`);
        await errorOf(runFake({ ...run, out, settings, behaviour, signal: controller.signal }));
        const record = await runFake({ ...run, out, settings, behaviour: { ...remembers, lookAlike } });
        expect(record.status).to.equal('finished');
        for (const part of ['', 'probabilities']) {
          expect(await digests(path.join(out, part)), stop).to.deep.equal(
            await digests(path.join(whole, part)),
          );
        }
      }
    });
  }
});

describe('an object that vanishes and returns', () => {
  let folder: string;
  let remove: () => Promise<void>;

  before(async () => ({ folder, remove } = await temporaryFolder()));
  after(() => remove());

  it('has empty masks meanwhile, no confidence there, and a warning names the frames', async () => {
    const source = await writeFrames(path.join(folder, 'clip'), FRAMES);
    const masks = [await writeGreyMask(path.join(folder, 'first.png'), [one])];
    const behaviour = { ...remembers, hidden: [4, 5, 6] };
    const record = await runFake({ source, masks, out: path.join(folder, 'out'), behaviour });
    const [areas, confidence] = [
      record.frames.map((frame) => frame.areas[0]),
      record.frames.map((frame) => frame.confidence[0]),
    ];
    expect(areas).to.deep.equal([64, 64, 64, 64, 0, 0, 0, 64, 64, 64, 64, 64]);
    expect(confidence.map((value) => value === null)).to.deep.equal(
      areas.map((area, i) => i === 0 || area === 0),
    );
    expect(record.warnings).to.deep.equal([
      'object 1 grows or shrinks by more than a factor of 2 at frame 00004, 00007: look there',
    ]);
  });
});
