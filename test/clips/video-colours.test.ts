import { writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { openClip } from '../../src/clips/open-clip.js';
import { readColours } from '../../src/clips/video-colours.js';
import { failureOf, pixel, temporaryFolder } from './test-pictures.js';
import { flatVideo, readAll, skipWithout } from './test-videos.js';

/** Kr and Kb of the standards: ITU-R BT.601, BT.709, BT.2020. */
const LUMA = { bt601: [0.299, 0.114], bt709: [0.2126, 0.0722], bt2020: [0.2627, 0.0593] } as const;
type Matrix = keyof typeof LUMA;

/** R'G'B' in 0…1 → whole Y, Cb, Cr of `bits` bits (BT.709, 3.4). */
function encodeYuv([r, g, b]: readonly number[], matrix: Matrix, full: boolean, bits = 8): number[] {
  const [kr, kb] = LUMA[matrix];
  const y = kr * r + (1 - kr - kb) * g + kb * b;
  const [cb, cr] = [(b - y) / (2 * (1 - kb)), (r - y) / (2 * (1 - kr))];
  const scale = 2 ** (bits - 8);
  const most = 2 ** bits - 1;
  const values = full
    ? [most * y, most * cb + 128 * scale, most * cr + 128 * scale]
    : [(219 * y + 16) * scale, (224 * cb + 128) * scale, (224 * cr + 128) * scale];
  return values.map((value) => Math.max(0, Math.min(most, Math.round(value))));
}

const PATCHES = [
  [0, 0, 0],
  [255, 255, 255],
  [128, 128, 128],
  [200, 30, 40],
  [20, 180, 60],
  [30, 50, 210],
  [240, 200, 16],
];

function expectClose(found: number[], wanted: readonly number[], most: number): void {
  found.forEach((value, i) =>
    expect(value, `${found.join()} for ${wanted.join()}`).to.be.closeTo(wanted[i], most),
  );
}

describe('colours of a video', () => {
  const folder = temporaryFolder();
  before(function () {
    skipWithout(this);
  });

  const spaces = { bt601: 'smpte170m', bt709: 'bt709', bt2020: 'bt2020nc' } as const;
  for (const [matrix, range, bits] of [
    ['bt601', 'tv', 8],
    ['bt601', 'pc', 8],
    ['bt709', 'tv', 8],
    ['bt709', 'tv', 10],
    ['bt709', 'pc', 8],
    ['bt2020', 'tv', 10],
    ['bt2020', 'pc', 10],
  ] as const) {
    it(`are exact in ${matrix}, range ${range}, ${bits} bits`, async () => {
      const codes = PATCHES.map((rgb) =>
        encodeYuv(
          rgb.map((value) => value / 255),
          matrix,
          range === 'pc',
          bits,
        ),
      );
      const format = bits === 8 ? 'yuv444p' : 'yuv420p10le';
      const tags = ['-colorspace', spaces[matrix], '-color_range', range];
      const clip = await openClip(flatVideo(folder.at('a.mkv'), codes, { format, tags, size: [9, 5] }));
      const frames = await readAll(clip.frames());
      // a code is half a step off at most, which the matrix can double
      frames.forEach((frame, i) => expectClose(pixel(frame, 8, 4), PATCHES[i], 2));
      expect(clip.notes).to.deep.equal(bits === 10 ? ['more than 8 bits per channel, read as 8 bits'] : []);
    });
  }

  it('without tags are those that players show at this size, which is said', async () => {
    for (const [size, matrix, name] of [
      [[720, 576], 'bt601', 'BT.601'],
      [[1280, 720], 'bt709', 'BT.709'],
    ] as const) {
      const codes = [encodeYuv([0.8, 0.1, 0.15], matrix, false)];
      const clip = await openClip(flatVideo(folder.at('a.mkv'), codes, { size: [...size] }));
      expectClose(pixel(await clip.frame(0), 700, 500), [204, 25.5, 38.25], 2);
      expect(clip.notes.join()).to.contain(`does not name its colour matrix: read as ${name}`);
    }
  });

  it('of grey and RGB videos stay as they are', async () => {
    const grey = await openClip(flatVideo(folder.at('g.mkv'), [[0], [77], [255]], { format: 'gray' }));
    expect((await readAll(grey.frames())).map((frame) => pixel(frame, 0, 0)[1])).to.deep.equal([0, 77, 255]);
    const rgb = await openClip(flatVideo(folder.at('r.mkv'), [[30, 20, 10]], { format: 'gbrp' }));
    expect(pixel(await rgb.frame(0), 3, 3)).to.deep.equal([10, 30, 20]);
    expect(rgb.notes).to.deep.equal([]);
  });

  it('with an alpha channel are shown over black', async () => {
    // G, B, R, alpha: a fifth, nothing, all
    const codes = [51, 0, 255].map((alpha) => [200, 250, 100, alpha]);
    const clip = await openClip(flatVideo(folder.at('a.mkv'), codes, { format: 'gbrap' }));
    const frames = await readAll(clip.frames());
    expectClose(pixel(frames[0], 5, 5), [20, 40, 50], 1);
    expect(pixel(frames[1], 5, 5)).to.deep.equal([0, 0, 0]);
    expect(pixel(frames[2], 5, 5)).to.deep.equal([100, 200, 250]);
    expect(clip.notes).to.deep.equal(['alpha channel, shown over black']);
  });

  it('with an alpha channel beside luma and chroma too', async () => {
    const [y, cb, cr] = encodeYuv([1, 0.5, 0.25], 'bt709', false);
    const options = { format: 'yuva444p', tags: ['-colorspace', 'bt709', '-color_range', 'tv'] };
    const clip = await openClip(flatVideo(folder.at('a.mkv'), [[y, cb, cr, 128]], options));
    expectClose(pixel(await clip.frame(0), 5, 5), [128, 64, 32], 2);
  });

  describe('of HDR and wide gamut', () => {
    before(function () {
      skipWithout(this, 'zscale', 'tonemap');
    });

    /** Nits → PQ signal (SMPTE ST 2084). */
    function pq(nits: number): number {
      const y = (nits / 10000) ** (2610 / 16384);
      return ((3424 / 4096 + (2413 / 128) * y) / (1 + (2392 / 128) * y)) ** (2523 / 32);
    }

    /** Linear BT.709 → linear BT.2020 (ITU-R BT.2087, M2). */
    function widen([r, g, b]: readonly number[]): number[] {
      return [
        0.6274 * r + 0.3293 * g + 0.0433 * b,
        0.0691 * r + 0.9195 * g + 0.0114 * b,
        0.0164 * r + 0.088 * g + 0.8956 * b,
      ];
    }

    const tags = (transfer: string) => [
      ...['-color_trc', transfer, '-color_primaries', 'bt2020', '-colorspace', 'bt2020nc'],
      ...['-color_range', 'tv'],
    ];
    const hdrVideo = (transfer: string, signals: readonly (readonly number[])[]) =>
      flatVideo(
        folder.at('hdr.mkv'),
        signals.map((rgb) => encodeYuv(rgb, 'bt2020', false, 10)),
        { format: 'yuv420p10le', tags: tags(transfer), size: [17, 9] },
      );

    it('are tone-mapped from PQ: shadows linear, diffuse white bright, hues kept', async () => {
      const nits = [0, 20, 60, 203, 1000, 4000];
      const greys = nits.map((value) => [1, 1, 1].map(() => pq(value)));
      // at 50 nits and below nothing is compressed: BT.709 red and blue come out as themselves
      const colours = [
        [50, 5, 3],
        [2, 5, 40],
      ];
      const clip = await openClip(hdrVideo('smpte2084', [...greys, ...colours.map((c) => widen(c).map(pq))]));
      const frames = await readAll(clip.frames());
      const shown = (value: number) => 255 * (value / 203) ** (1 / 2.4); // BT.1886
      const found = frames.map((frame) => pixel(frame, 16, 8));
      for (const grey of found.slice(0, nits.length)) expectClose(grey, [grey[0], grey[0], grey[0]], 1);
      const [black, dark, middle, white, peak, above] = found.map(([red]) => red);
      expect(black).to.equal(0);
      expect(dark).to.be.closeTo(shown(20), 2);
      expect(middle).to.be.closeTo(shown(60), 2);
      expect(white).to.be.within(205, 225); // BT.2408: below the peak, well above the middle
      expect([peak, above]).to.deep.equal([255, 255]);
      expectClose(found[nits.length], colours[0].map(shown), 4);
      expectClose(found[nits.length + 1], colours[1].map(shown), 4);
      expect(clip.notes).to.have.length(1);
      expect(clip.notes[0]).to.contain('HDR (PQ, BT.2020), tone-mapped to SDR (BT.709)');
    });

    it('are tone-mapped from HLG to what the same light in PQ becomes', async () => {
      // ITU-R BT.2408, table 1: HLG 75 % is 203 nits and 38 % is 26 nits, which is 38 % of PQ
      const hlg = await openClip(
        hdrVideo('arib-std-b67', [
          [0.75, 0.75, 0.75],
          [0.38, 0.38, 0.38],
        ]),
      );
      const fromHlg = await readAll(hlg.frames());
      expect(hlg.notes[0]).to.contain('HDR (HLG, BT.2020)');
      const fromPq = await readAll(
        (
          await openClip(
            hdrVideo(
              'smpte2084',
              [203, 26].map((n) => [pq(n), pq(n), pq(n)]),
            ),
          )
        ).frames(),
      );
      fromHlg.forEach((frame, i) => expectClose(pixel(frame, 3, 3), pixel(fromPq[i], 3, 3), 3));
    });

    it('are brought to BT.709 from wide gamuts without HDR', async () => {
      const linear = [0.5, 0.2, 0.1];
      const gamma = (values: readonly number[]) => values.map((value) => value ** (1 / 2.4));
      const options = {
        format: 'yuv444p10le',
        tags: ['-color_trc', 'bt709', '-color_primaries', 'bt2020', '-colorspace', 'bt2020nc'],
      };
      const code = encodeYuv(gamma(widen(linear)), 'bt2020', false, 10);
      const clip = await openClip(flatVideo(folder.at('w.mkv'), [code], options));
      expectClose(
        pixel(await clip.frame(0), 3, 3),
        gamma(linear).map((value) => 255 * value),
        3,
      );
      expect(clip.notes).to.include('BT.2020 colours, converted to BT.709');
      const p3 = { ...options, tags: ['-color_primaries', 'smpte432', '-colorspace', 'bt709'] };
      const other = await openClip(flatVideo(folder.at('p3.mkv'), [[512, 512, 512]], p3));
      expectClose(pixel(await other.frame(0), 3, 3), [130, 130, 130], 2); // (512 − 64) / 876
      expect(other.notes).to.include('Display P3 colours, converted to BT.709');
    });
  });
});

describe('colours that nobody could show rightly', () => {
  const tags = { width: 64, height: 48, pix_fmt: 'yuv420p10le' };

  it('are refused by name', async () => {
    for (const [odd, name] of [
      [{ color_space: 'ictcp' }, 'matrix ictcp'],
      [{ color_transfer: 'log316' }, 'transfer log316'],
    ] as const) {
      const error = await failureOf(() => readColours({ ...tags, ...odd }, 'odd.mkv'));
      expect(error).to.include({ code: 'clip-unreadable', exit: 3, where: 'odd.mkv' });
      expect(error.message).to.contain(name).and.to.contain('export it as SDR');
    }
  });

  it('say which filters HDR needs', () => {
    const { needs } = readColours({ ...tags, color_transfer: 'arib-std-b67' }, 'hdr.mkv');
    expect(needs).to.deep.equal({ filters: ['zscale', 'tonemap'], what: 'HDR video (HLG, BT.2020)' });
  });
});

describe('an ffmpeg that lacks what a video needs', () => {
  const folder = temporaryFolder();
  const searchPath = process.env.PATH;
  before(function () {
    skipWithout(this);
    if (process.platform !== 'win32') return;
    console.log('      stand-ins for ffmpeg are shell scripts: left out on Windows');
    this.skip();
  });
  afterEach(() => (process.env.PATH = searchPath));

  /** Puts a script before the real program: what it does not answer goes on to that one. */
  async function standIn(program: string, script: string): Promise<void> {
    const text = `#!/bin/sh\n${script}\nPATH='${searchPath}' exec ${program} "$@"\n`;
    await writeFile(folder.at(program), text, { mode: 0o755 });
    process.env.PATH = `${folder.path}:${searchPath}`;
  }

  it('is refused for HDR before a frame is shown in wrong colours', async () => {
    const tags = ['-color_trc', 'smpte2084', '-color_primaries', 'bt2020', '-colorspace', 'bt2020nc'];
    const file = flatVideo(folder.at('hdr.mkv'), [[600, 512, 512]], { format: 'yuv420p10le', tags });
    await standIn('ffmpeg', `case "$*" in *-filters*) echo ' ... scale V->V Scale'; exit;; esac`);
    const error = await failureOf(openClip(file));
    expect(error).to.include({ code: 'clip-unreadable', exit: 3, where: file });
    expect(error.message)
      .to.contain('HDR video (PQ, BT.2020) needs an ffmpeg with zscale and tonemap')
      .and.to.contain('install a full build of ffmpeg');
  });

  it('is never asked for Dolby Vision that only its own players show', async () => {
    const side = '{"dv_profile":5,"dv_bl_signal_compatibility_id":0}';
    const stream = `{"width":64,"height":48,"time_base":"1/25","side_data_list":[${side}]}`;
    await standIn('ffprobe', `echo '{"streams":[${stream}],"format":{}}'; exit`);
    const error = await failureOf(openClip(flatVideo(folder.at('dv.mkv'), [[60, 128, 128]])));
    expect(error).to.include({ code: 'clip-unreadable', exit: 3 });
    expect(error.message).to.contain('Dolby Vision profile 5').and.to.contain('export the video as SDR');
  });
});
