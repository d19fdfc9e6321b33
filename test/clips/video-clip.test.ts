import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { openClip } from '../../src/clips/open-clip.js';
import { writeOverlayVideo } from '../../src/clips/overlay-video.js';
import { OsvosError } from '../../src/errors.js';
import type { Frame } from '../../src/frame.js';
import { failureOf, flat, pixel, redAndBlue, save, temporaryFolder } from './test-pictures.js';
import { ffmpeg, readAll, skipWithout, turn } from './test-videos.js';

/** Frames of one colour each, (20·index, 0, 255), without loss. */
function countingVideo(file: string, frames: number, size: string, rate = '25'): void {
  const source = `nullsrc=size=${size}:rate=${rate},format=gbrp,geq=r='20*N':g=0:b=255`;
  ffmpeg('-f', 'lavfi', '-i', source, '-frames:v', String(frames), '-c:v', 'ffv1', file);
}

describe('a video file', () => {
  const folder = temporaryFolder();

  before(function () {
    skipWithout(this, 'libx264');
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

  it('counts its frames from a number of one’s own, keys too', async () => {
    countingVideo(folder.at('clip.mkv'), 5, '8x6');
    const clip = await openClip(folder.at('clip.mkv'), { startNumber: 1001, from: '1002', to: '01004' });
    expect(clip.names).to.deep.equal(['01001', '01002', '01003', '01004', '01005']);
    expect([clip.first, clip.last]).to.deep.equal([1, 3]);
    const frames = await readAll(clip.frames());
    expect(frames.map(({ index, name, rgb }) => [index, name, rgb[0]])).to.deep.equal([
      [1, '01002', 20],
      [2, '01003', 40],
      [3, '01004', 60],
    ]);
    const error = await failureOf(openClip(folder.at('clip.mkv'), { startNumber: 1001, from: '3' }));
    expect(error.message).to.contain('first 01001, last 01005');
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
      turn(await readFile(folder.at('flat.mp4')), [0, 1, -1, 0]),
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
