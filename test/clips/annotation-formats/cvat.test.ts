import { encode } from 'fast-png';
import { expect } from 'chai';
import { readAnnotations } from '../../../src/clips/annotation-formats/read-annotations.js';
import { failureOf, save, temporaryFolder } from '../test-pictures.js';
import { areasOf, countInside, pixelsOf } from './areas-as-text.js';

const image = (shapes: string, size = 'width="8" height="4"') =>
  `<image id="0" name="dir/frame_000012.jpg" ${size}>${shapes}</image>`;
const document = (...images: string[]) =>
  Buffer.from(`<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta><task><name>clip</name><mode>annotation</mode></task></meta>
  ${images.join('\n')}
</annotations>`);

describe('CVAT', () => {
  const folder = temporaryFolder();
  const read = async (content: Buffer) => readAnnotations(await save(folder.at('annotations.xml'), content));

  it('gives polygons and masks of an image, whose runs go along the rows of their box', async () => {
    const { format, images, namedAfterFrames } = await read(
      document(
        image(`
          <polygon label="car" source="manual" occluded="0" points="1.00,0.00;4.00,0.00;4.00,2.00;1.00,2.00" z_order="0"></polygon>
          <mask label="dog &amp; cat" source="manual" occluded="0" rle="1, 3, 2" left="5" top="2" width="3" height="2" z_order="0"></mask>`),
      ),
    );
    expect([format, namedAfterFrames]).to.deep.equal(['cvat', true]);
    expect(images.map(({ name, width, height }) => [name, width, height])).to.deep.equal([
      ['frame_000012', 8, 4],
    ]);
    expect(images[0].objects).to.deep.equal(['car', 'dog & cat']);
    expect(await areasOf(images[0])).to.deep.equal([
      ['car', ['.###....', '.###....', '........', '........']],
      ['dog & cat', ['........', '........', '......##', '.....#..']],
    ]);
  });

  it('gives the mask of a published export (cvat-ai/cvat, issue 4723) as an upright blob', async () => {
    const rle =
      '17, 10, 27, 15, 23, 18, 20, 21, 18, 23, 16, 24, 15, 26, 13, 27, 13, 27, 12, 29, 10, 30, 9, 32, 7, 34, 5, 36, ' +
      '3, 38, 2, 38, 2, 39, 1, 39, 1, 120, 1, 39, 1, 39, 1, 39, 2, 38, 2, 38, 3, 37, 3, 37, 3, 37, 4, 36, 4, 35, 6, ' +
      '34, 7, 33, 7, 32, 9, 30, 10, 29, 13, 26, 15, 23, 18, 20, 22, 15, 12';
    const { images } = await read(
      document(
        image(
          `<mask label="blah" occluded="0" source="manual" rle="${rle}" left="79" top="304" width="40" height="40" z_order="0"> </mask>`,
          'width="640" height="480"',
        ),
      ),
    );
    const [area] = [...(images[0].areas() as Iterable<{ inside: Uint8Array }>)];
    // every second number of the list
    expect(countInside(area.inside)).to.equal(1243);
    const row = (y: number) => countInside(area.inside.subarray(640 * y, 640 * (y + 1)));
    expect([303, 304, 305, 322, 343, 344].map(row)).to.deep.equal([0, 10, 15, 40, 15, 0]);
  });

  it('stacks shapes by their level, and keeps groups apart', async () => {
    const polygon = (label: string, more: string) =>
      `<polygon label="${label}" points="0,0;2,0;2,2;0,2" ${more}/>`;
    const { images } = await read(
      document(
        image(
          polygon('top', 'z_order="3"') +
            polygon('bottom', 'z_order="-1"') +
            polygon('middle', 'z_order="0" group_id="7"') +
            polygon('middle', 'z_order="0"'),
        ),
      ),
    );
    expect(images[0].objects).to.deep.equal(['bottom', 'middle #7', 'middle', 'top']);
  });

  it('lists boxes, lines and ellipses as unfit, and passes over tags', async () => {
    const { unfit, images } = await read(
      document(
        image(`<box label="car" xtl="1" ytl="1" xbr="3" ybr="3"/><polyline label="road" points="0,0;1,1"/>
          <tag label="night" source="manual"></tag>`),
      ),
    );
    expect(unfit).to.deep.equal([
      { kind: 'box', object: 'car', image: 'frame_000012' },
      { kind: 'polyline', object: 'road', image: 'frame_000012' },
    ]);
    expect(images[0].objects).to.deep.equal([]);
  });

  for (const [fault, content, message] of [
    ['tracks', document('<track id="0" label="car"></track>'), 'as "CVAT for images 1.1"'],
    ['other XML', Buffer.from('<annotation><folder/></annotation>'), 'XML of another kind (<annotation>)'],
    ['damaged XML', Buffer.from('<annotations><image'), 'no valid XML in line 1'],
    ['no image', document(), 'the export has no image'],
    ['an image without size', document(image('', 'width="8"')), '<image> has no height'],
    ['two images of one name', document(image(''), image('')), 'two images are named frame_000012'],
  ] as const) {
    it(`is refused: ${fault}`, async () => {
      expect(await failureOf(read(content))).to.include({ code: 'annotations-unreadable', exit: 3 });
      expect((await failureOf(read(content))).message)
        .to.contain(message)
        .and.to.contain('annotations.xml');
    });
  }

  for (const [fault, shape, message] of [
    [
      'beyond the image',
      '<mask label="a" rle="0,4" left="7" top="0" width="2" height="2"/>',
      'reaches beyond',
    ],
    [
      'with runs of another size',
      '<mask label="a" rle="0,5" left="0" top="0" width="2" height="2"/>',
      'add up to 5',
    ],
    ['with words', '<mask label="a" rle="0,x" left="0" top="0" width="2" height="2"/>', 'is no number'],
    ['without its box', '<mask label="a" rle="0,4"/>', 'has no left'],
    ['of two corners', '<polygon label="a" points="0,0;1,1"/>', 'at least three corners'],
  ]) {
    it(`refuses a shape ${fault}, naming image and label`, async () => {
      const { images } = await read(document(image(shape)));
      const { message: found } = await failureOf(pixelsOf(images[0]));
      expect(found).to.contain(message).and.to.contain('dir/frame_000012.jpg').and.to.contain('of a');
    });
  }

  describe('segmentation masks', () => {
    const labelMap = `# label:color_rgb:parts:actions
background:0,0,0::
car:128,0,0::
person:250,50,83::
tree:1,2,3::
`;
    /** 4×2: background, car, car, person. */
    const colours = [
      [0, 0, 0],
      [128, 0, 0],
      [128, 0, 0],
      [250, 50, 83],
    ];
    const rgb = (rows: number[][][]) =>
      encode({
        width: rows[0].length,
        height: rows.length,
        channels: 3,
        data: Uint8Array.from(rows.flat(2)),
      });

    async function exported(png: Uint8Array, map = labelMap): Promise<string> {
      await save(folder.at('export', 'labelmap.txt'), Buffer.from(map));
      await save(folder.at('export', 'SegmentationObject', '00007.png'), rgb([colours, colours]));
      return save(folder.at('export', 'SegmentationClass', '00007.png'), png);
    }

    it('are read by the colours of labelmap.txt, whose order gives the ids', async () => {
      const picture = await exported(rgb([colours, [...colours].reverse()]));
      for (const source of [folder.at('export'), folder.at('export', 'SegmentationClass'), picture]) {
        const { format, images, ids } = await readAnnotations(source);
        expect(format, source).to.equal('cvat-masks');
        expect(await areasOf(images[0])).to.deep.equal([
          ['car', ['.##.', '.##.']],
          ['person', ['...#', '#...']],
        ]);
        expect([...ids]).to.deep.equal([
          ['car', 1],
          ['person', 2],
          ['tree', 3],
        ]);
        expect(images[0].name).to.equal('00007');
      }
    });

    it('may have one channel: the number of the label', async () => {
      const data = Uint8Array.from([0, 1, 2, 3]);
      await exported(encode({ width: 4, height: 1, channels: 1, data }));
      const { images } = await readAnnotations(folder.at('export'));
      expect(await areasOf(images[0])).to.deep.equal([
        ['car', ['.#..']],
        ['person', ['..#.']],
        ['tree', ['...#']],
      ]);
    });

    it('may have another background, named so', async () => {
      await exported(
        rgb([
          [
            [0, 128, 0],
            [128, 0, 0],
          ],
        ]),
        'background:0,128,0::\ncar:128,0,0::\n',
      );
      const { images } = await readAnnotations(folder.at('export'));
      expect(await areasOf(images[0])).to.deep.equal([['car', ['.#']]]);
    });

    it('with colours that labelmap.txt does not have are refused with the counts', async () => {
      await exported(
        rgb([
          [
            [0, 0, 0],
            [9, 9, 9],
            [9, 9, 9],
          ],
        ]),
      );
      const { message } = await failureOf(readAnnotations(folder.at('export')));
      expect(message).to.contain('1 of the colours are no labels').and.to.contain('(9,9,9) (2 pixels)');
    });

    it('without labelmap.txt, or with a damaged one, are refused', async () => {
      await save(folder.at('bare', 'SegmentationClass', '1.png'), rgb([colours]));
      const bare = await failureOf(readAnnotations(folder.at('bare')));
      expect(bare.message).to.contain('labelmap.txt').and.to.contain('unpack the whole export');
      await exported(rgb([colours]), 'car;128;0;0\n');
      expect((await failureOf(readAnnotations(folder.at('export')))).message).to.contain(
        'line 1 is not "label:',
      );
    });
  });
});
