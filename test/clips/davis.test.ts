import { mkdir } from 'node:fs/promises';
import { expect } from 'chai';
import { openDavis } from '../../src/clips/davis.js';
import { writeMask } from '../../src/clips/write-mask.js';
import { failureOf, flat, save, temporaryFolder } from './test-pictures.js';

const mask = { width: 6, height: 4, data: new Uint8Array(24).fill(1) };

describe('openDavis', () => {
  const folder = temporaryFolder();

  beforeEach(async () => {
    for (const name of ['bear', 'swan']) {
      for (const frame of ['00000', '00005']) {
        await save(
          folder.at('D', 'JPEGImages', '480p', name, `${frame}.jpg`),
          flat(6, 4, [9, 9, 9]).jpeg().toBuffer(),
        );
      }
      await writeMask(folder.at('D', 'Annotations', '480p', name, '00000.png'), mask);
    }
  });

  it('reads the lists of 2017, with blank lines and Windows line ends', async () => {
    await save(folder.at('D', 'ImageSets', '2017', 'val.txt'), Buffer.from('swan\r\nbear \r\n\r\n'));
    const data = openDavis(folder.at('D'), { split: 'val' });
    expect(data.name).to.equal('D-val');
    expect(data.layout).to.equal('DAVIS layout, ImageSets/2017/val.txt: 2 of 2 sequences, 480p');
    expect(data.sequences.map(({ name }) => name)).to.deep.equal(['swan', 'bear']);
    const [swan] = data.sequences;
    expect(swan.frameNames).to.deep.equal(['00000', '00005']);
    expect(swan.annotatedFrames()).to.deep.equal(['00000']);
    expect(swan.firstAnnotation).to.equal('00000');
    expect(swan.annotationFile('00005')).to.equal(folder.at('D', 'Annotations', '480p', 'swan', '00005.png'));
    const clip = await swan.clip();
    expect([clip.name, clip.width, clip.height, clip.last]).to.deep.equal(['swan', 6, 4, 1]);
  });

  it('reads the pairs of paths of the first release, trailing blanks included', async () => {
    const lines = ['swan/00000', 'swan/00005', 'bear/00000'].map(
      (at) => `/JPEGImages/480p/${at}.jpg /Annotations/480p/${at}.png `,
    );
    await save(folder.at('D', 'ImageSets', '480p', 'val.txt'), Buffer.from(lines.join('\n')));
    expect(openDavis(folder.at('D'), { split: 'val' }).sequences.map(({ name }) => name)).to.deep.equal([
      'swan',
      'bear',
    ]);
  });

  it('prefers 2016, unless another year is asked for', async () => {
    await save(folder.at('D', 'ImageSets', '2016', 'val.txt'), Buffer.from('swan\n'));
    await save(folder.at('D', 'ImageSets', '2017', 'val.txt'), Buffer.from('bear\n'));
    const first = (year?: 2016 | 2017) => openDavis(folder.at('D'), { split: 'val', year }).sequences[0].name;
    expect([first(), first(2017)]).to.deep.equal(['swan', 'bear']);
  });

  it('keeps only the sequences asked for, in the order of the list', async () => {
    await save(folder.at('D', 'ImageSets', '2016', 'val.txt'), Buffer.from('swan\nbear\n'));
    const names = (...sequences: string[]) =>
      openDavis(folder.at('D'), { split: 'val', sequences }).sequences.map(({ name }) => name);
    expect(names('bear')).to.deep.equal(['bear']);
    expect(names('bear', 'swan')).to.deep.equal(['swan', 'bear']);
    const error = await failureOf(() => names('cat'));
    expect(error).to.include({ code: 'data-set', exit: 3 });
    expect(error.message)
      .to.contain('no such sequence in this split: cat')
      .and.to.contain('choose from swan, bear');
  });

  it('names the splits that are there when one is missing', async () => {
    await save(folder.at('D', 'ImageSets', '2016', 'train.txt'), Buffer.from('swan\n'));
    const error = await failureOf(() => openDavis(folder.at('D'), { split: 'val' }));
    expect(error).to.include({ code: 'data-set', exit: 3 });
    expect(error.message)
      .to.contain('no list of the split val')
      .and.to.contain('splits that are there: train');
  });

  it('names what is missing: root, frames, annotations', async () => {
    await save(folder.at('D', 'ImageSets', '2016', 'val.txt'), Buffer.from('cat\n'));
    expect((await failureOf(() => openDavis(folder.at('E'), { split: 'val' }))).message).to.contain(
      folder.at('E'),
    );
    expect((await failureOf(() => openDavis(folder.at('D'), { split: 'val' }))).message).to.contain(
      'the sequence cat has no frames',
    );
    await save(
      folder.at('D', 'JPEGImages', '480p', 'cat', '00000.jpg'),
      flat(6, 4, [9, 9, 9]).jpeg().toBuffer(),
    );
    await mkdir(folder.at('D', 'Annotations', '480p', 'cat'));
    const error = await failureOf(() => openDavis(folder.at('D'), { split: 'val' }));
    expect(error).to.include({ code: 'data-set', where: folder.at('D', 'Annotations', '480p', 'cat') });
  });
});
