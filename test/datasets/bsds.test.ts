import { rmSync } from 'node:fs';
import { expect } from 'chai';
import { encode } from 'fast-png';
import { readBsds, readBsdsContours, type BsdsImage } from '../../src/datasets/bsds.js';
import { failureOf, flat, save } from '../clips/test-pictures.js';
import { height, SmallBsds, width } from './small-bsds.js';

describe('BSDS500 as pictures', () => {
  let data: SmallBsds;
  const first = (split: string): BsdsImage => readBsds(data.root).list(split)[0];

  beforeEach(() => {
    data = new SmallBsds().image('train', '7', [[3], [3, 9], [9]]).image('test', '8', [[5], [6]]);
  });
  afterEach(() => data.remove());

  it('lists the images of each split', () => {
    const bsds = readBsds(data.image('test', '12', [[1]]).root);
    expect(bsds.splits).to.deep.equal(['train', 'test']);
    expect(bsds.list('test').map(({ id }) => id)).to.deep.equal(['8', '12']);
    expect(bsds.list('train')).to.deep.equal([{ split: 'train', id: '7', annotators: 3, width, height }]);
  });

  it('takes columns by their names, and lines as other systems end them', () => {
    data.write('BSDS500/annotators.csv', 'id,split,height,width,annotators\r\n99,val,16,24,4\r\n');
    expect(first('val')).to.deep.equal({ split: 'val', id: '99', annotators: 4, width, height });
  });

  it('reads the contours of each annotator', async () => {
    const contours = await readBsdsContours(data.root, first('train'));
    const columns = contours.map((map) =>
      [...map.data.subarray(0, width)].flatMap((v, x) => (v > 0 ? [x] : [])),
    );
    expect(columns).to.deep.equal([[3], [3, 9], [9]]);
  });

  it('reads counts as they are', async () => {
    data.grey('BSDS500/counts/train/7.png', (x) => (x === 3 ? 2 : x === 9 ? 3 : 0));
    const counts = await readBsds(data.root).counts(first('train'));
    expect([...counts.data.subarray(0, 10)]).to.deep.equal([0, 0, 0, 2, 0, 0, 0, 0, 0, 3]);
  });

  it('reads photographs', async () => {
    await save(
      data.path('BSDS500/images/train/7.jpg'),
      flat(width, height, [200, 100, 50]).jpeg().toBuffer(),
    );
    const { rgb } = await readBsds(data.root).photograph(first('train'));
    [200, 100, 50].forEach((value, k) => expect(rgb[k]).to.be.closeTo(value, 3));
  });

  describe('names the file and what to do', () => {
    const faults: [string, string[], (data: SmallBsds) => unknown][] = [
      [
        'without the list',
        ['BSDS500/annotators.csv', 'the list of images is missing', 'give the folder that holds'],
        () => {
          rmSync(data.path('BSDS500/annotators.csv'));
          return readBsds(data.root);
        },
      ],
      [
        'where the list is another',
        ['not a list of images', 'split,id,annotators,height,width'],
        () => readBsds(data.write('BSDS500/annotators.csv', 'name,age\na,1\n').root),
      ],
      [
        'where a line of the list is broken',
        ['line 3 describes no image: test,8,none,16,24'],
        () => {
          const list = 'split,id,annotators,height,width\ntrain,7,3,16,24\ntest,8,none,16,24\n';
          return readBsds(data.write('BSDS500/annotators.csv', list).root);
        },
      ],
      [
        'for an unknown split',
        ['no images of the split val', 'train, test'],
        () => readBsds(data.root).list('val'),
      ],
      [
        'without a photograph',
        ['images/train/7.jpg', 'the photograph is missing'],
        () => readBsds(data.root).photograph(first('train')),
      ],
      [
        'where a photograph is broken',
        ['images/train/7.jpg', 'cannot be read', 'copy it from the data set again'],
        () => readBsds(data.write('BSDS500/images/train/7.jpg', 'broken').root).photograph(first('train')),
      ],
      [
        'without counts',
        ['counts/test/8.png', 'the count map is missing'],
        () => readBsds(data.root).counts(first('test')),
      ],
      [
        'where more marked a pixel than there are',
        ['marked by 4 of 3 annotators', 'counts/train/7.png'],
        () => readBsds(data.grey('BSDS500/counts/train/7.png', () => 4).root).counts(first('train')),
      ],
      [
        'without the contours of an annotator',
        ['boundaries/train/7/1.png', 'are missing'],
        () => {
          rmSync(data.path('BSDS500/boundaries/train/7/1.png'));
          return readBsdsContours(data.root, first('train'));
        },
      ],
      [
        'where a map is cut off',
        ['boundaries/train/7/2.png', 'copy it from the data set again'],
        () => readBsdsContours(data.write('BSDS500/boundaries/train/7/2.png', 'PNG').root, first('train')),
      ],
      [
        'where a map has another size',
        ['the picture is 2×1, annotators.csv says 24×16', 'boundaries/train/7/0.png'],
        () => {
          const small = encode({ width: 2, height: 1, data: new Uint8Array(2), depth: 8, channels: 1 });
          return readBsdsContours(data.write('BSDS500/boundaries/train/7/0.png', small).root, first('train'));
        },
      ],
    ];
    for (const [name, parts, act] of faults) {
      it(name, async () => {
        const error = await failureOf(async () => act(data));
        expect(error).to.include({ code: 'data-set', exit: 3 });
        for (const part of parts) expect(error.message).to.include(part);
      });
    }
  });
});
