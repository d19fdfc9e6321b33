/** J and F of drawn masks against numbers from an independent implementation that reproduces the published scores. */
import { expect } from 'chai';
import { contourAccuracy, contourOf, contourTolerance } from '../../src/scores/contour.js';
import { regionSimilarity, withoutIgnored } from '../../src/scores/region.js';
import { disk, either, everything, nothing, paint, pixel, rectangle, without, type Shape } from './shapes.js';

const BOUND = 1e-9;

interface Row {
  id: string;
  truth: Shape;
  prediction: Shape;
  /** Pixels of truth and prediction, then of their contours. */
  counts: [number, number, number, number];
  J: number;
  F: number;
}

const row = (
  id: string,
  truth: Shape,
  prediction: Shape,
  counts: Row['counts'],
  J: number,
  F: number,
): Row => ({ id, truth, prediction, counts, J, F });

const round = disk(427, 240, 100);
const left = rectangle(0, 399, 0, 479);

const tables: { width: number; height: number; rows: Row[] }[] = [
  {
    width: 854,
    height: 480,
    rows: [
      row('G01', round, disk(434, 243, 100), [31417, 31417, 804, 804], 0.907528840316, 1),
      row(
        'G02',
        round,
        rectangle(300, 499, 150, 349),
        [31417, 40000, 804, 800],
        0.65524034673,
        0.202729103423,
      ),
      row('G03', round, disk(427, 240, 92), [31417, 26565, 804, 740], 0.845561320304, 0.787786728564),
      row('G04', round, disk(427, 240, 91), [31417, 25997, 804, 732], 0.827481936531, 0.041666666667),
      row('G05', left, rectangle(0, 407, 0, 479), [192000, 195840, 480, 480], 0.980392156863, 1),
      row('G06', left, rectangle(0, 408, 0, 479), [192000, 196320, 480, 480], 0.977995110024, 0),
      row(
        'G07',
        rectangle(800, 853, 400, 479),
        rectangle(795, 853, 405, 479),
        [4320, 4425, 135, 135],
        0.862619808307,
        1,
      ),
      row(
        'G08',
        either(rectangle(100, 199, 100, 199), rectangle(600, 699, 300, 399)),
        rectangle(100, 199, 100, 199),
        [20000, 10000, 800, 400],
        0.5,
        0.666666666667,
      ),
      row(
        'G09',
        rectangle(100, 299, 100, 299),
        without(rectangle(100, 299, 100, 299), disk(200, 200, 40)),
        [40000, 34975, 800, 1124],
        0.874375,
        0.831600831601,
      ),
      row('G10', nothing, nothing, [0, 0, 0, 0], 1, 1),
      row('G11', round, nothing, [31417, 0, 804, 0], 0, 0),
      row('G12', everything, nothing, [409920, 0, 0, 0], 0, 1),
      row('G13', everything, everything, [409920, 409920, 0, 0], 1, 1),
      row('G14', disk(427, 240, 3), disk(435, 240, 3), [29, 29, 28, 28], 0, 1),
      row('G15', pixel(853, 479), pixel(853, 479), [1, 1, 3, 3], 1, 1),
      row('G16', pixel(0, 0), pixel(8, 0), [1, 1, 1, 2], 0, 1),
    ],
  },
  {
    width: 910,
    height: 480,
    rows: [
      row('W01', left, rectangle(0, 408, 0, 479), [192000, 196320, 480, 480], 0.977995110024, 1),
      row('W02', left, rectangle(0, 409, 0, 479), [192000, 196800, 480, 480], 0.975609756098, 0),
    ],
  },
  {
    width: 53,
    height: 37,
    rows: [
      row('S01', disk(26, 18, 10), disk(27, 18, 10), [317, 317, 84, 84], 0.87573964497, 1),
      row('S02', disk(26, 18, 10), disk(28, 19, 10), [317, 317, 84, 84], 0.75138121547, 0.52380952381),
      row(
        'S03',
        disk(26, 18, 10),
        rectangle(17, 35, 9, 27),
        [317, 361, 84, 76],
        0.857534246575,
        0.792452830189,
      ),
      row(
        'S04',
        (x, y) => (3 * x + 5 * y) % 7 < 3,
        (x, y) => (3 * x + 5 * y + 1) % 7 < 3,
        [841, 841, 1937, 1938],
        0.50044603033,
        1,
      ),
      row(
        'S05',
        (x, y) => (x * y) % 11 < 5,
        (x, y) => (x * y) % 11 < 4,
        [1013, 854, 1573, 1573],
        0.84304047384,
        1,
      ),
      row(
        'S06',
        (x, y) => x + y <= 40,
        (x, y) => x + y <= 43,
        [851, 962, 73, 73],
        0.884615384615,
        0,
      ),
      row(
        'S07',
        rectangle(0, 20, 0, 36),
        rectangle(0, 52, 0, 15),
        [777, 848, 37, 53],
        0.260667183863,
        0.066666666667,
      ),
      row('S08', disk(0, 0, 20), disk(2, 1, 20), [335, 397, 41, 46], 0.843828715365, 0.263210368893),
    ],
  },
];

describe('region similarity and contour accuracy', () => {
  for (const { width, height, rows } of tables) {
    for (const { id, truth, prediction, counts, J, F } of rows) {
      it(`agree with golden row ${id} at ${width}×${height}`, () => {
        const real = paint(width, height, truth, 255);
        const predicted = paint(width, height, prediction);
        const area = (data: Uint8Array) => data.filter((value) => value !== 0).length;
        expect([
          area(real.data),
          area(predicted.data),
          contourOf(real).xs.length,
          contourOf(predicted).xs.length,
        ]).to.deep.equal(counts);
        expect(regionSimilarity(predicted, real)).to.be.closeTo(J, BOUND);
        expect(contourAccuracy(predicted, real)).to.be.closeTo(F, BOUND);
      });
    }
  }

  it('leave ignored pixels out', () => {
    const truth = paint(200, 200, rectangle(100, 149, 100, 149));
    const prediction = paint(200, 200, rectangle(50, 149, 100, 149));
    const ignored = paint(200, 200, rectangle(50, 99, 100, 149));
    expect(regionSimilarity(prediction, truth)).to.equal(0.5);
    expect(contourAccuracy(prediction, truth)).to.be.closeTo(0.628, 0.0005);
    const pair = [withoutIgnored(prediction, ignored), withoutIgnored(truth, ignored)] as const;
    expect(regionSimilarity(...pair)).to.equal(1);
    expect(contourAccuracy(...pair)).to.equal(1);
  });

  it('tolerate the pixels that the official tools do at each size', () => {
    const sizes = [
      [854, 480, 8],
      [910, 480, 9],
      [1152, 480, 10],
      [1920, 1080, 18],
      [53, 37, 1],
      [200, 200, 3],
    ];
    for (const [width, height, pixels] of sizes) expect(contourTolerance(width, height)).to.equal(pixels);
  });
});
