import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { decode } from 'fast-png';
import type { ProgressEvent } from '../../src/progress.js';
import { errorOf, runFake, stoppingTrace, type FakeRun } from './run-fake.js';
import {
  digests,
  HEIGHT,
  labelsWith,
  temporaryFolder,
  WIDTH,
  writeFrames,
  writeGreyMask,
  type Box,
} from './small-clip.js';

const FRAMES = 6;
const box: Box = [1, 4, 8, 10, 12];

/** Indices of an indexed PNG by a decoder that is not the project's reader. */
async function indices(file: string): Promise<Uint8Array> {
  return Uint8Array.from(decode(await readFile(file)).data);
}

describe('segmenting a clip', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let run: FakeRun;

  beforeEach(async () => {
    ({ folder, remove } = await temporaryFolder());
    const source = await writeFrames(path.join(folder, 'clip'), FRAMES);
    const mask = await writeGreyMask(path.join(folder, 'first.png'), [box]);
    run = { source, masks: [mask], out: path.join(folder, 'out') };
  });
  afterEach(() => remove());

  it('writes one mask for each frame, named after it, and the record', async () => {
    const record = await runFake(run);
    const files = (await readdir(run.out)).sort();
    expect(files).to.deep.equal([
      '00000.png',
      '00001.png',
      '00002.png',
      '00003.png',
      '00004.png',
      '00005.png',
      'run.json',
    ]);
    expect(record.status).to.equal('finished');
    expect(record.frames).to.have.length(FRAMES);
  });

  it('decides labels by the threshold, at the frame’s own size', async () => {
    await runFake(run);
    // the fake method moves the box right by a pixel a frame
    const expected = labelsWith([[1, 4 + 3, 8, 10, 12]]);
    expect(await indices(path.join(run.out, '00003.png'))).to.deep.equal(expected);
    await runFake({ ...run, out: path.join(folder, 'strict'), settings: { threshold: 0.95 } });
    expect(await indices(path.join(folder, 'strict', '00003.png'))).to.deep.equal(
      new Uint8Array(WIDTH * HEIGHT),
    );
  });

  it('keeps every pixel of given masks, ids with gaps and void included', async () => {
    const boxes: Box[] = [
      [3, 2, 2, 6, 6],
      [7, 20, 10, 8, 8],
      [255, 30, 20, 5, 5],
    ];
    const mask = await writeGreyMask(path.join(folder, 'ids.png'), boxes);
    const record = await runFake({ ...run, masks: [`2=${mask}`] });
    expect(await indices(path.join(run.out, '00002.png'))).to.deep.equal(labelsWith(boxes));
    expect(record.objects).to.deep.equal([3, 7]);
    expect(record.frames[2]).to.deep.equal({ name: '00002', areas: [36, 64], confidence: [null, null] });
    expect(await indices(path.join(run.out, '00003.png'))).to.deep.equal(
      labelsWith([
        [3, 3, 2, 6, 6],
        [7, 21, 10, 8, 8],
      ]),
    );
  });

  it('follows only the objects asked for', async () => {
    const mask = await writeGreyMask(path.join(folder, 'ids.png'), [
      [1, 2, 2, 6, 6],
      [2, 20, 10, 8, 8],
      [3, 30, 20, 5, 5],
    ]);
    const record = await runFake({ ...run, masks: [mask], options: { objects: [1, 3] } });
    expect(record.objects).to.deep.equal([1, 3]);
    expect(await indices(path.join(run.out, '00000.png'))).to.deep.equal(
      labelsWith([
        [1, 2, 2, 6, 6],
        [3, 30, 20, 5, 5],
      ]),
    );
  });

  it('learns from several annotated frames, the nearer one deciding here', async () => {
    const second = await writeGreyMask(path.join(folder, 'second.png'), [[1, 30, 2, 4, 4]]);
    const record = await runFake({ ...run, masks: [...run.masks, `4=${second}`] });
    expect(record.annotations.map(({ frame }) => frame)).to.deep.equal(['00000', '00004']);
    expect(await indices(path.join(run.out, '00005.png'))).to.deep.equal(labelsWith([[1, 31, 2, 4, 4]]));
  });

  it('segments only the frames of the range, and gives a mask without key to its first', async () => {
    const record = await runFake({ ...run, from: '2', to: '00004' });
    expect(Object.keys(await digests(run.out))).to.deep.equal(['00002.png', '00003.png', '00004.png']);
    expect(await indices(path.join(run.out, '00002.png'))).to.deep.equal(labelsWith([box]));
    expect(record.input).to.include({ first: '00002', last: '00004', frames: 3 });
  });

  it('takes frame names as they are, with gaps, spaces and letters of any alphabet', async () => {
    const source = path.join(folder, 'Ö 视频');
    await writeFrames(source, 2, 1001);
    await writeFrames(source, 1, 1010);
    await runFake({ ...run, source, masks: [`1002=${run.masks[0]}`] });
    expect(Object.keys(await digests(run.out))).to.deep.equal(['01001.png', '01002.png', '01010.png']);
  });

  it('writes overlays, 16-bit probabilities and the test network where asked', async () => {
    await runFake({ ...run, settings: { overlays: true, saveProbabilities: true, saveNetwork: true } });
    expect(await readdir(path.join(run.out, 'overlays'))).to.have.length(FRAMES);
    expect(await readdir(path.join(run.out, 'probabilities'))).to.include.members([
      '00000-1.png',
      '00005-1.png',
    ]);
    const { depth, data } = decode(await readFile(path.join(run.out, 'probabilities', '00001-1.png')));
    expect(depth).to.equal(16);
    expect(data[0]).to.equal(Math.round(0.1 * 65535));
    const given = decode(await readFile(path.join(run.out, 'probabilities', '00000-1.png')));
    expect([given.data[0], given.data[8 * WIDTH + 4]]).to.deep.equal([0, 65535]);
    expect(await readdir(path.join(run.out, 'networks'))).to.deep.equal(['clip.safetensors']);
  });

  it('uses a test network as it is, and learns nothing', async () => {
    await runFake({ ...run, settings: { saveNetwork: true } });
    const trace: string[] = [];
    const testNetwork = path.join(run.out, 'networks', 'clip.safetensors');
    await runFake({
      ...run,
      out: path.join(folder, 'again'),
      behaviour: { trace },
      settings: { testNetwork },
    });
    expect(trace.filter((line) => line.startsWith('step'))).to.deep.equal([]);
    expect(await digests(path.join(folder, 'again'))).to.deep.equal(await digests(run.out));
  });

  it('learns further from a test network where that is asked for, and goes on after a stop', async () => {
    await runFake({ ...run, settings: { saveNetwork: true } });
    const testNetwork = path.join(run.out, 'networks', 'clip.safetensors');
    const settings = { testNetwork, tuneTestNetwork: true, saveProbabilities: true };
    const trace: string[] = [];
    const tuned = { ...run, masks: [`2=${run.masks[0]}`], settings };
    const record = await runFake({ ...tuned, out: path.join(folder, 'tuned'), behaviour: { trace } });
    expect(trace.slice(0, 2)).to.deep.equal(['restore', 'step 0']);
    expect(record.options).to.include({ testNetwork, tuneTestNetwork: true });
    const probabilities = (name: string) => digests(path.join(folder, name, 'probabilities'));
    await runFake({ ...tuned, out: path.join(folder, 'parent'), settings: { saveProbabilities: true } });
    expect(await probabilities('tuned')).to.not.deep.equal(await probabilities('parent'));

    const stopped = { ...tuned, out: path.join(folder, 'stopped') };
    for (const line of ['step 5', 'frame 3']) {
      const controller = new AbortController();
      const stopping = stoppingTrace(controller, (lines) => lines.includes(line));
      await errorOf(runFake({ ...stopped, behaviour: { trace: stopping }, signal: controller.signal }));
    }
    await runFake(stopped);
    expect(await probabilities('stopped')).to.deep.equal(await probabilities('tuned'));
  });

  it('tells for each stage of learning what it took, and the time for each object', async () => {
    const mask = await writeGreyMask(path.join(folder, 'two.png'), [box, [2, 30, 4, 8, 8]]);
    const events: ProgressEvent[] = [];
    const options = { iterations: 24 };
    const record = await runFake({ ...run, masks: [mask], options, behaviour: { delay: 5 }, events });
    const { seconds, peakMemoryMB, loss } = record.learning!['fine-tuning'];
    // of 1/step: (1 + 1/2 + … + 1/12) / 12, and (1/13 + … + 1/24) / 12
    expect(loss).to.deep.equal({ first: 0.2586, last: 0.05606 });
    expect(seconds).to.be.within(24 * 0.005, record.seconds['fine-tuning']);
    expect(peakMemoryMB).to.be.within(10, record.peakMemoryMB);
    expect(record.secondsPerFrameAndObject).to.be.closeTo(record.secondsPerFrame! / 2, 0.001);
    const notes = events.flatMap((event) => (event.kind === 'note' ? [event.text] : []));
    expect(notes.join('\n')).to.match(
      /^fine-tuning: \d\.\d s, peak memory \d\.\d\d GB, loss 0\.259 → 0\.056$/m,
    );
  });

  it('tells what the run waited for, stage by stage, and leaves warming up out of the time of a frame', async () => {
    const since = performance.now();
    const record = await runFake({ ...run, behaviour: { delay: 10, warmUp: 300 } });
    const wall = (performance.now() - since) / 1000;
    const { seconds, secondsPerFrame } = record;
    expect(seconds).to.have.keys(
      ...['engine', 'loading', 'fine-tuning', 'decoding', 'segmenting', 'snapping', 'encoding'],
    );
    expect(Object.values(seconds).reduce((a, b) => a + b)).to.be.below(wall);
    expect(seconds['fine-tuning']).to.be.above(12 * 0.009);
    expect(seconds.segmenting).to.be.above(0.3 + (FRAMES - 1) * 0.009);
    expect(secondsPerFrame).to.be.within(0.009, 0.15);
  });

  it('shows a preview of the middle frame after ten steps', async () => {
    const events: ProgressEvent[] = [];
    await runFake({ ...run, settings: { preview: true }, events });
    expect(existsSync(path.join(run.out, 'preview.jpg'))).to.be.true;
    const texts = events.flatMap((event) => (event.kind === 'note' ? [event.text] : []));
    expect(texts).to.include(
      `preview of frame 00002 after the first steps: ${path.join(run.out, 'preview.jpg')}`,
    );
  });

  it('says the frame’s and the network’s size in one line', async () => {
    const events: ProgressEvent[] = [];
    await runFake({ ...run, events });
    expect(events).to.deep.include({ kind: 'note', text: '48×32 frames, network sees 32×16' });
  });

  it('warns of frames where an object’s area jumps, and keeps the warning in the record', async () => {
    const far = await writeGreyMask(path.join(folder, 'far.png'), [[1, 4, 8, 30, 20]]);
    const record = await runFake({ ...run, masks: [...run.masks, `4=${far}`] });
    expect(record.warnings).to.have.length(1);
    expect(record.warnings[0]).to.match(
      /^object 1 grows or shrinks by more than a factor of 2 at frame 00003: look there$/,
    );
  });

  it('leaves no checkpoint behind when it is finished', async () => {
    await runFake(run);
    expect(existsSync(path.join(run.out, 'checkpoints'))).to.be.false;
  });

  it('goes backwards from the annotation with a method that remembers', async () => {
    const trace: string[] = [];
    await runFake({ ...run, masks: [`3=${run.masks[0]}`], behaviour: { trace, family: 'offline' } });
    const frames = trace.filter((line) => line.startsWith('frame'));
    expect(frames).to.deep.equal(['frame 4', 'frame 5', 'frame 2', 'frame 1', 'frame 0']);
    expect(Object.keys(await digests(run.out))).to.have.length(FRAMES);
  });

  describe('in an output folder that is not empty', () => {
    it('refuses foreign files, naming them, and overwrites with force without touching others', async () => {
      await mkdir(run.out);
      await writeFile(path.join(run.out, 'holiday.txt'), 'keep me');
      const error = await errorOf(runFake(run));
      expect(error.exit).to.equal(2);
      expect(error.message).to.contain('holiday.txt').and.to.contain(run.out).and.to.contain('--force');
      await runFake({ ...run, settings: { force: true } });
      expect(await readFile(path.join(run.out, 'holiday.txt'), 'utf8')).to.equal('keep me');
    });

    it('refuses a run with other options, listing what differs', async () => {
      await runFake(run);
      const error = await errorOf(runFake({ ...run, options: { iterations: 13, seed: 2 } }));
      expect(error.code).to.equal('record-differs');
      expect(error.exit).to.equal(2);
      expect(error.message).to.contain('options.iterations: 12, now 13').and.to.contain('seed: 1, now 2');
    });

    it('refuses other frames and another mask in the same places', async () => {
      await runFake(run);
      await writeFrames(run.source, 1, FRAMES);
      expect((await errorOf(runFake(run))).message).to.contain('the files of the clip have changed');
      await runFake({ ...run, settings: { force: true } });
      await writeGreyMask(run.masks[0], [[1, 0, 0, 5, 5]]);
      expect((await errorOf(runFake(run))).message).to.contain('the mask of frame 00000 has changed');
    });

    it('removes with force what the former run wrote, and nothing of it is taken over', async () => {
      await runFake({ ...run, settings: { overlays: true } });
      await runFake({ ...run, to: '3', options: { seed: 2 }, settings: { force: true } });
      expect(Object.keys(await digests(run.out))).to.have.length(4);
      expect(await readdir(path.join(run.out, 'overlays'))).to.deep.equal([]);
    });

    it('prints the result of a finished run again and does nothing', async () => {
      const first = await runFake(run);
      const trace: string[] = [];
      const again = await runFake({ ...run, behaviour: { trace } });
      expect(trace).to.deep.equal([]);
      expect(again).to.deep.equal(JSON.parse(JSON.stringify(first)));
    });

    it('does masks again that were removed from a finished run', async () => {
      await runFake(run);
      const before = await digests(run.out);
      await rm(path.join(run.out, '00004.png'));
      await runFake(run);
      expect(await digests(run.out)).to.deep.equal(before);
    });

    it('does not go on with another engine', async () => {
      const controller = new AbortController();
      controller.abort();
      await errorOf(runFake({ ...run, signal: controller.signal }));
      const error = await errorOf(runFake({ ...run, engine: { name: 'wasm' } }));
      expect(error.code).to.equal('record-differs');
      expect(error.message).to.contain('engine: cpu, now wasm');
    });

    it('takes the place of a run that failed before its first frame', async () => {
      await errorOf(runFake({ ...run, behaviour: { failAt: 3 } }));
      await runFake({ ...run, options: { seed: 5 } });
      expect(Object.keys(await digests(run.out))).to.have.length(FRAMES);
    });
  });

  it('refuses an output folder that cannot be made, before anything is computed', async () => {
    await writeFile(path.join(folder, 'file'), '');
    const trace: string[] = [];
    const error = await errorOf(
      runFake({ ...run, out: path.join(folder, 'file', 'out'), behaviour: { trace } }),
    );
    expect(error.exit).to.equal(7);
    expect(error.message).to.contain(path.join(folder, 'file', 'out'));
    expect(trace).to.deep.equal([]);
  });

  it('asks for ffmpeg before the work, not after it', async () => {
    const { PATH } = process.env;
    process.env.PATH = folder;
    try {
      const trace: string[] = [];
      const error = await errorOf(
        runFake({ ...run, settings: { overlayVideo: true }, behaviour: { trace } }),
      );
      expect(error.exit).to.equal(7);
      expect(error.message).to.contain('ffmpeg').and.to.contain('--overlay-video');
      expect(trace).to.deep.equal([]);
      expect(existsSync(run.out)).to.be.false;
    } finally {
      process.env.PATH = PATH;
    }
  });

  it('passes trouble with numbers on as exit 6 and keeps the last good checkpoint and a record', async () => {
    const error = await errorOf(runFake({ ...run, behaviour: { failAt: 3 } }));
    expect(error.exit).to.equal(6);
    const record = JSON.parse(await readFile(path.join(run.out, 'run.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    expect(record.status).to.equal('failed');
    expect(record.error).to.contain('NaN at step 3');
    expect(existsSync(path.join(run.out, 'checkpoints', 'learning-0', 'fake.safetensors'))).to.be.true;
  });

  it('names an unreadable frame, keeps what is finished, and does not count as done', async () => {
    await writeFile(
      path.join(run.source, '00004.png'),
      (await readFile(path.join(run.source, '00004.png'))).subarray(0, 90),
    );
    const error = await errorOf(runFake(run));
    expect(error.exit).to.equal(3);
    expect(error.message).to.contain('00004');
  });
});
