import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { openClip } from '../../src/clips/open-clip.js';
import { writeOverlayVideo } from '../../src/clips/overlay-video.js';
import { OsvosError } from '../../src/errors.js';
import type { Frame } from '../../src/frame.js';
import { failureOf, flat, pixel, redAndBlue, save, temporaryFolder } from './test-pictures.js';

const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;

function ffmpeg(...options: string[]): void {
  const { status, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-y', ...options]);
  if (status !== 0) throw new Error(stderr.toString());
}

/** Frames of one colour each, (20·index, 0, 255), without loss. */
function countingVideo(file: string, frames: number, size: string, rate = '25'): void {
  const source = `nullsrc=size=${size}:rate=${rate},format=gbrp,geq=r='20*N':g=0:b=255`;
  ffmpeg('-f', 'lavfi', '-i', source, '-frames:v', String(frames), '-c:v', 'ffv1', file);
}

/** Writes a 90° display matrix into the track header of an MP4 file (ISO/IEC 14496-12, 8.3.2), as telephones do. */
function layOnSide(mp4: Buffer): Buffer {
  const header = mp4.indexOf('tkhd') + 4;
  const MATRIX = 40; // bytes after the box type, version 0
  const quarterTurn = [0, 1, 0, -1, 0, 0, 0, 0, 0x4000];
  quarterTurn.forEach((value, i) => mp4.writeInt32BE(value << 16, header + MATRIX + 4 * i));
  return mp4;
}

async function readAll(frames: AsyncIterable<Frame>): Promise<Frame[]> {
  const read: Frame[] = [];
  for await (const frame of frames) read.push(frame);
  return read;
}

describe('a video file', () => {
  const folder = temporaryFolder();

  before(function () {
    if (hasFfmpeg) return;
    console.log('      ffmpeg is not installed: tests of video files are left out');
    this.skip();
  });

  it('gives every frame once, named by its index, with exact colours and odd sizes', async () => {
    countingVideo(folder.at('clip.mkv'), 12, '7x5');
    const clip = await openClip(folder.at('clip.mkv'));
    expect([clip.kind, clip.name, clip.width, clip.height, clip.rate]).to.deep.equal([
      'video',
      'clip',
      7,
      5,
      25,
    ]);
    const frames = await readAll(clip.frames());
    expect(frames.map(({ name }) => name).slice(9)).to.deep.equal(['00009', '00010', '00011']);
    expect(frames.map((frame) => pixel(frame, 6, 4))).to.deep.equal(frames.map((_, i) => [20 * i, 0, 255]));
  });

  it('is read in parts, forwards and by single frames', async () => {
    countingVideo(folder.at('clip.mkv'), 12, '8x6');
    const clip = await openClip(folder.at('clip.mkv'), { from: '3', to: '00007' });
    expect([clip.first, clip.last]).to.deep.equal([3, 7]);
    const red = ({ rgb }: Frame) => rgb[0] / 20;
    expect((await readAll(clip.frames())).map(red)).to.deep.equal([3, 4, 5, 6, 7]);
    expect((await readAll(clip.frames(9, 10))).map(({ index }) => index)).to.deep.equal([9, 10]);
    expect(red(await clip.frame(11))).to.equal(11);
  });

  it('neither doubles nor drops frames of a variable rate', async () => {
    countingVideo(folder.at('even.mkv'), 10, '8x6');
    // frames 0–4 at 25 per second, then one every fifth of a second
    ffmpeg(
      '-i',
      folder.at('even.mkv'),
      '-vf',
      "setpts='if(lt(N,5),N,5*N)/25/TB'",
      '-vsync',
      'passthrough',
      '-c:v',
      'ffv1',
      folder.at('uneven.mkv'),
    );
    const frames = await readAll((await openClip(folder.at('uneven.mkv'))).frames());
    expect(frames.map(({ rgb }) => rgb[0] / 20)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('is turned as its display matrix asks, in a path with spaces, colons and Chinese', async () => {
    const picture = await save(folder.at('a.png'), redAndBlue(64, 32).png().toBuffer());
    ffmpeg(
      '-loop',
      '1',
      '-i',
      picture,
      '-frames:v',
      '3',
      '-c:v',
      'libx264',
      '-qp',
      '0',
      '-pix_fmt',
      'yuv444p',
      folder.at('flat.mp4'),
    );
    const file = await save(
      folder.at('Ö 视频', 'side: 1.mp4'),
      layOnSide(await readFile(folder.at('flat.mp4'))),
    );
    const clip = await openClip(file);
    expect([clip.width, clip.height, clip.name]).to.deep.equal([32, 64, 'side: 1']);
    expect(clip.notes).to.include('turned to the displayed orientation, as the video file asks');
    const frame = await clip.frame(2);
    // the matrix turns clockwise: the left side comes to the top
    expect(pixel(frame, 16, 5)[0]).to.be.above(240);
    expect(pixel(frame, 16, 58)[2]).to.be.above(240);
  });

  it('stops the decoder when the reader stops', async () => {
    countingVideo(folder.at('clip.mkv'), 12, '640x480');
    const clip = await openClip(folder.at('clip.mkv'));
    for await (const frame of clip.frames()) if (frame.index === 1) break;
    expect((await clip.frame(0)).index).to.equal(0);
  });

  it('is refused where it is no video, or its end is missing', async () => {
    const text = await save(folder.at('clip.mp4'), Buffer.from('this is no video'));
    const error = await failureOf(openClip(text));
    expect(error).to.be.instanceOf(OsvosError).and.include({ code: 'clip-unreadable', exit: 3, where: text });
    expect(error.message)
      .to.contain('no video that ffmpeg can read')
      .and.to.contain('give a folder of frames');
    ffmpeg(
      '-f',
      'lavfi',
      '-i',
      'testsrc=size=64x48',
      '-frames:v',
      '20',
      '-c:v',
      'libx264',
      folder.at('whole.mp4'),
    );
    const whole = await readFile(folder.at('whole.mp4'));
    const cut = await save(folder.at('cut.mp4'), whole.subarray(0, whole.length / 2));
    expect(await failureOf(openClip(cut))).to.include({ code: 'clip-unreadable', exit: 3, where: cut });
  });

  it('is refused where it has sound only', async () => {
    ffmpeg('-f', 'lavfi', '-i', 'sine=duration=0.1', folder.at('sound.wav'));
    expect((await failureOf(openClip(folder.at('sound.wav')))).message).to.contain('no pictures');
  });

  it('names an unknown frame with the first and last index', async () => {
    countingVideo(folder.at('clip.mkv'), 3, '8x6');
    const error = await failureOf(openClip(folder.at('clip.mkv'), { from: '3' }));
    expect(error).to.include({ code: 'unknown-frame', exit: 2 });
    expect(error.message).to.contain('first 00000, last 00002');
  });
});

describe('an overlay video', () => {
  const folder = temporaryFolder();

  before(function () {
    if (hasFfmpeg) return;
    console.log('      ffmpeg is not installed: tests of overlay videos are left out');
    this.skip();
  });

  async function pictures(count: number, width: number, height: number): Promise<string[]> {
    const files: string[] = [];
    for (let i = 0; i < count; i++) {
      const picture = flat(width, height, [i % 2 ? 250 : 5, 120, 60])
        .jpeg()
        .toBuffer();
      files.push(await save(folder.at('Ö 视频', `${i}.jpg`), picture));
    }
    return files;
  }

  it('has all pictures, in order and colour, at the rate asked for; odd sizes become even', async () => {
    await writeOverlayVideo(folder.at('new', 'overlay.mp4'), await pictures(7, 65, 33), { rate: 12.5 });
    const clip = await openClip(folder.at('new', 'overlay.mp4'));
    expect([clip.width, clip.height, clip.rate, clip.names.length]).to.deep.equal([66, 34, 12.5, 7]);
    for await (const frame of clip.frames()) {
      const [red, green, blue] = pixel(frame, 30, 15);
      expect(red).to.be.closeTo(frame.index % 2 ? 250 : 5, 6);
      expect(green).to.be.closeTo(120, 6);
      expect(blue).to.be.closeTo(60, 6);
    }
  });

  it('takes the sound of a video along, and does without where it has none', async () => {
    const files = await pictures(10, 32, 32);
    ffmpeg(
      '-f',
      'lavfi',
      '-i',
      'testsrc=size=32x32',
      '-f',
      'lavfi',
      '-i',
      'sine',
      '-t',
      '1',
      '-c:v',
      'libx264',
      folder.at('loud.mp4'),
    );
    countingVideo(folder.at('silent.mkv'), 3, '32x32');
    const streams = async (soundFrom: string) => {
      await writeOverlayVideo(folder.at('overlay.mp4'), files, { rate: 25, sound: { file: soundFrom, start: 0 } });
      const options = [
        '-v',
        'error',
        '-show_entries',
        'stream=codec_type',
        '-of',
        'csv=p=0',
        folder.at('overlay.mp4'),
      ];
      return spawnSync('ffprobe', options).stdout.toString().trim().split('\n');
    };
    expect(await streams(folder.at('loud.mp4'))).to.deep.equal(['video', 'audio']);
    expect((await openClip(folder.at('overlay.mp4'))).names).to.have.length(10);
    expect(await streams(folder.at('silent.mkv'))).to.deep.equal(['video']);
  });

  it('leaves nothing behind when a picture is missing', async () => {
    const files = [...(await pictures(2, 32, 32)), folder.at('gone.jpg')];
    const error = await failureOf(writeOverlayVideo(folder.at('overlay.mp4'), files));
    expect(error).to.include({ code: 'clip-unreadable', where: folder.at('gone.jpg') });
    expect(spawnSync('ls', [folder.path]).stdout.toString().trim().split('\n')).to.deep.equal(['Ö 视频']);
  });

  it('says when it cannot be written', async () => {
    const file = await save(folder.at('file'), Buffer.from('x'));
    const error = await failureOf(writeOverlayVideo(`${file}/overlay.mp4`, await pictures(2, 32, 32)));
    expect(error).to.include({ code: 'cannot-write', exit: 7 });
  });
});

describe('without ffmpeg', () => {
  const folder = temporaryFolder();
  const searchPath = process.env.PATH;
  beforeEach(() => (process.env.PATH = folder.path));
  afterEach(() => (process.env.PATH = searchPath));

  it('a video file is refused with the line that installs it', async () => {
    const error = await failureOf(openClip(await save(folder.at('clip.mp4'), Buffer.from('x'))));
    expect(error)
      .to.be.instanceOf(OsvosError)
      .and.include({ code: 'clip-unreadable', exit: 3, where: folder.at('clip.mp4') });
    expect(error.message)
      .to.contain('ffmpeg, which is not installed')
      .and.to.contain('sudo apt-get install ffmpeg');
  });

  it('an overlay video is refused with the line that installs it', async () => {
    const picture = await save(folder.at('0.jpg'), flat(8, 8, [1, 2, 3]).jpeg().toBuffer());
    const error = await failureOf(writeOverlayVideo(folder.at('overlay.mp4'), [picture]));
    expect(error).to.include({ code: 'cannot-write', exit: 7 });
    expect(error.message).to.contain('sudo apt-get install ffmpeg');
  });
});
