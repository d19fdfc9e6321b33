import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { decode } from 'fast-png';
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
import type { CocoAnnotation, CocoContent } from '../../../src/clips/exports/coco-file.js';
import type { AlphaExport } from '../../../src/jobs/export-alpha.js';
import { runOsvos } from '../run-osvos.js';

const boxes: Box[] = [[1, 4, 4, 8, 8], [2, 20, 6, 9, 9]]; // prettier-ignore

describe('osvos export of pictures and annotations', function () {
  this.timeout(30_000);
  let folder: string;
  let remove: () => Promise<void>;
  let clip: string;
  let results: string;
  let out: string;

  beforeEach(async () => {
    ({ folder, remove } = await temporaryFolder());
    clip = await writeFrames(path.join(folder, 'clip'), 3);
    results = path.join(folder, 'masks');
    out = path.join(folder, 'out');
    await writeGreyMask(path.join(results, '00000.png'), boxes);
    await writeGreyMask(path.join(results, '00001.png'), boxes.slice(0, 1));
    await writeGreyMask(path.join(results, '00002.png'), boxes);
  });
  afterEach(() => remove());

  /** Frame `i` of `writeFrames`. */
  const colour = (i: number, k: number) => (k * 7 + i * 13) % 251;

  describe('alpha', () => {
    it('writes RGBA pictures whose colours are the frame’s, bit by bit', async () => {
      const { exit, stdout, stderr } = await runOsvos(
        'export',
        'alpha',
        results,
        '--clip',
        clip,
        '--out',
        out,
      );
      expect(exit, stderr).to.equal(0);
      const share = ((64 + 81 + 64 + 64 + 81) / (3 * WIDTH * HEIGHT)) * 100;
      expect(stdout).to.equal(
        `${out}: 3 PNG pictures with straight alpha, objects 1, 2, ${share.toFixed(1)} % of the pixels are opaque\n`,
      );
      expect(await readdir(out)).to.deep.equal(['00000.png', '00001.png', '00002.png']);
      for (const [i, own] of [boxes, boxes.slice(0, 1), boxes].entries()) {
        const { data, channels } = decode(await readFile(path.join(out, `0000${i}.png`)));
        expect(channels).to.equal(4);
        labelsWith(own).forEach((label, p) => {
          const wanted = label === 0 ? [0, 0, 0, 0] : [0, 1, 2].map((c) => colour(i, 3 * p + c)).concat(255);
          if (!wanted.every((value, c) => data[4 * p + c] === value))
            throw new Error(`frame ${i}, pixel ${p}`);
        });
      }
    });

    it('cuts out one object of a part of the clip', async () => {
      const args = ['--object', '2', '--from', '1', '--to', '2', '--json'];
      const { stdout } = await runOsvos('export', 'alpha', results, '--clip', clip, '--out', out, ...args);
      expect(JSON.parse(stdout)).to.deep.include({ format: 'png', frames: 2, objects: [2] });
      expect((JSON.parse(stdout) as AlphaExport).opaque).to.equal(81 / (2 * WIDTH * HEIGHT));
      const { data } = decode(await readFile(path.join(out, '00001.png')));
      expect(data.every((value) => value === 0)).to.equal(true);
    });

    it('says where the object fills every frame', async () => {
      for (const i of [0, 1, 2])
        await writeGreyMask(path.join(results, `0000${i}.png`), [[1, 0, 0, WIDTH, HEIGHT]]);
      const { stderr } = await runOsvos('export', 'alpha', results, '--clip', clip, '--out', out);
      expect(stderr).to.contain('the object fills every frame: nothing was cut away');
    });

    for (const [what, change, args, exit, message] of [
      ['missing masks', 'missing', [], 3, '2 of 3 masks are missing: MASKS: 00001, 00002: take a part'],
      [
        'masks of another size',
        'size',
        [],
        3,
        '1 of 3 masks have another size (24×16) than the frames (48×32): MASKS: 00001',
      ],
      ['masks of another clip', 'names', [], 3, 'no mask is named as a frame of clip'],
      ['masks without an object', 'empty', [], 3, 'no mask has an object'],
      ['a damaged mask', 'damaged', [], 3, '00001.png'],
      ['an object that is not there', 'none', ['--object', '3'], 2, 'no mask has object 3'],
      ['an object that is none', 'none', ['--object', 'cat'], 2, '--object cat'],
      ['a frame that is not there', 'none', ['--from', '9'], 2, 'first 00000, last 00002'],
      ['a kind of video that has no alpha', 'none', ['--out', 'a.mp4'], 2, 'a file *.mov'],
    ] as const) /* prettier-ignore */ {
      it(`refuses ${what}, with exit ${exit}`, async () => {
        const one = path.join(results, '00001.png');
        if (change === 'missing') for (const i of [1, 2]) await rm(path.join(results, `0000${i}.png`));
        if (change === 'size') await writeGreyMask(one, [[1, 0, 0, 9, 9]], 24, 16);
        if (change === 'damaged') await writeFile(one, (await readFile(one)).subarray(0, 40));
        if (change === 'names') clip = await writeFrames(path.join(folder, 'other', 'clip'), 3, 100);
        if (change === 'empty') for (const i of [0, 1, 2]) await writeGreyMask(path.join(results, `0000${i}.png`), []);
        const given = args.includes('--out' as never) ? args : [...args, '--out', out];
        const outcome = await runOsvos('export', 'alpha', results, '--clip', clip, ...given);
        expect(outcome.exit).to.equal(exit);
        expect(outcome.stderr).to.contain(message.replace('MASKS', results));
        expect(await readdir(out).catch(() => [])).to.deep.equal([]);
      });
    }

    it('does not overwrite a folder that holds something, nor its input', async () => {
      await mkdir(out);
      await writeFile(path.join(out, 'mine.txt'), '');
      const refused = await runOsvos('export', 'alpha', results, '--clip', clip, '--out', out);
      expect([refused.exit, refused.stderr.includes('mine.txt')]).to.deep.equal([2, true]);
      const forced = await runOsvos('export', 'alpha', results, '--clip', clip, '--out', out, '--force');
      expect(forced.exit).to.equal(0);
      expect(forced.stderr).to.contain('files of other names stay in it');
      const above = await runOsvos('export', 'binary', results, '--out', folder, '--force');
      expect([above.exit, above.stderr.includes('holds the input')]).to.deep.equal([2, true]);
      for (const input of [results, clip]) {
        const { exit, stderr } = await runOsvos(
          'export',
          'alpha',
          results,
          '--clip',
          clip,
          '--out',
          input,
          '--force',
        );
        expect([exit, stderr.includes('input and output are one')]).to.deep.equal([2, true]);
      }
    });
  });

  describe('binary', () => {
    const read = async (...parts: string[]) => {
      const png = decode(await readFile(path.join(out, ...parts)));
      expect([png.channels, png.depth, png.palette]).to.deep.equal([1, 8, undefined]);
      return png.data;
    };

    it('writes a folder for each object, and black where it is not seen', async () => {
      const { stdout } = await runOsvos('export', 'binary', results, '--out', out);
      expect(stdout).to.equal(`${out}: 6 black and white masks, objects 1, 2, <object>/<frame>.png\n`);
      expect(await read('2', '00000.png')).to.deep.equal(labelsWith([[255, 20, 6, 9, 9]]));
      expect(await read('2', '00001.png')).to.deep.equal(new Uint8Array(WIDTH * HEIGHT));
    });

    it('writes one object without a folder, larger by a disk', async () => {
      const args = ['--object', '2', '--dilate', '1', '--out', out, '--json'];
      const { stdout } = await runOsvos('export', 'binary', results, ...args);
      expect(JSON.parse(stdout)).to.deep.equal({
        ...{ out, layout: '<frame>.png', frames: 3, objects: [2], masks: 3, notes: [] },
      });
      const grown: Box[] = [[255, 19, 6, 11, 9], [255, 20, 5, 9, 11]]; // prettier-ignore
      expect(await read('00002.png')).to.deep.equal(labelsWith(grown)); // a cross of two boxes: corners stay out
    });

    it('keeps the folders of sequences', async () => {
      await writeGreyMask(path.join(folder, 'set', 'a', '0.png'), boxes);
      await writeGreyMask(path.join(folder, 'set', 'b', '0.png'), boxes.slice(0, 1));
      const { stdout } = await runOsvos('export', 'binary', path.join(folder, 'set'), '--out', out);
      expect(stdout).to.contain('3 black and white masks').and.to.contain('<sequence>/<object>/<frame>.png');
      expect(
        (await readdir(out, { recursive: true })).filter((file) => file.endsWith('.png')).sort(),
      ).to.deep.equal([
        path.join('a', '1', '0.png'),
        path.join('a', '2', '0.png'),
        path.join('b', '1', '0.png'),
      ]);
    });

    it('refuses a folder without masks', async () => {
      const { exit, stderr } = await runOsvos('export', 'binary', path.join(folder, 'nothing'), '--out', out);
      expect([exit, stderr.includes('give a folder of masks')]).to.deep.equal([3, true]);
    });
  });

  describe('coco', () => {
    const file = () => path.join(folder, 'all.json');

    type Written = Omit<CocoContent, 'labels'> & {
      info: unknown;
      categories: unknown;
      annotations: CocoAnnotation[];
    };
    const readCoco = async () => JSON.parse(await readFile(file(), 'utf8')) as Written;

    it('has images, objects and masks of a clip, which another reader draws as they are', async function () {
      const { stdout, exit, stderr } = await runOsvos(
        'export',
        'coco',
        results,
        '--clip',
        clip,
        '--out',
        file(),
      );
      expect(exit, stderr).to.equal(0);
      expect(stdout).to.equal(`${file()}: 5 masks; objects: 2, images: 3, videos: 1\n`);
      const { info, ...content } = await readCoco();
      expect(info).to.have.property('description');
      expect(content.categories).to.deep.equal([{ id: 1, name: 'object', supercategory: 'object' }]);
      expect(content.videos).to.deep.equal([
        { id: 1, name: 'clip', width: WIDTH, height: HEIGHT, length: 3 },
      ]);
      expect(content.tracks).to.deep.equal([
        { id: 1, video_id: 1, category_id: 1, object_id: 1 },
        { id: 2, video_id: 1, category_id: 1, object_id: 2 },
      ]);
      expect(content.images[1]).to.deep.equal({
        ...{ id: 2, file_name: '00001.png', width: WIDTH, height: HEIGHT, video_id: 1, frame_index: 1 },
      });
      expect(content.annotations.map(({ image_id }) => image_id)).to.deep.equal([1, 1, 2, 3, 3]);
      const { segmentation, ...rest } = content.annotations[1];
      expect(rest).to.deep.equal({
        ...{
          id: 2,
          image_id: 1,
          video_id: 1,
          track_id: 2,
          category_id: 1,
          area: 81,
          bbox: [20, 6, 9, 9],
          iscrowd: 0,
        },
      });
      expect(segmentation.size).to.deep.equal([HEIGHT, WIDTH]);
      skipWithoutPython(this);
      // the runs once more, by another program: where column x begins with the pixel (x, 0)
      const code = `import json, sys
a = json.load(open(sys.argv[1]))['annotations'][1]['segmentation']; h, w = a['size']; s = a['counts']; runs = []; p = 0
while p < len(s):
    x = 0; k = 0
    while True:
        c = ord(s[p]) - 48; p += 1; x |= (c & 31) << 5 * k; k += 1
        if not c & 32: break
    if c & 16: x -= 1 << 5 * k
    runs.append(x + (runs[-2] if len(runs) > 2 else 0))
flat = [i % 2 for i, n in enumerate(runs) for _ in range(n)]
print(sorted({(i // h, i % h) for i, v in enumerate(flat) if v}) == [(x, y) for x in range(20, 29) for y in range(6, 15)], len(flat) == h * w)`;
      expect(python(code, file())).to.equal('True True');
    });

    it('numbers objects anew in each sequence, and takes the sequences asked for', async () => {
      const set = path.join(folder, 'set');
      for (const name of ['a', 'b', 'c']) await writeGreyMask(path.join(set, name, '7.png'), boxes);
      const { stdout } = await runOsvos(
        'export',
        'coco',
        set,
        '--sequences',
        'a,c',
        '--out',
        file(),
        '--json',
      );
      expect(JSON.parse(stdout)).to.deep.include({ videos: 2, images: 2, tracks: 4, annotations: 4 });
      const { images, tracks } = await readCoco();
      expect(images.map(({ file_name }) => file_name)).to.deep.equal(['a/7.png', 'c/7.png']);
      expect(tracks.map(({ id, object_id }) => [id, object_id])).to.deep.equal(
        [[1, 1], [2, 2], [3, 1], [4, 2]], // prettier-ignore
      );
    });

    for (const [what, args, exit, message] of [
      ['sequences that are not there', ['--sequences', 'x'], 2, 'no masks of x'],
      ['a part of no clip', ['--from', '1'], 2, 'give --clip too'],
      ['another kind of file', ['--out', 'a.txt'], 2, 'name it *.json'],
    ] as const) {
      it(`refuses ${what}, with exit ${exit}`, async () => {
        const given = args.includes('--out' as never) ? args : [...args, '--out', file()];
        const outcome = await runOsvos('export', 'coco', results, ...given);
        expect(outcome.exit).to.equal(exit);
        expect(outcome.stderr).to.contain(message);
      });
    }

    it('does not overwrite unasked', async () => {
      await writeFile(file(), 'mine');
      expect((await runOsvos('export', 'coco', results, '--out', file())).exit).to.equal(2);
      expect(await readFile(file(), 'utf8')).to.equal('mine');
      expect((await runOsvos('export', 'coco', results, '--out', file(), '--force')).exit).to.equal(0);
    });
  });
});
