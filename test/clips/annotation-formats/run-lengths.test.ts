import { expect } from 'chai';
import { decompressRuns, drawRuns } from '../../../src/clips/annotation-formats/run-lengths.js';
import { countInside, rowsOf } from './areas-as-text.js';

/** Rows of a box of whole pixels. */
function box(size: number, [top, bottom]: number[], [left, right]: number[]): string[] {
  return Array.from({ length: size }, (_, y) =>
    Array.from({ length: size }, (_, x) =>
      y >= top && y < bottom && x >= left && x < right ? '#' : '.',
    ).join(''),
  );
}

describe('run lengths', () => {
  it('of COCO go down the columns', () => {
    // column by column: 0 1, 1 1, 0 0
    expect(rowsOf(drawRuns([1, 3, 2], { width: 3, height: 2 }, 'columns'), 3)).to.deep.equal(['.#.', '##.']);
  });

  it('of CVAT go along the rows', () => {
    expect(rowsOf(drawRuns([1, 3, 2], { width: 3, height: 2 }, 'rows'), 3)).to.deep.equal(['.##', '#..']);
  });

  it('that begin with 0 begin inside', () => {
    // documentation of pycocotools: M=[1 1 1 1 1 1 0] has the counts [0 6 1]
    expect(rowsOf(drawRuns([0, 6, 1], { width: 7, height: 1 }, 'columns'), 7)).to.deep.equal(['######.']);
  });

  it('in the text form of the COCO API are decompressed', () => {
    const strings: [string, number[]][] = [
      ['061M', [0, 6, 1, 3]],
      ['0610', [0, 6, 1, 6]],
      ['061K', [0, 6, 1, 1]],
      ['011101010', [0, 1, 1, 2, 1, 3, 1, 4, 1]],
      ['0PP1', [0, 1024]],
      ['0T3', [0, 100]],
    ];
    for (const [text, runs] of strings) expect(decompressRuns(text), text).to.deep.equal(runs);
  });

  it('of boxes give the boxes (strings of the tests of pytorchcocotools, which compare with pycocotools)', () => {
    const size = { width: 25, height: 25 };
    const start = drawRuns(decompressRuns('05d00000000d?'), size, 'columns');
    expect(rowsOf(start, 25)).to.deep.equal(box(25, [0, 5], [0, 5]));
    const middle = drawRuns(decompressRuns('R45d00000000b;'), size, 'columns');
    expect(rowsOf(middle, 25)).to.deep.equal(box(25, [5, 10], [5, 10]));
    // the box of the COCO API's test of bounding boxes; by hand 32, 2, 8, 2, 8, 2, 46
    const wide = drawRuns(decompressRuns('P128000V1'), { width: 10, height: 10 }, 'columns');
    expect(rowsOf(wide, 10)).to.deep.equal(box(10, [2, 4], [3, 6]));
  });

  it('that begin with empty runs keep their colours (cocodataset/cocoapi, test of zero-leading masks)', () => {
    expect(decompressRuns('000l0')).to.deep.equal([0, 0, 0, 28]);
    expect(rowsOf(drawRuns([0, 0, 0, 2, 2], { width: 4, height: 1 }, 'rows'), 4)).to.deep.equal(['##..']);
  });

  it('that do not add up to the picture are refused', () => {
    expect(() => drawRuns([2, 3], { width: 3, height: 2 }, 'rows')).to.throw('add up to 5 pixels, 3×2 are 6');
    expect(() => drawRuns([2, 5], { width: 3, height: 2 }, 'rows')).to.throw('add up to 7 pixels');
    expect(() => drawRuns([8, -2], { width: 3, height: 2 }, 'rows')).to.throw('add up to 6 pixels');
    expect(() => drawRuns([1.5, 4.5], { width: 3, height: 2 }, 'rows')).to.throw();
  });

  it('that are damaged are refused', () => {
    expect(() => decompressRuns('05d')).to.throw('cut off');
    expect(() => decompressRuns('05 d')).to.throw('foreign character');
    expect(() => decompressRuns('05ä0')).to.throw('foreign character');
    expect(() => decompressRuns('0oooooooo0')).to.throw('too large');
    expect(() => decompressRuns('0N')).to.throw('negative');
  });

  it('a million of pixels are drawn, not listed', () => {
    expect(countInside(drawRuns([0, 1024 * 1024], { width: 1024, height: 1024 }, 'columns'))).to.equal(
      1024 * 1024,
    );
  });
});
