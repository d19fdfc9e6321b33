import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { encode } from 'fast-png';
import {
  HEIGHT,
  labelsWith,
  temporaryFolder,
  WIDTH,
  writeFrames,
  writeGreyMask,
  type Box,
} from '../../jobs/small-clip.js';
import { python, skipWithoutPython } from '../../clips/exports/python.js';
import { runOsvos } from '../run-osvos.js';

/** What Python's zipfile finds: names, and colour type, depth, size, a few colours and the labels of the first PNG. */
const LOOK = `import sys, zipfile, zlib, struct
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(' '.join(z.namelist()))
for name in z.namelist():
    b = z.read(name); w, h, depth, kind = struct.unpack('>IIBB', b[16:26]); i = 8; data = b''; colours = b''
    while i < len(b):
        n, t = struct.unpack('>I4s', b[i:i+8]); c = b[i+8:i+8+n]; i += 12 + n
        if t == b'IDAT': data += c
        if t == b'PLTE': colours = c
    raw = zlib.decompress(data); assert len(raw) == h * (w + 1)
    print(name, w, h, depth, kind, list(colours[3:9]))`;

const boxes: Box[] = [[1, 4, 4, 8, 8], [2, 20, 6, 9, 9]]; // prettier-ignore

describe('osvos export for benchmark servers', function () {
  this.timeout(30_000);
  let folder: string;
  let remove: () => Promise<void>;
  let results: string;
  let zip: string;

  beforeEach(async () => {
    ({ folder, remove } = await temporaryFolder());
    results = path.join(folder, 'results');
    zip = path.join(folder, 'out', 'a.zip');
  });
  afterEach(() => remove());

  const masks = async (name: string, frames: readonly string[], own: Box[] = boxes) => {
    for (const frame of frames) await writeGreyMask(path.join(results, name, `${frame}.png`), own);
  };

  async function writeDavis(sequences: Record<string, number>): Promise<string> {
    const root = path.join(folder, 'DAVIS');
    for (const [name, count] of Object.entries(sequences)) {
      await writeFrames(path.join(root, 'JPEGImages', '480p', name), count);
      await writeGreyMask(path.join(root, 'Annotations', '480p', name, '00000.png'), boxes);
    }
    await mkdir(path.join(root, 'ImageSets', '2017'), { recursive: true });
    await writeFile(path.join(root, 'ImageSets', '2017', 'test-dev.txt'), Object.keys(sequences).join('\n'));
    return root;
  }

  const davis = (root: string, ...more: string[]) =>
    runOsvos('export', 'davis2017', results, '--davis', root, '--split', 'test-dev', '--out', zip, ...more);

  describe('DAVIS 2017', () => {
    it('writes the folders of the sequences at the top, indexed PNG of every frame', async function () {
      const root = await writeDavis({ bear: 3, goat: 2 });
      await masks('bear', ['00000', '00001', '00002', '00077']); // one more than the set has
      await masks('goat', ['00000', '00001']);
      await masks('stranger', ['00000']);
      const { exit, stdout, stderr } = await davis(root, '--json');
      expect(exit, stderr).to.equal(0);
      expect(JSON.parse(stdout)).to.deep.equal({
        ...{ out: zip, server: 'davis2017', sequences: 2, masks: 5 },
        notes: [
          'sequences that are not of this set, left out: stranger',
          'masks of frames that the server does not want, left out: 1',
        ],
      });
      expect(await readdir(path.dirname(zip))).to.deep.equal(['a.zip']);
      skipWithoutPython(this);
      const [names, first, ...rest] = python(LOOK, zip).split('\n');
      expect(names).to.equal('bear/00000.png bear/00001.png bear/00002.png goat/00000.png goat/00001.png');
      expect(first).to.equal(`bear/00000.png ${WIDTH} ${HEIGHT} 8 3 [128, 0, 0, 0, 128, 0]`);
      expect(rest).to.have.length(4);
    });

    it('names every broken rule with all sequences and frames, and writes nothing', async () => {
      const root = await writeDavis({ bear: 6, goat: 2, hike: 3 });
      await masks('bear', ['00000', '00004']); // 1 … 3 and 5 are missing
      await masks('hike', ['00000']);
      await writeGreyMask(path.join(results, 'hike', '00001.png'), [[3, 0, 0, 4, 4]]); // an object more
      const colours = [0, 1, 2].map((label) => [[0, 0, 0], [10, 200, 30], [250, 20, 130]][label]); // prettier-ignore
      const rgb = Uint8Array.from([...labelsWith(boxes)].flatMap((label) => colours[label]));
      const png = encode({ width: WIDTH, height: HEIGHT, data: rgb, channels: 3, depth: 8 });
      await writeFile(path.join(results, 'hike', '00002.png'), png);
      await writeGreyMask(path.join(results, 'bear', '00004.png'), [[1, 0, 0, 4, 4]], 24, 16);
      const { exit, stderr } = await davis(root);
      expect(exit).to.equal(3);
      expect(stderr).to.contain('the DAVIS 2017 server would refuse these masks, no archive was written');
      expect(stderr).to.contain('4 rules are broken');
      expect(stderr).to.contain('6 masks missing: bear 00001 … 00003, 00005; goat all 2');
      expect(stderr).to.contain('1 mask not indexed').and.to.contain('hike 00002 (colour (10,200,30))');
      expect(stderr).to.contain('1 mask of the wrong size: bear 00004 (24×16, wanted 48×32)');
      expect(stderr).to.contain(
        '1 mask with an object id that the server does not know: hike 00001 (3; it knows 1, 2)',
      );
      expect(await readdir(path.dirname(zip))).to.deep.equal([]);
    });

    it('refuses "ignore" and damaged masks, and a set of one sequence', async () => {
      const root = await writeDavis({ bear: 2 });
      await writeGreyMask(path.join(results, 'bear', '00000.png'), [...boxes, [255, 0, 20, 9, 9]]);
      await writeFile(path.join(results, 'bear', '00001.png'), 'no picture');
      const { exit, stderr } = await davis(root);
      expect(exit).to.equal(3);
      expect(stderr).to.contain('does not know: bear 00000 (255; it knows 1, 2)');
      expect(stderr).to.contain('1 mask damaged, or no mask: bear 00001');
      expect(stderr).to.contain('one sequence only (bear)');
    });

    it('does not overwrite, nor write another kind of file', async () => {
      const root = await writeDavis({ bear: 1, goat: 1 });
      await masks('bear', ['00000']);
      await masks('goat', ['00000']);
      expect((await davis(root)).exit).to.equal(0);
      const again = await davis(root);
      expect([again.exit, again.stderr]).to.satisfy(
        ([exit, text]: [number, string]) => exit === 2 && text.includes('--force'),
      );
      expect((await davis(root, '--force')).exit).to.equal(0);
      zip = path.join(folder, 'a.tar');
      const tar = await davis(root);
      expect(tar.exit).to.equal(2);
      expect(tar.stderr).to.contain('name it *.zip');
      expect(existsSync(zip)).to.equal(false);
    });

    it('says which list is missing', async () => {
      const root = await writeDavis({ bear: 1, goat: 1 });
      await masks('bear', ['00000']);
      await rm(path.join(root, 'ImageSets', '2017', 'test-dev.txt'));
      const { exit, stderr } = await davis(root);
      expect(exit).to.equal(3);
      expect(stderr).to.contain('no list of the split test-dev');
    });
  });

  describe('YouTube-VOS', () => {
    const objects = { '1': { frames: ['00000', '00005'] }, '2': { frames: ['00005', '00010'] } };
    const youtube = (...more: string[]) => runOsvos('export', 'youtube-vos', results, '--out', zip, ...more);
    const writeMeta = async (content: unknown) => {
      const meta = path.join(folder, 'meta.json');
      await writeFile(meta, typeof content === 'string' ? content : JSON.stringify(content));
      return meta;
    };
    const frames = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, i) => String(from + i).padStart(5, '0'));

    it('takes the frames of meta.json out of all, below Annotations', async function () {
      const meta = await writeMeta({ videos: { '003234408d': { objects } } });
      await masks('003234408d', frames(0, 12));
      const { exit, stderr } = await youtube('--meta', meta);
      expect(exit, stderr).to.equal(0);
      expect(stderr).to.contain('masks of frames that the server does not want, left out: 10');
      skipWithoutPython(this);
      expect(python(LOOK, zip).split('\n')[0]).to.equal(
        ['00000', '00005', '00010'].map((frame) => `Annotations/003234408d/${frame}.png`).join(' '),
      );
    });

    it('takes every fifth frame where there is no meta.json', async function () {
      const data = path.join(folder, 'JPEGImages');
      await writeFrames(path.join(data, 'a'), 11);
      await writeFrames(path.join(data, 'b'), 6, 5);
      await masks('a', frames(0, 10));
      await masks('b', frames(5, 10));
      expect((await youtube('--frames', data)).exit).to.equal(0);
      skipWithoutPython(this);
      const names = ['a/00000', 'a/00005', 'a/00010', 'b/00005', 'b/00010'];
      expect(python(LOOK, zip).split('\n')[0]).to.equal(
        names.map((name) => `Annotations/${name}.png`).join(' '),
      );
    });

    it('compares ids with meta.json, and sizes with each other and with the frames', async () => {
      const meta = await writeMeta({ videos: { a: { objects: { '2': { frames: frames(0, 2) } } } } });
      await masks('a', ['00000'], [[2, 0, 0, 9, 9]]);
      await masks('a', ['00001'], [[1, 0, 0, 9, 9]]);
      await writeGreyMask(path.join(results, 'a', '00002.png'), [[2, 0, 0, 4, 4]], 24, 16);
      const alone = await youtube('--meta', meta);
      expect(alone.exit).to.equal(3);
      expect(alone.stderr)
        .to.contain('a 00001 (1; it knows 2)')
        .and.to.contain('a 00002 (24×16, wanted 48×32)');
      const data = path.join(folder, 'JPEGImages');
      await mkdir(path.join(data, 'a'), { recursive: true });
      for (const frame of frames(0, 2)) {
        const picture = {
          width: 24,
          height: 16,
          data: new Uint8Array(24 * 16),
          channels: 1,
          depth: 8,
        } as const;
        await writeFile(path.join(data, 'a', `${frame}.png`), encode(picture));
      }
      const { stderr } = await youtube('--meta', meta, '--frames', data);
      expect(stderr).to.contain('2 masks of the wrong size: a 00000, 00001 (48×32, wanted 24×16)');
    });

    for (const [what, content, message] of [
      ['is no JSON', '{', 'no valid JSON'],
      ['has no videos', { videos: [] }, 'no videos in it'],
      ['has a video without objects', { videos: { a: {} } }, 'the video a has no objects'],
      [
        'has an object without frames',
        { videos: { a: { objects: { 1: {} } } } },
        'object 1 of a has no list',
      ],
    ] as const) {
      it(`refuses a meta.json that ${what}`, async () => {
        await masks('a', ['00000']);
        const { exit, stderr } = await youtube('--meta', await writeMeta(content));
        expect(exit).to.equal(3);
        expect(stderr).to.contain(message).and.to.contain('meta.json');
      });
    }

    it('asks for what says which frames are wanted', async () => {
      await masks('a', ['00000']);
      const { exit, stderr } = await youtube();
      expect(exit).to.equal(2);
      expect(stderr).to.contain('--meta meta.json, or --frames JPEGImages');
    });
  });

  for (const [server, prefix] of [
    ['mose', ''],
    ['lvos', 'Annotations/'],
  ] as const) /* prettier-ignore */ {
    it(`${server} takes all frames from the first annotation on, ids of the annotations`, async function () {
      const data = path.join(folder, 'valid');
      await writeFrames(path.join(data, 'JPEGImages', 'v1'), 3);
      await writeFrames(path.join(data, 'JPEGImages', 'v2'), 2);
      await writeGreyMask(path.join(data, 'Annotations', 'v1', '00001.png'), [[7, 4, 4, 8, 8]]);
      await writeGreyMask(path.join(data, 'Annotations', 'v2', '00000.png'), boxes);
      await masks('v1', ['00001', '00002'], [[7, 0, 0, 9, 9]]);
      await masks('v2', ['00000', '00001']);
      const { exit, stderr } = await runOsvos('export', server, results, '--data', data, '--out', zip);
      expect(exit, stderr).to.equal(0);
      await masks('v1', ['00002'], [[6, 0, 0, 9, 9]]);
      const wrong = await runOsvos('export', server, results, '--data', data, '--out', zip, '--force');
      expect(wrong.stderr).to.contain('v1 00002 (6; it knows 7)');
      skipWithoutPython(this);
      const names = ['v1/00001', 'v1/00002', 'v2/00000', 'v2/00001'];
      expect(python(LOOK, zip).split('\n')[0]).to.equal(names.map((name) => `${prefix}${name}.png`).join(' '));
    });
  }
});
