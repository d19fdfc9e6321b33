import { readdir } from 'node:fs/promises';
import { expect } from 'chai';
import { openClip } from '../../src/clips/open-clip.js';
import { overlayVideoOptions, writeOverlayVideo } from '../../src/clips/overlay-video.js';
import { failureOf, flat, pixel, save, temporaryFolder } from './test-pictures.js';
import { ffmpeg, ffprobe, skipWithout, timesOf, unevenVideo } from './test-videos.js';

describe('an overlay video', () => {
  const folder = temporaryFolder();

  before(function () {
    skipWithout(this, 'libx264');
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

  it('leaves nothing behind when a picture is missing', async () => {
    const files = [...(await pictures(2, 32, 32)), folder.at('gone.jpg')];
    const error = await failureOf(writeOverlayVideo(folder.at('overlay.mp4'), files));
    expect(error).to.include({ code: 'clip-unreadable', where: folder.at('gone.jpg') });
    expect(await readdir(folder.path)).to.deep.equal(['Ö 视频']);
  });

  it('says when it cannot be written', async () => {
    const file = await save(folder.at('file'), Buffer.from('x'));
    const error = await failureOf(writeOverlayVideo(`${file}/overlay.mp4`, await pictures(2, 32, 32)));
    expect(error).to.include({ code: 'cannot-write', exit: 7 });
  });

  /** The overlay video of a part of a clip. */
  async function overlayOf(source: string, range: { from?: string; to?: string } = {}): Promise<string> {
    const clip = await openClip(source, range);
    const file = folder.at('overlay.mp4');
    const files = await pictures(clip.last - clip.first + 1, clip.width, clip.height);
    await writeOverlayVideo(file, files, overlayVideoOptions(clip));
    return file;
  }

  /** Seconds of a stream, by ffprobe. */
  const lasting = (file: string, stream: string) => Number(ffprobe(file, stream, 'stream=duration')[0]);

  it('has the times of a video of variable rate, to the end of the last frame', async () => {
    const seconds = [0, 0.04, 0.08, 0.3, 0.31, 0.9, 1.2, 2.5];
    const source = unevenVideo(folder.at('uneven.mp4'), seconds, '-c:v', 'libx264rgb', '-qp', '0');
    const overlay = await overlayOf(source);
    expect(timesOf(overlay)).to.deep.equal(timesOf(source));
    expect(lasting(overlay, 'v:0')).to.be.closeTo(lasting(source, 'v:0'), 1e-4);
    const part = timesOf(await overlayOf(source, { from: '3', to: '6' }));
    [0, 0.01, 0.6, 0.9].forEach((time, i) => expect(part[i]).to.be.closeTo(time, 1e-4));
    expect(part).to.have.length(4);
  });

  it('keeps a rate exactly, whatever the container counts in', async () => {
    for (const [rate, name] of [
      ['30000/1001', 'ntsc.mkv'],
      ['24000/1001', 'film.mp4'],
    ]) {
      const source = folder.at(name);
      ffmpeg(
        '-f',
        'lavfi',
        '-i',
        `testsrc=size=32x16:rate=${rate}`,
        '-frames:v',
        '31',
        '-c:v',
        'libx264',
        source,
      );
      const overlay = await overlayOf(source);
      expect(ffprobe(overlay, 'v:0', 'stream=r_frame_rate,avg_frame_rate')).to.deep.equal([
        `${rate},${rate}`,
      ]);
      expect(timesOf(overlay)).to.have.length(31);
    }
  });

  it('copies sound, bit by bit, and only where MP4 holds its kind', async () => {
    const picture = ['-f', 'lavfi', '-i', 'testsrc=size=32x32', '-f', 'lavfi', '-i', 'sine', '-t', '1'];
    const digest = (file: string) =>
      ffmpeg('-i', file, '-map', '0:a', '-c', 'copy', '-f', 'md5', '-').toString();
    ffmpeg(...picture, '-c:v', 'libx264', '-c:a', 'aac', folder.at('aac.mp4'));
    const copied = await overlayOf(folder.at('aac.mp4'));
    expect(digest(copied)).to.equal(digest(folder.at('aac.mp4')));
    expect(timesOf(copied)).to.deep.equal(timesOf(folder.at('aac.mp4')));
    ffmpeg(...picture, '-c:v', 'ffv1', '-c:a', 'pcm_s16le', folder.at('pcm.mkv'));
    const encoded = await overlayOf(folder.at('pcm.mkv'));
    expect(ffprobe(encoded, 'a', 'stream=codec_name')).to.deep.equal(['aac']);
    ffmpeg(
      '-f',
      'lavfi',
      '-i',
      'testsrc=size=32x32',
      '-frames:v',
      '3',
      '-c:v',
      'ffv1',
      folder.at('mute.mkv'),
    );
    expect(ffprobe(await overlayOf(folder.at('mute.mkv')), '', 'stream=codec_type')).to.deep.equal(['video']);
  });

  it('has the sound of the part that it shows, in time', async () => {
    // silence, but for a tone from second 1.0 to 1.2; frame 25 begins at 1.0
    const tone = "aevalsrc=exprs='between(t,1,1.2)*sin(880*PI*t)':sample_rate=48000";
    const sources = ['-f', 'lavfi', '-i', 'testsrc=size=32x32:rate=25', '-f', 'lavfi', '-i', tone, '-t', '2'];
    /** Seconds at which the tone begins, heard by decoding it. */
    const begins = (file: string) => {
      // to the picture's time line: silence where sound begins later
      const filters = 'aresample=async=1:first_pts=0,aresample=48000,pan=mono|c0=c0';
      const raw = ffmpeg('-i', file, '-map', '0:a:0', '-af', filters, '-f', 's16le', '-');
      const samples = new Int16Array(raw.buffer, raw.byteOffset, raw.length / 2);
      return samples.findIndex((sample) => Math.abs(sample) > 6000) / 48000;
    };
    for (const [name, ...codec] of [
      ['a.mp4', '-c:v', 'libx264', '-c:a', 'aac'],
      ['b.ts', '-c:v', 'libx264', '-c:a', 'aac'], // begins at second 1.4
      ['c.mkv', '-c:v', 'ffv1', '-c:a', 'pcm_s16le'],
    ]) {
      ffmpeg(...sources, ...codec, folder.at(name));
      const overlay = await overlayOf(folder.at(name), { from: '20', to: '39' });
      expect(begins(overlay), name).to.be.closeTo(0.2, 0.012);
      expect(lasting(overlay, 'v:0'), name).to.be.closeTo(0.8, 1e-3);
      expect(lasting(overlay, 'a:0'), name).to.be.closeTo(0.8, 0.03); // whole packets of 21 ms
      expect(begins(await overlayOf(folder.at(name))), name).to.be.closeTo(1, 0.012);
    }
  });

  it('keeps the shape of pixels, and the picture of an odd size stays in its corner', async () => {
    const source = folder.at('dvd.mkv');
    ffmpeg(
      '-f',
      'lavfi',
      '-i',
      'testsrc=size=853x481,setsar=64/45',
      '-frames:v',
      '1',
      '-c:v',
      'ffv1',
      source,
    );
    const overlay = await overlayOf(source);
    const facts = ffprobe(overlay, 'v:0', 'stream=width,height,sample_aspect_ratio,color_space,color_range');
    expect(facts).to.deep.equal(['854,482,64:45,tv,bt709']);
    const frame = await (await openClip(overlay)).frame(0);
    for (const [x, y] of [
      [0, 0],
      [850, 478],
    ])
      expect(pixel(frame, x, y)[1]).to.be.closeTo(120, 6);
    expect(pixel(frame, 853, 200)[1]).to.be.below(60);
  });
});
