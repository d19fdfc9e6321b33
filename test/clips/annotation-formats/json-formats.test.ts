import { encode } from 'fast-png';
import { expect } from 'chai';
import { readAnnotations } from '../../../src/clips/annotation-formats/read-annotations.js';
import { failureOf, save, temporaryFolder } from '../test-pictures.js';
import { areasOf, pixelsOf } from './areas-as-text.js';

describe('annotations in JSON', () => {
  const folder = temporaryFolder();
  const json = (name: string, content: unknown) =>
    save(folder.at(name), Buffer.from(JSON.stringify(content)));
  const read = async (content: unknown, name = 'a.json') => readAnnotations(await json(name, content));

  describe('labelme', () => {
    const square = (label: string, x: number, y: number, more = {}) => ({
      label,
      points: [
        [x, y],
        [x + 2, y],
        [x + 2, y + 2],
        [x, y + 2],
      ],
      group_id: null,
      shape_type: 'polygon',
      flags: {},
      ...more,
    });
    const file = (shapes: unknown[], more = {}) => ({
      ...{ version: '5.5.0', flags: {}, shapes, imagePath: '..\\frames\\00012.jpg', imageData: null },
      ...{ imageHeight: 4, imageWidth: 6, ...more },
    });

    it('gives polygons; a group is an object of its own', async () => {
      const { format, images } = await read(
        file([square('car', 0, 0), square('car', 4, 2), square('car', 1, 1, { group_id: 3 })]),
      );
      expect([format, images[0].name, images[0].width, images[0].height]).to.deep.equal([
        'labelme',
        '00012',
        6,
        4,
      ]);
      expect(images[0].objects).to.deep.equal(['car', 'car #3']);
      expect(await areasOf(images[0])).to.deep.equal([
        ['car', ['##....', '##....', '......', '......']],
        ['car', ['......', '......', '....##', '....##']],
        ['car #3', ['......', '.##...', '.##...', '......']],
      ]);
    });

    it('gives masks: a PNG at the first point, rounded, cut off at the edges', async () => {
      const patch = encode({
        width: 3,
        height: 2,
        channels: 1,
        depth: 8,
        data: Uint8Array.from([0, 255, 1, 255, 0, 0]),
      });
      const mask = (x: number, y: number) => ({
        ...{ label: 'dog', shape_type: 'mask', mask: Buffer.from(patch).toString('base64') },
        points: [
          [x, y],
          [x + 2, y + 1],
        ],
      });
      const { images } = await read(file([mask(1.4, 0.6), mask(-1, 3)]));
      expect(await areasOf(images[0])).to.deep.equal([
        ['dog', ['......', '..##..', '.#....', '......']],
        ['dog', ['......', '......', '......', '##....']],
      ]);
    });

    it('reads a folder of its files, past the pictures beside them, in the order of their numbers', async () => {
      for (const number of [10, 9]) {
        await json(`frames/${number}.json`, file([square('car', 0, 0)], { imagePath: `${number}.jpg` }));
        await save(folder.at('frames', `${number}.jpg`), Buffer.from('no picture needed'));
      }
      const { format, images } = await readAnnotations(folder.at('frames'));
      expect([format, ...images.map(({ name }) => name)]).to.deep.equal(['labelme', '9', '10']);
    });

    it('lists what is no polygon and no mask as unfit', async () => {
      const { unfit } = await read(file([square('car', 0, 0, { shape_type: 'rectangle' })]));
      expect(unfit).to.deep.equal([{ kind: 'rectangle', object: 'car', image: '00012' }]);
    });

    for (const [fault, shapes, more, message] of [
      ['no size', [], { imageHeight: null }, 'imageHeight is null'],
      ['a shape without label', [{ points: [] }], {}, 'the label of shape 1 is missing'],
      ['shapes that are no objects', [3], {}, 'shape 1 is no JSON object'],
    ] as const) {
      it(`refuses ${fault}`, async () => {
        const { message: found } = await failureOf(read(file([...shapes], more)));
        expect(found).to.contain(message).and.to.contain('a.json');
      });
    }

    for (const [fault, more, message] of [
      [
        'two corners',
        {
          points: [
            [0, 0],
            [1, 1],
          ],
        },
        'at least three corners',
      ],
      ['a corner of three numbers', { points: [[0, 0, 0]] }, 'not two coordinates'],
      ['a mask that is no PNG', { shape_type: 'mask', mask: 'AAAA' }, 'the mask is no PNG'],
      ['a mask without its picture', { shape_type: 'mask' }, 'the mask is missing'],
    ] as const) {
      it(`refuses a shape of ${fault}, naming it`, async () => {
        const { images } = await read(file([square('car', 0, 0, more)]));
        const { message: found } = await failureOf(pixelsOf(images[0]));
        expect(found).to.contain(message).and.to.contain('shape 1 (car)');
      });
    }
  });

  describe('COCO', () => {
    const images = [
      { id: 7, file_name: 'clip/00000.jpg', width: 10, height: 10 },
      { id: 8, file_name: 'clip/00001.jpg', width: 10, height: 10 },
      { id: 9, file_name: 'clip/00002.jpg', width: 10, height: 10 },
    ];
    const categories = [
      { id: 1, name: 'person' },
      { id: 3, name: 'car' },
    ];
    const data = (annotations: unknown[], more = {}) => ({ images, categories, annotations, ...more });
    const box = [3, 2, 6, 2, 6, 4, 3, 4];

    it('gives polygons, plain and compressed run lengths: the same box three times', async () => {
      const segmentations = [
        [box],
        { size: [10, 10], counts: [32, 2, 8, 2, 8, 2, 46] },
        { size: [10, 10], counts: 'P128000V1' },
      ];
      const found = await read(
        data(
          segmentations.map((segmentation, i) => ({ id: i, image_id: 7 + i, category_id: 3, segmentation })),
        ),
      );
      expect([found.format, ...found.images.map(({ name }) => name)]).to.deep.equal([
        'coco',
        '00000',
        '00001',
        '00002',
      ]);
      const drawing = Array.from({ length: 10 }, (_, y) =>
        y === 2 || y === 3 ? '...###....' : '..........',
      );
      for (const image of found.images)
        expect(await areasOf(image), image.name).to.deep.equal([['car', drawing]]);
    });

    it('joins the polygons of one annotation, also where they overlap', async () => {
      const segmentation = [box, box, [0, 0, 1, 0, 1, 1, 0, 1]];
      const { images: found } = await read(data([{ id: 1, image_id: 7, category_id: 1, segmentation }]));
      expect(await pixelsOf(found[0])).to.deep.equal([['person', 7]]);
    });

    it('keeps instances apart: by track where there is one, else counted', async () => {
      const one = (image_id: number, more = {}) => ({
        id: 1,
        image_id,
        category_id: 1,
        segmentation: [box],
        ...more,
      });
      const { images: found, notes } = await read(
        data([one(7), one(7), one(8, { attributes: { track_id: 4 } }), one(9, { category_id: 5 })]),
      );
      expect(found.map(({ objects }) => objects)).to.deep.equal([
        ['person', 'person 2'],
        ['person #4'],
        ['category 5'],
      ]);
      expect(notes.join()).to.contain('objects of their own (person 2)').and.to.contain('by their order');
    });

    it('gives no instance the name of another category', async () => {
      const named = [
        { id: 1, name: 'car' },
        { id: 2, name: 'car 2' },
      ];
      const of = (category_id: number) => ({ id: 1, image_id: 7, category_id, segmentation: [box] });
      const { images: found } = await read(data([of(1), of(1), of(2)], { categories: named }));
      expect(found[0].objects).to.deep.equal(['car', 'car 3', 'car 2']);
    });

    it('lists annotations of boxes alone as unfit', async () => {
      const { unfit } = await read(
        data([{ id: 1, image_id: 8, category_id: 3, bbox: [1, 1, 2, 2], segmentation: [] }]),
      );
      expect(unfit).to.deep.equal([{ kind: 'box', object: 'car', image: '00001' }]);
    });

    it('is found in the folder "annotations" of an unpacked export', async () => {
      await json('export/annotations/instances_default.json', data([]));
      expect((await readAnnotations(folder.at('export'))).format).to.equal('coco');
    });

    for (const [fault, segmentation, message] of [
      ['of another size', { size: [10, 9], counts: [90] }, 'the mask is 9×10, its image 10×10'],
      ['with damaged text', { size: [10, 10], counts: 'P128000V' }, 'cut off'],
      ['that ends early', { size: [10, 10], counts: [32, 2] }, 'add up to 34 pixels'],
      ['without counts', { size: [10, 10] }, 'counts is neither'],
      ['of two corners', [[1, 2, 3, 4]], 'at least three corners'],
      ['of an odd number of coordinates', [[1, 2, 3, 4, 5, 6, 7]], '7 coordinates'],
      ['of words', [['1', 2, 3, 4, 5, 6]], 'is no number'],
    ] as const) {
      it(`refuses a segmentation ${fault}, naming the annotation`, async () => {
        const { images: found } = await read(data([{ id: 55, image_id: 7, category_id: 3, segmentation }]));
        const { message: text } = await failureOf(pixelsOf(found[0]));
        expect(text).to.contain(message).and.to.contain('annotation 55 of clip/00000.jpg');
      });
    }

    it('refuses annotations of an image that is not there, and images without size', async () => {
      const { message } = await failureOf(read(data([{ id: 1, image_id: 99, category_id: 1 }])));
      expect(message).to.contain('image 99, which is not listed');
      const bare = data([], { images: [{ id: 1, file_name: 'a.jpg', width: 3 }] });
      expect((await failureOf(read(bare))).message).to.contain('height of a.jpg is missing');
    });
  });

  describe('Segment Anything', () => {
    const mask = (counts: unknown, more = {}) => ({
      segmentation: { size: [10, 10], counts },
      area: 6,
      ...more,
    });

    it('gives the masks of its automatic generator, named by their place', async () => {
      const { format, images, namedAfterFrames } = await read(
        [mask('P128000V1'), mask([0, 100])],
        'shot.json',
      );
      expect([format, namedAfterFrames, images[0].name]).to.deep.equal(['sam', false, 'shot']);
      expect(await pixelsOf(images[0])).to.deep.equal([
        ['mask 0', 6],
        ['mask 1', 100],
      ]);
    });

    it('gives the masks of a file of SA-1B, which names its image', async () => {
      const image = { image_id: 1, width: 10, height: 10, file_name: 'sa_1.jpg' };
      const { format, images } = await read({ image, annotations: [mask('0T3', { id: 5 })] });
      expect([format, images[0].name]).to.deep.equal(['sam', 'sa_1']);
      expect(await pixelsOf(images[0])).to.deep.equal([['mask 0', 100]]);
    });

    it('refuses results of COCO, which name no image', async () => {
      const { message } = await failureOf(read([mask('0T3', { image_id: 1, category_id: 1, score: 1 })]));
      expect(message).to.contain('a list of COCO results');
    });
  });
});
