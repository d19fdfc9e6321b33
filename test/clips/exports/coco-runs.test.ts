import { expect } from 'chai';
import fc from 'fast-check';
import { decompressRuns, drawRuns } from '../../../src/clips/annotation-formats/run-lengths.js';
import { cocoMask, compressRuns } from '../../../src/clips/exports/coco-runs.js';

type Shape = (x: number, y: number) => boolean;

function draw(width: number, height: number, inside: Shape, id = 1) {
  const data = Uint8Array.from({ length: width * height }, (_, i) =>
    inside(i % width, Math.floor(i / width)) ? id : 0,
  );
  return { width, height, data };
}

describe('run lengths of COCO', () => {
  it('are written in characters of five bits, from the fourth on as differences', () => {
    // by hand: 20 = 0b10100 has its fifth bit set, so a 0 must follow to say that it is positive
    expect(compressRuns([2, 1, 1])).to.equal('211');
    expect(compressRuns([20])).to.equal('d0');
    expect(compressRuns([40])).to.equal('X1'); // 8 and more, 1
    expect(compressRuns([1, 1, 1, 1])).to.equal('1110'); // 1 − 1
    expect(compressRuns([0, 5, 1, 2])).to.equal('051M'); // 2 − 5 = −3: 0b11101
    expect(compressRuns([0, 40, 1, 4])).to.equal('0X11lN'); // 4 − 40 = −36: 0b11100 and more, 0b11110
  });

  it('go down the columns, the first one outside', () => {
    const mask = cocoMask({ width: 3, height: 2, data: Uint8Array.of(7, 0, 7, 0, 7, 7) }, 7);
    // columns: (7 0) (0 7) (7 7)
    expect(mask).to.deep.equal({ runs: [0, 1, 2, 3], area: 4, bbox: [0, 0, 3, 2] });
    expect(cocoMask({ width: 3, height: 2, data: new Uint8Array(6) }, 7)).to.equal(undefined);
  });

  // printed by pycocotools 2.0.11: mask.encode, mask.area, mask.toBbox
  const table: [string, number, number, Shape, string, number, number[]][] = [
    [
      'a disk',
      40,
      30,
      (x, y) => (x - 20) ** 2 + (y - 14) ** 2 <= 81,
      'h:1i08K2N2N2N2O00000O20N1000001N2N2N2N5HR9',
      253,
      [11, 5, 19, 19],
    ],
    ['a corner', 40, 30, (x, y) => x >= 36 && y >= 25, 'aR15i000000', 20, [36, 25, 4, 5]],
    ['the first pixel', 40, 30, (x, y) => x === 0 && y === 0, '01_U1', 1, [0, 0, 1, 1]],
    ['all of it', 40, 30, () => true, '0`U1', 1200, [0, 0, 40, 30]],
    [
      'scattered pixels',
      13,
      9,
      (x, y) => (x * 7 + y * 13) % 11 === 0,
      '01:0000000000000000000L',
      11,
      [0, 0, 13, 9],
    ],
    [
      'stripes',
      40,
      30,
      (x, y) => x % 7 < 3 && y % 5 !== 2,
      '0212000000000000000000000000000000000' + 'Ng30YL2000000000000000000000000000000000'.repeat(5) + 'Nk1',
      432,
      [0, 0, 38, 30],
    ],
  ];
  for (const [name, width, height, inside, counts, area, bbox] of table) {
    it(`of ${name} are those of pycocotools`, () => {
      const mask = cocoMask(draw(width, height, inside, 3), 3)!;
      expect(compressRuns(mask.runs)).to.equal(counts);
      expect([mask.area, mask.bbox]).to.deep.equal([area, bbox]);
    });
  }

  it('give the mask back, whatever it is', () => {
    const masks = fc
      .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }))
      .chain(([width, height]) =>
        fc
          .uint8Array({ min: 0, max: 1, minLength: width * height, maxLength: width * height })
          .map((data) => ({ width, height, data })),
      );
    fc.assert(
      fc.property(masks, (labels) => {
        const mask = cocoMask(labels, 1);
        if (!mask) return labels.data.every((label) => label === 0);
        const text = compressRuns(mask.runs);
        return Buffer.from(drawRuns(decompressRuns(text), labels, 'columns')).equals(labels.data);
      }),
    );
  });
});
