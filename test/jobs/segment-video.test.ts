import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import sharp from 'sharp';
import type { ProgressEvent } from '../../src/progress.js';
import { ffmpeg, ffprobe, skipWithout, timesOf, turn } from '../clips/test-videos.js';
import { runFake } from './run-fake.js';
import { HEIGHT, temporaryFolder, WIDTH, writeGreyMask } from './small-clip.js';

describe('segmenting a video as it is', () => {
  let folder: string;
  let remove: () => Promise<void>;
  before(function () {
    skipWithout(this, 'libx264');
  });
  beforeEach(async () => ({ folder, remove } = await temporaryFolder()));
  afterEach(() => remove());

  it('gives masks in displayed orientation, an overlay video in time with its sound, and says what was done', async () => {
    const flat = path.join(folder, 'flat.mp4');
    const source = path.join(folder, 'side.mp4');
    const sizes = `testsrc2=size=${HEIGHT}x${WIDTH}:rate=30000/1001`; // the other way round: a quarter turn follows
    const sound = ['-f', 'lavfi', '-i', 'sine=sample_rate=48000', '-t', '0.4', '-c:a', 'aac'];
    const tags = ['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709'];
    ffmpeg('-f', 'lavfi', '-i', sizes, ...sound, '-c:v', 'libx264', '-pix_fmt', 'yuv420p', ...tags, flat);
    await writeFile(source, turn(await readFile(flat), [0, 1, -1, 0]));
    const mask = await writeGreyMask(path.join(folder, 'first.png'), [[1, 4, 8, 10, 12]]);
    const events: ProgressEvent[] = [];
    const out = path.join(folder, 'out');
    const run = { source, masks: [mask], out, settings: { overlayVideo: true }, events };
    const record = await runFake(run);

    const { width, height } = await sharp(path.join(out, '00005.png')).metadata();
    expect([width, height]).to.deep.equal([WIDTH, HEIGHT]);
    const overlay = path.join(out, 'overlays', 'side.mp4');
    expect(timesOf(overlay)).to.deep.equal(timesOf(source));
    expect(ffprobe(overlay, '', 'stream=codec_name')).to.deep.equal(['h264', 'aac']);
    expect(ffprobe(overlay, 'v:0', 'stream=avg_frame_rate')).to.deep.equal(['30000/1001']);

    const line = 'turned to the displayed orientation, as the video file asks';
    const said = events.flatMap((event) => (event.kind === 'note' ? [event.text] : []));
    expect(said.filter((text) => text === line)).to.have.length(1);
    expect(record.notes).to.deep.equal([line]);
    const stored = JSON.parse(await readFile(path.join(out, 'run.json'), 'utf8')) as { notes: string[] };
    expect(stored.notes).to.deep.equal([line]);
    expect((await runFake(run)).notes).to.deep.equal([line]); // printed again, not done again
  });
});
