import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { openClip } from '../../src/clips/open-clip.js';
import { failureOf, pixel, redAndBlue, save, temporaryFolder } from './test-pictures.js';
import { ffmpeg, ffprobe, readAll, skipWithout, timesOf, turn, unevenVideo } from './test-videos.js';

describe('the frames of a video', () => {
  const folder = temporaryFolder();
  before(function () {
    skipWithout(this, 'libx264');
  });

  it('of a variable rate come once each, with the times that the file has', async () => {
    const seconds = [0, 0.04, 0.08, 0.3, 0.31, 0.9, 1.2, 2.5];
    const file = unevenVideo(folder.at('uneven.mp4'), seconds, '-c:v', 'libx264rgb', '-qp', '0');
    const clip = await openClip(file);
    const frames = await readAll(clip.frames());
    expect(frames.map(({ rgb }) => Math.round(rgb[0] / 20))).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7]);
    const { tick, starts, variable } = clip.times!;
    const probed = timesOf(file);
    expect(probed).to.have.length(8);
    probed.forEach((time, i) => expect((starts[i] * tick[0]) / tick[1]).to.be.closeTo(time, 1e-4));
    expect(variable).to.equal(true);
    expect(clip.notes.join()).to.contain('variable frame rate');
  });

  it('keep their exact rate, also where a file counts milliseconds', async () => {
    for (const [rate, tick] of [
      ['30000/1001', [1001, 30000]],
      ['24000/1001', [1001, 24000]],
    ] as const) {
      const file = folder.at('rate.mkv');
      ffmpeg(
        '-f',
        'lavfi',
        '-i',
        `testsrc=size=32x16:rate=${rate}`,
        '-frames:v',
        '40',
        '-c:v',
        'libx264',
        file,
      );
      const { times, rate: average, notes } = await openClip(file);
      expect(times).to.deep.include({ tick, variable: false });
      expect(average).to.be.closeTo(tick[1] / tick[0], 1e-9);
      expect(notes.join()).not.to.contain('variable');
    }
  });

  for (const [name, matrix, [topLeft, topRight, bottomLeft, bottomRight]] of [
    // stored: red, green above blue, white; what a clockwise quarter turn and so on make of it
    ['90° clockwise', [0, 1, -1, 0], ['blue', 'red', 'white', 'green']],
    ['180°', [-1, 0, 0, -1], ['white', 'blue', 'green', 'red']],
    ['270° clockwise', [0, -1, 1, 0], ['green', 'white', 'red', 'blue']],
    ['mirrored', [-1, 0, 0, 1], ['green', 'red', 'white', 'blue']],
  ] as const) {
    it(`are turned as the file asks: ${name}`, async () => {
      const colours = { red: [255, 0, 0], green: [0, 255, 0], blue: [0, 0, 255], white: [255, 255, 255] };
      const stored = [colours.red, colours.green, colours.blue, colours.white];
      const quarter = (i: number) => `${i % 2 ? 'gte' : 'lt'}(X,W/2)*${i > 1 ? 'gte' : 'lt'}(Y,H/2)`;
      const at = (channel: number) => stored.map((rgb, i) => `${rgb[channel]}*${quarter(i)}`).join('+');
      const source = `nullsrc=size=48x32,format=gbrp,geq=r='${at(0)}':g='${at(1)}':b='${at(2)}'`;
      const flat = folder.at('flat.mp4');
      ffmpeg('-f', 'lavfi', '-i', source, '-frames:v', '2', '-c:v', 'libx264rgb', '-qp', '0', flat);
      await writeFile(folder.at('turned.mp4'), turn(await readFile(flat), matrix));
      const clip = await openClip(folder.at('turned.mp4'));
      const sideways = matrix[0] === 0;
      expect([clip.width, clip.height]).to.deep.equal(sideways ? [32, 48] : [48, 32]);
      const frame = await clip.frame(1);
      const [right, bottom] = [frame.width - 5, frame.height - 5];
      expect([
        pixel(frame, 4, 4),
        pixel(frame, right, 4),
        pixel(frame, 4, bottom),
        pixel(frame, right, bottom),
      ]).to.deep.equal([topLeft, topRight, bottomLeft, bottomRight].map((colour) => colours[colour]));
      expect(clip.notes).to.deep.equal(['turned to the displayed orientation, as the video file asks']);
    });
  }

  it('are deinterlaced, one for each coded frame, also where they lie on their side', async () => {
    // a bright bar that moves 8 pixels a field: its edge is a comb in the coded frame
    const moving = `color=black:size=64x32:rate=50[b];color=white:size=16x32:rate=50[w];[b][w]overlay=x='8*n':shortest=0`;
    const file = folder.at('fields.mp4');
    const codec = ['-c:v', 'libx264', '-qp', '0', '-flags', '+ilme+ildct', '-x264opts', 'tff=1'];
    ffmpeg('-f', 'lavfi', '-i', `${moving},interlace=lowpass=0`, '-frames:v', '5', ...codec, file);
    expect(new Set(ffprobe(file, 'v:0', 'frame=interlaced_frame').map((line) => line[0]))).to.deep.equal(
      new Set(['1']),
    );
    await writeFile(folder.at('turned.mp4'), turn(await readFile(file), [0, 1, -1, 0]));
    const coded = ffmpeg(
      '-i',
      file,
      '-vf',
      'select=eq(n\\,1),format=gray',
      '-frames:v',
      '1',
      '-f',
      'rawvideo',
      '-',
    );
    /** Rows (or columns) between which the picture jumps: the teeth of the comb. */
    const teeth = (at: (along: number, across: number) => number) => {
      let count = 0;
      for (let x = 0; x < 64; x++)
        for (let y = 4; y < 27; y++) if (Math.abs(at(x, y) - at(x, y + 1)) > 100) count++;
      return count;
    };
    expect(teeth((x, y) => coded[y * 64 + x])).to.be.above(100); // the test's own video is what it should be
    for (const name of ['fields.mp4', 'turned.mp4']) {
      const clip = await openClip(folder.at(name));
      expect(clip.names).to.have.length(5);
      expect(clip.notes).to.include('interlaced: deinterlaced, one frame for each coded frame');
      const frames = await readAll(clip.frames());
      expect(frames).to.have.length(5);
      const sideways = name === 'turned.mp4';
      const grey = (x: number, y: number) => pixel(frames[1], sideways ? 31 - y : x, sideways ? x : y)[1];
      expect(teeth(grey), name).to.be.below(20);
      // a frame is the same whether it is read alone or among others
      expect(Buffer.compare((await clip.frame(2)).rgb, frames[2].rgb)).to.equal(0);
    }
  });

  it('are of the stored size where pixels are not square', async () => {
    const file = folder.at('dvd.mkv');
    ffmpeg('-f', 'lavfi', '-i', 'testsrc=size=72x58,setsar=16/15', '-frames:v', '2', '-c:v', 'libx264', file);
    const clip = await openClip(file);
    expect([clip.width, clip.height, clip.pixelAspect]).to.deep.equal([72, 58, [16, 15]]);
    expect(clip.notes.join()).to.contain(
      'pixels are not square (16:15): frames and masks are of the stored size',
    );
  });

  it('come from the first video stream, not from a cover picture', async () => {
    const cover = await save(folder.at('cover.png'), redAndBlue(20, 20).png().toBuffer());
    const file = folder.at('covered.mp4');
    const sources = ['-i', cover, '-f', 'lavfi', '-i', 'color=lime:size=32x16:rate=25:duration=0.2'];
    const streams = ['-map', '0', '-map', '1', '-c:v:0', 'png', '-disposition:v:0', 'attached_pic'];
    ffmpeg(...sources, ...streams, '-c:v:1', 'libx264', file);
    expect(ffprobe(file, 'v', 'stream=codec_name')).to.have.members(['png', 'h264']);
    const clip = await openClip(file);
    expect([clip.width, clip.height, clip.names.length]).to.deep.equal([32, 16, 5]);
    const [red, green, blue] = pixel(await clip.frame(4), 16, 8);
    expect([red < 20, green > 230, blue < 20]).to.deep.equal([true, true, true]);

    const two = folder.at('two.mkv');
    const second = ['-f', 'lavfi', '-i', 'color=red:size=64x64:rate=25:duration=0.2'];
    ffmpeg(...sources.slice(2), ...second, '-map', '0', '-map', '1', '-c:v', 'libx264', two);
    const first = await openClip(two);
    expect([first.width, first.height]).to.deep.equal([32, 16]);
    expect(first.notes).to.include('2 video streams in the file, the first is read');
  });

  it('that are broken are named, with what can be done', async () => {
    const file = folder.at('whole.mkv');
    ffmpeg('-f', 'lavfi', '-i', 'testsrc2=size=160x120', '-frames:v', '20', '-c:v', 'mjpeg', file);
    const bytes = await readFile(file);
    const [position, size] = ffprobe(file, 'v:0', 'packet=pos,size')[12]
      .split(',')
      .map(Number)
      .sort((a, b) => b - a);
    bytes.fill(0x5a, position + Math.floor(size / 2), position + Math.floor(size / 2) + 200);
    const broken = await save(folder.at('broken.mkv'), bytes);
    const error = await failureOf(openClip(broken));
    expect(error).to.include({ code: 'clip-unreadable', exit: 3, where: broken });
    expect(error.message).to.contain('frame 00012 is damaged').and.to.contain('--to 00011');
    expect((await failureOf(openClip(broken, { from: '12' }))).message).to.contain('--from 00013');
    const clip = await openClip(broken, { to: '11' });
    expect(await readAll(clip.frames())).to.have.length(12);
    expect(clip.notes.join()).to.contain('ffmpeg found damage in this video');
  });

  it('that are lost are named too, and the end of a video that breaks off', async () => {
    const file = folder.at('whole.mp4');
    const codec = ['-c:v', 'libx264', '-bf', '0', '-movflags', '+faststart'];
    ffmpeg('-f', 'lavfi', '-i', 'testsrc2=size=160x120', '-frames:v', '30', ...codec, file);
    const whole = await readFile(file);
    const packets = ffprobe(file, 'v:0', 'packet=pos').map(Number);
    const lost = Buffer.from(whole);
    lost.fill(0x5a, packets[14], packets[15]); // the length of its parts too: the decoder gives nothing
    const error = await failureOf(openClip(await save(folder.at('lost.mp4'), lost)));
    expect(error).to.include({ code: 'clip-unreadable', exit: 3 });
    expect(error.message).to.contain('frame 00014 is damaged');

    const cut = await save(folder.at('cut.mp4'), whole.subarray(0, packets[20] + 1));
    const end = await failureOf(openClip(cut));
    expect(end).to.include({ code: 'clip-unreadable', exit: 3, where: cut });
    expect(end.message).to.match(/the video breaks off after frame 00019|frame 00020 is damaged/);
    expect(end.message).to.contain('--to 00019');
    expect(await readAll((await openClip(cut, { to: '19' })).frames())).to.have.length(20);
  });

  it('that change their size on the way are refused by name', async () => {
    for (const [i, size] of ['32x16', '48x32'].entries()) {
      const codec = ['-c:v', 'libx264', '-bsf:v', 'h264_mp4toannexb', '-f', 'mpegts'];
      ffmpeg('-f', 'lavfi', '-i', `testsrc=size=${size}`, '-frames:v', '3', ...codec, folder.at(`${i}.ts`));
    }
    const both = Buffer.concat([await readFile(folder.at('0.ts')), await readFile(folder.at('1.ts'))]);
    const error = await failureOf(openClip(await save(folder.at('both.ts'), both)));
    expect(error).to.include({ code: 'frame-sizes', exit: 3 });
    expect(error.message).to.contain('from 32×16').and.to.contain('to 48×32').and.to.contain('at frame 3');
  });
});
