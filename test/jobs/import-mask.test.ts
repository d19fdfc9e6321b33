import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { decode, encode } from 'fast-png';
import { importMask, type ImportMaskRequest } from '../../src/jobs/import-mask.js';
import { parseLabels } from '../../src/jobs/import-mask-ids.js';
import { errorOf } from './run-fake.js';
import { HEIGHT, temporaryFolder, WIDTH, writeFrames } from './small-clip.js';

/** A rectangle of a label. */
type Shape = [label: string, x: number, y: number, width: number, height: number];

describe('the import of masks', () => {
  let folder: string;
  let remove: () => Promise<void>;
  beforeEach(async () => ({ folder, remove } = await temporaryFolder()));
  afterEach(() => remove());

  const at = (...parts: string[]) => path.join(folder, ...parts);

  /** A COCO file: images by name, with their shapes. */
  async function annotate(images: Record<string, Shape[]>, width = WIDTH, height = HEIGHT): Promise<string> {
    const labels = [...new Set(Object.values(images).flatMap((shapes) => shapes.map(([label]) => label)))];
    const content = {
      images: Object.keys(images).map((name, id) => ({ id, file_name: `${name}.jpg`, width, height })),
      categories: labels.map((name, id) => ({ id, name })),
      annotations: Object.values(images).flatMap((shapes, image_id) =>
        shapes.map(([label, x, y, w, h], id) => ({
          ...{ id, image_id, category_id: labels.indexOf(label) },
          segmentation: [[x, y, x + w, y, x + w, y + h, x, y + h]],
        })),
      ),
    };
    await writeFile(at('coco.json'), JSON.stringify(content));
    return at('coco.json');
  }

  function request(source: string, more: Partial<ImportMaskRequest> = {}): ImportMaskRequest {
    return { source, out: at('out'), fitMask: false, force: false, dryRun: false, ...more };
  }

  async function labelsIn(...parts: string[]): Promise<Uint8Array> {
    const png = decode(await readFile(at(...parts)));
    expect(png.palette?.[2], 'the palette of DAVIS').to.deep.equal([0, 128, 0]);
    return png.data as Uint8Array;
  }
  const pixelsOf = (data: Uint8Array, id: number) => data.filter((label) => label === id).length;

  it('writes a mask for each image; ids go by first appearance, over all images', async () => {
    const source = await annotate({
      '00000': [['car', 0, 0, 4, 2]],
      '00001': [
        ['person', 10, 10, 3, 3],
        ['car', 1, 0, 4, 2],
      ],
    });
    const result = await importMask(request(source));
    expect(result.ids).to.deep.equal([
      { object: 'car', id: 1 },
      { object: 'person', id: 2 },
    ]);
    expect(
      result.masks.map(({ mask, objects }) => [mask, objects.map(({ id, pixels }) => [id, pixels])]),
    ).to.deep.equal([
      [at('out', '00000.png'), [[1, 8]]],
      [
        at('out', '00001.png'),
        [
          [1, 8],
          [2, 9],
        ],
      ],
    ]);
    const second = await labelsIn('out', '00001.png');
    expect([1, 2].map((id) => pixelsOf(second, id))).to.deep.equal([8, 9]);
    expect(second[10 * WIDTH + 10]).to.equal(2);
    expect(await readdir(at('out')), 'no overlays without frames').to.deep.equal(['00000.png', '00001.png']);
  });

  it('gives overlapping pixels to the later shape, and says how many', async () => {
    const source = await annotate({
      a: [
        ['car', 0, 0, 10, 10],
        ['person', 5, 5, 10, 10],
      ],
    });
    const { masks } = await importMask(request(source));
    expect(masks[0].overlaps).to.deep.equal([{ over: 'person', under: 'car', pixels: 25 }]);
    expect(masks[0].objects.map(({ pixels }) => pixels)).to.deep.equal([75, 100]);
  });

  it('says where an object is hidden or outside', async () => {
    const source = await annotate({
      a: [
        ['car', 2, 2, 3, 3],
        ['person', 0, 0, 9, 9],
        ['dog', 900, 0, 3, 3],
      ],
    });
    const { notes, masks } = await importMask(request(source));
    expect(masks[0].objects.map(({ object }) => object)).to.deep.equal(['person']);
    expect(notes.join('\n'))
      .to.contain('a: car has no pixel left')
      .and.to.contain('a: dog has no pixel left');
  });

  it('takes the objects and ids of --labels; one id joins objects', async () => {
    const source = await annotate({
      a: [
        ['car', 0, 0, 2, 2],
        ['dog', 4, 0, 2, 2],
        ['cat', 8, 0, 2, 2],
      ],
      b: [['dog', 0, 0, 1, 1]],
    });
    const { ids, rule, notes, masks } = await importMask(
      request(source, { labels: parseLabels('cat=7, car=7') }),
    );
    expect([rule, ...ids.map(({ object, id }) => `${object} ${id}`)]).to.deep.equal([
      '--labels',
      'car 7',
      'cat 7',
    ]);
    expect(masks.map(({ name, objects }) => [name, objects.length, objects[0].pixels])).to.deep.equal([
      ['a', 1, 8],
    ]);
    expect(notes.join('\n')).to.contain('left out, as --labels does not name them: dog');
    expect(notes.join('\n')).to.contain('1 image without an object');
  });

  it('refuses labels that are not there, naming those that are', async () => {
    const source = await annotate({ a: [['car', 0, 0, 2, 2]] });
    const error = await errorOf(importMask(request(source, { labels: parseLabels('cart=1') })));
    expect(error).to.include({ code: 'usage', exit: 2 });
    expect(error.message).to.contain('no object named cart').and.to.contain('there are car');
  });

  it('refuses more than 20 objects with their names and pixels, the largest first', async () => {
    const shapes = Array.from({ length: 21 }, (_, i): Shape => [`thing${i}`, 0, 0, i + 1, 1]);
    const error = await errorOf(importMask(request(await annotate({ a: shapes }))));
    expect(error).to.include({ code: 'too-many-ids', exit: 3 });
    expect(error.message).to.contain('21 objects, more than 20: thing20 (21 pixels), thing19 (20), ');
    expect(error.message).to.contain('thing0 (1)').and.to.contain('--labels "thing20=1,thing19=2"');
    const twenty = await annotate({ a: shapes.slice(0, 20) });
    expect((await importMask(request(twenty))).ids).to.have.length(20);
  });

  it('refuses boxes, unless --labels leaves them out', async () => {
    const box = {
      label: 'tree',
      points: [
        [0, 0],
        [2, 2],
      ],
      shape_type: 'rectangle',
    };
    const shape = {
      label: 'car',
      points: [
        [0, 0],
        [2, 0],
        [2, 2],
      ],
    };
    const content = { imagePath: 'a.jpg', imageWidth: 4, imageHeight: 4, shapes: [box, shape] };
    await writeFile(at('a.json'), JSON.stringify(content));
    const error = await errorOf(importMask(request(at('a.json'))));
    expect(error).to.include({ code: 'annotations-unreadable', exit: 3 });
    expect(error.message).to.contain('1 of kind rectangle (tree)').and.to.contain('image a');
    const { masks } = await importMask(request(at('a.json'), { labels: parseLabels('car=1') }));
    expect(masks[0].objects[0].object).to.equal('car');
  });

  it('refuses annotations of nothing', async () => {
    expect(await errorOf(importMask(request(await annotate({ a: [] }))))).to.include({
      code: 'mask-empty',
      exit: 3,
    });
    const outside = await annotate({ a: [['car', 900, 900, 2, 2]] });
    expect((await errorOf(importMask(request(outside)))).message).to.contain('no object has a pixel');
  });

  describe('with frames', () => {
    it('finds those of a clip by name or number, names masks after them, and draws overlays', async () => {
      const clip = await writeFrames(at('clip'), 4);
      const source = await annotate({ '00002': [['car', 0, 0, 9, 9]], frame_000003: [['car', 0, 0, 9, 9]] });
      const { masks, notes } = await importMask(request(source, { clip }));
      expect(masks.map(({ name }) => name)).to.deep.equal(['00002', '00003']);
      expect(notes.join('\n')).to.contain('frame_000003 is the mask of frame 00003');
      expect((await readdir(at('out', 'overlays'))).sort()).to.deep.equal(['00002.jpg', '00003.jpg']);
    });

    it('gives a single mask to the first frame, or to the one asked for', async () => {
      const clip = await writeFrames(at('clip'), 4);
      const source = await annotate({ painted: [['car', 0, 0, 9, 9]] });
      expect((await importMask(request(source, { clip }))).masks[0].name).to.equal('00000');
      expect((await importMask(request(source, { clip, frame: '2' }))).masks[0].name).to.equal('00002');
    });

    it('refuses a mask of another size, naming both files and both sizes', async () => {
      const clip = await writeFrames(at('clip'), 1);
      const source = await annotate({ a: [['car', 0, 0, 9, 9]] }, 2 * WIDTH, 2 * HEIGHT);
      for (const frame of [{ frame: path.join(clip, '00000.png') }, { clip }]) {
        const error = await errorOf(importMask(request(source, frame)));
        expect(error).to.include({ code: 'mask-size', exit: 3 });
        expect(error.message).to.contain('the mask is 96×64, its frame 48×32').and.to.contain(source);
        expect(error.message).to.contain(path.join(folder, 'clip')).and.to.contain('--fit-mask');
      }
      const { masks } = await importMask(request(source, { clip, fitMask: true }));
      expect([masks[0].width, masks[0].height, masks[0].objects[0].pixels]).to.deep.equal([48, 32, 16]);
    });

    it('refuses names that the clip does not have, and two masks of one frame', async () => {
      const clip = await writeFrames(at('clip'), 2);
      const source = await annotate({ '00001': [['car', 0, 0, 9, 9]], '00007': [['car', 0, 0, 9, 9]] });
      expect(await errorOf(importMask(request(source, { clip })))).to.include({
        code: 'unknown-frame',
        exit: 2,
      });
      const same = await annotate({ '00001': [['car', 0, 0, 9, 9]], x1: [['car', 0, 0, 9, 9]] });
      const { message } = await errorOf(importMask(request(same, { clip })));
      expect(message).to.contain('two images are the frame 00001: 00001, x1');
    });

    it('refuses one frame for several images', async () => {
      const source = await annotate({ a: [['car', 0, 0, 9, 9]], b: [['car', 0, 0, 9, 9]] });
      const error = await errorOf(importMask(request(source, { frame: at('frame.png') })));
      expect(error).to.include({ code: 'usage', exit: 2 });
      expect(error.message).to.contain('one frame for 2 images (a, b)');
    });
  });

  describe('and its output', () => {
    const one = () => annotate({ a: [['car', 0, 0, 9, 9]] });

    it('may be a file; the overlay lies beside it', async () => {
      const clip = await writeFrames(at('clip'), 1);
      const { masks } = await importMask(request(await one(), { clip, out: at('first.png') }));
      expect([masks[0].mask, masks[0].overlay]).to.deep.equal([at('first.png'), at('first-overlay.jpg')]);
      expect(pixelsOf(await labelsIn('first.png'), 1)).to.equal(81);
    });

    it('is not written in a dry run, which checks the same', async () => {
      const before = await readdir(folder);
      const { dryRun, masks } = await importMask(request(await one(), { dryRun: true }));
      expect([dryRun, masks[0].objects[0].pixels]).to.deep.equal([true, 81]);
      expect((await readdir(folder)).filter((name) => !before.includes(name))).to.deep.equal(['coco.json']);
    });

    it('takes the place of nothing without force', async () => {
      const source = await annotate({ a: [['car', 0, 0, 9, 9]], b: [['car', 0, 0, 9, 9]] });
      await importMask(request(source));
      await writeFile(at('out', 'b.png'), 'mine');
      const error = await errorOf(importMask(request(source)));
      expect(error).to.include({ code: 'output-exists', exit: 2 });
      expect(error.message).to.contain('2 of the files exist already').and.to.contain('--force');
      expect(await readFile(at('out', 'b.png'), 'utf8')).to.equal('mine');
      await importMask(request(source, { force: true }));
      expect(pixelsOf(await labelsIn('out', 'b.png'), 1)).to.equal(81);
    });

    it('is nothing at all where one of the images is faulty', async () => {
      const source = await annotate({ a: [['car', 0, 0, 9, 9]], b: [['car', 900, 0, 9, 9]] });
      expect(await errorOf(importMask(request(source)))).to.include({ code: 'mask-empty' });
      expect(await readdir(folder)).to.deep.equal(['coco.json']);
    });

    it('never takes the place of frames or of its source', async () => {
      const clip = await writeFrames(at('clip'), 1);
      const inClip = await errorOf(importMask(request(await one(), { clip, out: clip, force: true })));
      expect(inClip.message).to.contain('would overwrite the frames');
      const { masks } = await importMask(request(await one()));
      const itself = await errorOf(importMask(request(masks[0].mask, { out: masks[0].mask, force: true })));
      expect(itself.message).to.contain('would overwrite its source');
    });

    it('is one PNG for one mask', async () => {
      const two = await annotate({ a: [['car', 0, 0, 9, 9]], b: [['car', 0, 0, 9, 9]] });
      expect((await errorOf(importMask(request(two, { out: at('m.png') })))).message).to.contain(
        'one file for 2 masks',
      );
      const jpeg = await errorOf(importMask(request(await one(), { out: at('m.jpg') })));
      expect(jpeg.message).to.contain('masks are written as PNG');
    });
  });

  it('leaves a mask that is imported again as it is, byte for byte', async () => {
    const { masks } = await importMask(request(await annotate({ a: [['car', 0, 0, 9, 9]] })));
    const again = await importMask(request(masks[0].mask, { out: at('again.png') }));
    expect([again.format, again.rule, again.ids]).to.deep.equal([
      'picture',
      'the file',
      [{ object: '1', id: 1 }],
    ]);
    expect(await readFile(at('again.png'))).to.deep.equal(await readFile(masks[0].mask));
  });

  it('counts past ids that other pictures have: grey values are ids, colours are counted', async () => {
    const grey = encode({ width: 4, height: 1, channels: 1, data: Uint8Array.from([0, 1, 3, 3]) });
    const row = [0, 0, 0, 255, 0, 0, 0, 0, 255, 9, 9, 90].flatMap((_, i, all) =>
      i % 3 === 0 ? Array.from({ length: 4 }, () => all.slice(i, i + 3)).flat() : [],
    );
    const coloured = Uint8Array.from([row, row, row, row].flat());
    await mkdir(at('masks'));
    await writeFile(at('masks', '0001.png'), grey);
    await writeFile(at('masks', '0002.png'), encode({ width: 16, height: 4, channels: 3, data: coloured }));
    const { ids } = await importMask(request(at('masks')));
    expect(ids.map(({ object, id }) => [object, id])).to.deep.equal([
      ['1', 1],
      ['3', 3],
      ['ff0000', 2],
      ['0000ff', 4],
      ['09095a', 5],
    ]);
  });
});

describe('--labels', () => {
  it('is a list of objects and ids; names may hold blanks and equals signs', () => {
    expect([...parseLabels('mask 3=1, a=b=20')]).to.deep.equal([
      ['mask 3', 1],
      ['a=b', 20],
    ]);
  });

  it('refuses what is no such list, and ids beyond 254', () => {
    for (const text of ['car', 'car=', '=3', 'car=0', 'car=255', 'car=x'])
      expect(() => parseLabels(text), text).to.throw('not of the form OBJECT=ID');
    expect(() => parseLabels(' ,')).to.throw('no object is named');
  });
});
