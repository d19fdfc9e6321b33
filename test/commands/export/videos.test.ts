import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { openClip } from '../../../src/clips/open-clip.js';
import { pixel } from '../../clips/test-pictures.js';
import { ffmpeg, ffprobe, skipWithout, timesOf, unevenVideo } from '../../clips/test-videos.js';
import { temporaryFolder, writeFrames, writeGreyMask, type Box } from '../../jobs/small-clip.js';
import type { SideBySideExport } from '../../../src/jobs/export-side-by-side.js';
import { runOsvos } from '../run-osvos.js';

const [WIDTH, HEIGHT] = [64, 48];
const box: Box = [1, 10, 8, 30, 20];

describe('osvos export of videos', function () {
  this.timeout(60_000);
  let folder: string;
  let remove: () => Promise<void>;
  let at: (...parts: string[]) => string;

  beforeEach(async () => {
    ({ folder, remove } = await temporaryFolder());
    at = (...parts) => path.join(folder, ...parts);
  });
  afterEach(() => remove());

  /** 8 frames at 30000/1001, with sound. */
  function writeClip(tags: readonly string[] = []): string {
    const picture = ['-f', 'lavfi', '-i', `color=c=0x3080c0:size=${WIDTH}x${HEIGHT}:rate=30000/1001`];
    const sound = ['-f', 'lavfi', '-i', 'sine', '-t', '0.266'];
    ffmpeg(
      ...picture,
      ...sound,
      '-c:v',
      'libx264',
      '-pix_fmt',
      'yuv444p',
      ...tags,
      '-c:a',
      'aac',
      at('clip.mp4'),
    );
    return at('clip.mp4');
  }

  async function writeMasks(
    name: string,
    count: number,
    boxes: Box[] = [box],
    start = 0,
    size = [WIDTH, HEIGHT],
  ): Promise<string> {
    for (let i = 0; i < count; i++) {
      const file = at(name, `${String(start + i).padStart(5, '0')}.png`);
      await writeGreyMask(file, boxes, size[0], size[1]);
    }
    return at(name);
  }

  describe('alpha', () => {
    beforeEach(function () {
      skipWithout(this, 'prores_ks', 'libx264');
    });

    it('is ProRes 4444 with the alpha of the masks, and the source’s rate and colour tags', async () => {
      for (const tag of ['bt709', 'smpte170m']) {
        const tags = [
          '-colorspace',
          tag,
          '-color_primaries',
          tag,
          '-color_trc',
          tag,
          '-vf',
          `scale=out_color_matrix=${tag}`,
        ];
        const [clip, masks] = [writeClip(tags), await writeMasks('masks', 8)];
        const out = at(`${tag}.mov`);
        const { exit, stdout, stderr } = await runOsvos(
          'export',
          'alpha',
          masks,
          '--clip',
          clip,
          '--out',
          out,
        );
        expect(exit, stderr).to.equal(0);
        expect(stdout).to.contain('8 frames of ProRes 4444 with straight alpha');
        const facts =
          'stream=codec_name,profile,color_space,color_transfer,color_primaries,r_frame_rate,nb_frames';
        const [line] = ffprobe(out, 'v:0', facts);
        expect(line.split(',').sort()).to.deep.equal(
          ['prores', '4444', tag, tag, tag, '30000/1001', '8'].sort(),
        );
        const raw = ffmpeg('-i', out, '-vf', 'alphaextract,format=gray', '-f', 'rawvideo', '-');
        expect(raw).to.have.length(8 * WIDTH * HEIGHT);
        for (let i = 0; i < raw.length; i++) {
          const [x, y] = [i % WIDTH, Math.floor((i % (WIDTH * HEIGHT)) / WIDTH)];
          const inside = x >= 10 && x < 40 && y >= 8 && y < 28;
          if (raw[i] !== (inside ? 255 : 0)) throw new Error(`alpha ${raw[i]} at ${x}, ${y}`);
        }
        // straight: the colour inside and outside is that of the frame, not darkened
        const rgb = ffmpeg(
          '-i',
          out,
          '-frames:v',
          '1',
          '-vf',
          'format=gbrap,format=rgba',
          '-f',
          'rawvideo',
          '-',
        );
        for (const at of [4 * (15 * WIDTH + 20), 4 * (15 * WIDTH + 50)])
          [0x30, 0x80, 0xc0].forEach((value, c) => expect(rgb[at + c]).to.be.closeTo(value, 4));
      }
    });

    it('has the times of a video of variable rate', async () => {
      const seconds = [0, 0.04, 0.3, 0.9];
      const clip = unevenVideo(at('uneven.mp4'), seconds, '-c:v', 'libx264rgb', '-qp', '0');
      const masks = await writeMasks('masks', 4, [[1, 2, 2, 9, 9]], 0, [32, 16]);
      const { exit, stderr } = await runOsvos('export', 'alpha', masks, '--clip', clip, '--out', at('a.mov'));
      expect(exit, stderr).to.equal(0);
      expect(timesOf(at('a.mov'))).to.deep.equal(timesOf(clip));
    });
  });

  describe('overlay and side-by-side', () => {
    beforeEach(function () {
      skipWithout(this, 'libx264');
    });

    it('an overlay has the rate and the sound of the source, and the masks in their colours', async () => {
      const [clip, masks] = [writeClip(), await writeMasks('masks', 8)];
      const { exit, stdout, stderr } = await runOsvos(
        'export',
        'overlay',
        masks,
        '--clip',
        clip,
        '--out',
        at('o.mp4'),
      );
      expect([exit, stdout], stderr).to.deep.equal([0, `${at('o.mp4')}: 8 frames\n`]);
      expect(ffprobe(at('o.mp4'), 'v:0', 'stream=r_frame_rate,nb_frames')).to.deep.equal(['30000/1001,8']);
      const digest = (file: string) =>
        ffmpeg('-i', file, '-map', '0:a', '-c', 'copy', '-f', 'md5', '-').toString();
      expect(digest(at('o.mp4'))).to.equal(digest(clip));
      const frame = await (await openClip(at('o.mp4'))).frame(4);
      // half of (48, 128, 192) and half of (128, 0, 0); outside as it was
      [88, 64, 96].forEach((value, c) => expect(pixel(frame, 25, 18)[c]).to.be.closeTo(value, 8));
      [48, 128, 192].forEach((value, c) => expect(pixel(frame, 55, 40)[c]).to.be.closeTo(value, 8));
    });

    it('takes a part of the clip, with numbers of its own', async () => {
      const [clip, masks] = [writeClip(), await writeMasks('masks', 3, [box], 1003)];
      const args = [
        '--clip',
        clip,
        '--out',
        at('o.mp4'),
        '--start-number',
        '1001',
        '--from',
        '1003',
        '--to',
        '1005',
      ];
      const { exit, stderr } = await runOsvos('export', 'overlay', masks, ...args);
      expect(exit, stderr).to.equal(0);
      expect(timesOf(at('o.mp4'))).to.have.length(3);
    });

    it('side by side are the results in the order given, under a line of names', async () => {
      const clip = writeClip();
      const a = await writeMasks('a', 8);
      const b = await writeMasks('b', 8, [[2, 10, 8, 30, 20]]);
      const args = ['--clip', clip, '--out', at('s.mp4'), '--names', 'left,right', '--json'];
      const { exit, stdout, stderr } = await runOsvos('export', 'side-by-side', a, b, ...args);
      expect(exit, stderr).to.equal(0);
      const { width, height, names, frames, notes } = JSON.parse(stdout) as SideBySideExport;
      expect([width, height, names, frames]).to.deep.equal([
        2 * WIDTH + 4,
        HEIGHT + 32,
        ['left', 'right'],
        8,
      ]);
      expect(ffprobe(at('s.mp4'), 'a', 'stream=codec_name')).to.deep.equal(['aac']);
      const frame = await (await openClip(at('s.mp4'))).frame(3);
      [88, 64, 96].forEach((value, c) => expect(pixel(frame, 25, 32 + 18)[c]).to.be.closeTo(value, 10));
      [24, 128, 96].forEach((value, c) =>
        expect(pixel(frame, WIDTH + 4 + 25, 32 + 18)[c]).to.be.closeTo(value, 10),
      );
      const brightest = (from: number) =>
        Math.max(
          ...Array.from({ length: 50 * 32 }, (_, i) => pixel(frame, from + (i % 50), Math.floor(i / 50))[1]),
        );
      if (notes.some((note) => note.includes('no font'))) return;
      expect([brightest(0) > 150, brightest(WIDTH + 4) > 150]).to.deep.equal([true, true]);
    });

    it('large pictures get smaller, which is said', async () => {
      const size = [2000, 40];
      ffmpeg(
        '-f',
        'lavfi',
        '-i',
        `color=red:size=${size.join('x')}`,
        '-frames:v',
        '1',
        '-c:v',
        'ffv1',
        at('wide.mkv'),
      );
      const [a, b] = [await writeMasks('a', 1, [box], 0, size), await writeMasks('b', 1, [box], 0, size)];
      const args = ['--clip', at('wide.mkv'), '--out', at('s.mp4')];
      const { exit, stderr } = await runOsvos('export', 'side-by-side', a, b, ...args);
      expect(exit, stderr).to.equal(0);
      expect(stderr).to.contain('pictures of 1918×38, from 2000×40');
      expect(ffprobe(at('s.mp4'), 'v:0', 'stream=width,height')).to.deep.equal(['3840,70']);
    });

    for (const [what, args, message] of [
      ['one folder', ['A'], 'give two or more'],
      ['too few names', ['A', 'B', '--names', 'one'], '1 names for 2 folders'],
      ['another kind of file', ['A', 'B', '--out', 'a.mkv'], 'name it *.mp4'],
    ] as const) {
      it(`refuses ${what}, with exit 2`, async () => {
        const [clip, a, b] = [writeClip(), await writeMasks('a', 8), await writeMasks('b', 8)];
        const given = args.map((arg) => ({ A: a, B: b })[arg as string] ?? arg);
        if (!given.includes('--out')) given.push('--out', at('s.mp4'));
        const { exit, stderr } = await runOsvos('export', 'side-by-side', '--clip', clip, ...given);
        expect([exit, stderr.includes(message)], stderr).to.deep.equal([2, true]);
      });
    }
  });

  for (const [command, out] of [
    ['overlay', 'o.mp4'],
    ['alpha', 'a.mov'],
  ]) {
    it(`${command} says how to get ffmpeg where it is missing, with exit 7`, async () => {
      const clip = await writeFrames(at('clip'), 2);
      const masks = await writeMasks('masks', 2, [box], 0, [48, 32]);
      const { PATH } = process.env;
      process.env.PATH = folder;
      try {
        const { exit, stderr } = await runOsvos('export', command, masks, '--clip', clip, '--out', at(out));
        expect(exit).to.equal(7);
        expect(stderr)
          .to.contain('videos are written by ffmpeg, which is not installed')
          .and.to.contain('apt-get');
      } finally {
        process.env.PATH = PATH;
      }
      expect((await readdir(folder)).sort()).to.deep.equal(['clip', 'masks']);
    });
  }
});
