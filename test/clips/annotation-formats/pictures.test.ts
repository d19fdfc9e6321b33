import { encode } from 'fast-png';
import { expect } from 'chai';
import { encodeIndexedPng } from '../../../src/clips/indexed-png.js';
import { readAnnotations } from '../../../src/clips/annotation-formats/read-annotations.js';
import { failureOf, save, temporaryFolder } from '../test-pictures.js';
import { areasOf, pixelsOf } from './areas-as-text.js';

const RED = [255, 0, 0];
const BLUE = [0, 0, 255];
const BLACK = [0, 0, 0];

/** White where the drawing has `#`. */
function blackAndWhite(...rows: string[]): Uint8Array {
  const data = Uint8Array.from(rows.join(''), (letter) => (letter === '#' ? 255 : 0));
  return encode({ width: rows[0].length, height: rows.length, channels: 1, data });
}

/** Bars of colours, 4 pixels wide and high. */
function bars(...colours: number[][]): Uint8Array {
  const row = colours.flatMap((colour) => Array.from({ length: 4 }, () => colour)).flat();
  const data = Uint8Array.from([row, row, row, row].flat());
  return encode({ width: 4 * colours.length, height: 4, channels: 3, data });
}

describe('painted pictures', () => {
  const folder = temporaryFolder();

  it('keep their ids, and "ignore"', async () => {
    const data = Uint8Array.from([0, 3, 1, 255]);
    const file = await save(folder.at('first.png'), encodeIndexedPng({ width: 4, height: 1, data }));
    const { format, images, ids } = await readAnnotations(file);
    expect(format).to.equal('picture');
    expect(await areasOf(images[0])).to.deep.equal([
      ['1', ['..#.']],
      ['3', ['.#..']],
      [null, ['...#']],
    ]);
    expect([...ids]).to.deep.equal([
      ['1', 1],
      ['3', 3],
    ]);
  });

  it('of any colours name objects by colour, the same in all pictures of a folder', async () => {
    await save(folder.at('masks', '00001.png'), bars(BLACK, RED, BLUE));
    await save(folder.at('masks', '00002.png'), bars(BLUE, BLACK, RED));
    const { images, ids } = await readAnnotations(folder.at('masks'));
    expect(images.map(({ name, objects }) => [name, objects])).to.deep.equal([
      ['00001', ['ff0000', '0000ff']],
      ['00002', ['0000ff', 'ff0000']],
    ]);
    expect([...ids], 'counted later, over all pictures').to.deep.equal([]);
    expect(await pixelsOf(images[1])).to.deep.equal([
      ['0000ff', 16],
      ['ff0000', 16],
    ]);
  });

  it('in colours of the palette have its numbers', async () => {
    const file = await save(folder.at('first.png'), bars(BLACK, [0, 128, 0], [128, 0, 0]));
    expect([...(await readAnnotations(file)).ids]).to.deep.equal([
      ['800000', 1],
      ['008000', 2],
    ]);
  });

  it('say how they were read', async () => {
    const data = Uint8Array.from([9, 9, 9, 255, 0, 0, 0, 0]);
    const file = await save(folder.at('cut.png'), encode({ width: 2, height: 1, channels: 4, data }));
    const { notes, images } = await readAnnotations(file);
    expect(notes.join('\n')).to.contain('alpha-channel PNG').and.to.contain('what is painted is the object');
    expect(await areasOf(images[0])).to.deep.equal([['1', ['#.']]]);
  });
});

describe('pictures for objects', () => {
  const folder = temporaryFolder();

  it('are put together, in the order of their numbers, and may overlap', async () => {
    await save(folder.at('shot', 'mask_10.png'), blackAndWhite('..##'));
    await save(folder.at('shot', 'mask_2.png'), blackAndWhite('###.'));
    const { format, images, ids } = await readAnnotations(folder.at('shot'));
    expect([format, images[0].name, ids.size]).to.deep.equal(['object-masks', 'shot', 0]);
    expect(await areasOf(images[0])).to.deep.equal([
      ['mask_2', ['###.']],
      ['mask_10', ['..##']],
    ]);
  });

  it('of Segment Anything are recognised by its table', async () => {
    await save(folder.at('shot', '0000.png'), blackAndWhite('#.'));
    await save(folder.at('shot', '0001.png'), blackAndWhite('.#'));
    expect((await readAnnotations(folder.at('shot'))).format, 'names as of frames').to.equal('picture');
    await save(folder.at('shot', 'metadata.csv'), Buffer.from('id,area\n'));
    expect((await readAnnotations(folder.at('shot'))).format).to.equal('object-masks');
  });

  it('are masks of frames where the clip has frames of these names, or as asked', async () => {
    await save(folder.at('shot', 'a.png'), blackAndWhite('#.'));
    await save(folder.at('shot', 'b.png'), blackAndWhite('.#'));
    expect((await readAnnotations(folder.at('shot'), { frames: ['a', 'b', 'c'] })).format).to.equal(
      'picture',
    );
    const { images } = await readAnnotations(folder.at('shot'), { format: 'picture' });
    expect(images.map(({ name }) => name)).to.deep.equal(['a', 'b']);
  });

  it('in folders of objects (SAM 2) keep the numbers of these', async () => {
    for (const object of ['002', '005'])
      for (const frame of ['00000', '00010'])
        await save(folder.at('out', object, `${frame}.png`), blackAndWhite(object === '002' ? '##.' : '.##'));
    const { images, ids, described } = await readAnnotations(folder.at('out'));
    expect(images.map(({ name }) => name)).to.deep.equal(['00000', '00010']);
    expect([...ids]).to.deep.equal([
      ['002', 2],
      ['005', 5],
    ]);
    expect(described).to.contain('<object>/<frame>.png');
    expect(await areasOf(images[1])).to.deep.equal([
      ['002', ['##.']],
      ['005', ['.##']],
    ]);
  });

  it('in folders of frames are told by their longer numbers, or by the clip', async () => {
    for (const object of ['001', '002'])
      await save(folder.at('out', '00000', `${object}.png`), blackAndWhite('#.'));
    const { images } = await readAnnotations(folder.at('out'));
    expect(images.map(({ name, objects }) => [name, objects])).to.deep.equal([['00000', ['001', '002']]]);
    const other = await readAnnotations(folder.at('out'), { frames: ['001', '002'] });
    expect(other.images.map(({ name, objects }) => [name, objects])).to.deep.equal([
      ['001', ['00000']],
      ['002', ['00000']],
    ]);
  });

  it('in folders of the same digits are refused', async () => {
    await save(folder.at('out', '01', '02.png'), blackAndWhite('#.'));
    expect((await failureOf(readAnnotations(folder.at('out')))).message).to.contain(
      'which are frames, folders (01)',
    );
  });

  it('of two objects, or of different sizes, are refused, naming both files', async () => {
    await save(folder.at('shot', 'a.png'), blackAndWhite('#.'));
    await save(folder.at('shot', 'b.png'), blackAndWhite('#..'));
    const sizes = await failureOf(pixelsOf((await readAnnotations(folder.at('shot'))).images[0]));
    expect(sizes.message).to.contain('3×1, and 2×1 in').and.to.contain('a.png').and.to.contain('b.png');
    const two = encodeIndexedPng({ width: 2, height: 1, data: Uint8Array.from([1, 2]) });
    await save(folder.at('shot', 'b.png'), two);
    const { images } = await readAnnotations(folder.at('shot'), { format: 'object-masks' });
    expect((await failureOf(pixelsOf(images[0]))).message)
      .to.contain('has 2 objects')
      .and.to.contain('b.png');
  });
});

describe('what is no annotation', () => {
  const folder = temporaryFolder();

  for (const [what, name, content, message] of [
    ['an archive', 'export.zip', Buffer.from('PK\x03\x04…'), 'unpack it'],
    ['an array of NumPy', 'masks.npy', Buffer.from('\x93NUMPY\x01\x00', 'latin1'), 'array of NumPy'],
    ['JSON of another kind', 'a.json', Buffer.from('{"frames": []}'), 'JSON of no known tool'],
    ['damaged JSON', 'a.json', Buffer.from('{"shapes": ['), 'no valid JSON'],
  ] as const) {
    it(`is refused: ${what}`, async () => {
      const file = await save(folder.at(name), content);
      const error = await failureOf(readAnnotations(file));
      expect(error).to.include({ code: 'annotations-unreadable', exit: 3, where: file });
      expect(error.message).to.contain(message);
    });
  }

  it('is refused: a file that is not there, an empty folder, a text', async () => {
    expect((await failureOf(readAnnotations(folder.at('gone.json')))).message).to.contain(
      'no such file or folder',
    );
    expect((await failureOf(readAnnotations(folder.path))).message).to.contain(
      'no annotations in this folder',
    );
    const text = await save(folder.at('notes.txt'), Buffer.from('words'));
    expect(await failureOf(readAnnotations(text))).to.include({ code: 'mask-unreadable', exit: 3 });
  });
});
