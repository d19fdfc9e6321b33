/** The boundary benchmark on its authors' own worked example and result files. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { readGreyMap } from '../../../src/clips/grey-map.js';
import { decodePng } from '../../../src/clips/indexed-png.js';
import { countImage, type Counts } from '../../../src/scores/contour-benchmark/counts.js';
import { averagePrecision, bestBetween, summarise } from '../../../src/scores/contour-benchmark/summary.js';
import { thin } from '../../../src/scores/contour-benchmark/thinning.js';
import { evenThresholds } from '../../../src/scores/contour-benchmark/thresholds.js';
import type { Mask } from '../../../src/scores/region.js';

const root = path.join(process.env.OSVOS_DATA ?? '../shared/data', 'BSDS500');
const golden = path.join(root, 'bench_golden');
const ids = ['2018', '3063', '5096', '6046', '8068'];

function needs(this: Mocha.Context) {
  if (existsSync(golden)) return;
  console.log(`      skipped: ${golden} is not there (set OSVOS_DATA)`);
  this.skip();
}

const pictures = (folder: string, id: string) =>
  readdirSync(path.join(golden, folder, id)).map((file) => path.join(golden, folder, id, file));

function readMask(file: string): Mask {
  const { width, height, data } = decodePng(readFileSync(file));
  return { width, height, data: data as Uint8Array };
}

/** Rows of blank-separated numbers. */
const numbers = (...file: string[]) =>
  readFileSync(path.join(root, ...file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));

/** Corners between pixels of different labels; in the last row and column the frame repeats what lies before. */
function cornersOf(file: string): Mask {
  const { width, height, data } = decodePng(readFileSync(file));
  const label = (x: number, y: number) => data[Math.min(y, height - 1) * width + Math.min(x, width - 1)];
  const corners = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const square = [label(x, y), label(x + 1, y), label(x, y + 1), label(x + 1, y + 1)];
      corners[y * width + x] = square.some((other) => other !== square[0]) ? 1 : 0;
    }
  }
  return { width, height, data: corners };
}

describe('boundary benchmark on the authors’ data', () => {
  before(needs);

  it('thins the outlines of segmentations to the annotators’ maps, every pixel', () => {
    let maps = 0;
    for (const id of ids) {
      const outlines = pictures('segmentations', id);
      pictures('boundaries', id).forEach((file, k) => {
        const { data } = readMask(file);
        expect(
          Buffer.compare(
            thin(cornersOf(outlines[k])),
            data.map((v) => (v > 0 ? 1 : 0)),
          ),
          file,
        ).to.equal(0);
        maps++;
      });
    }
    expect(maps).to.equal(26);
  });

  describe('five images, five thresholds', () => {
    const thresholds = evenThresholds(5);
    const counts: Counts[][] = [];
    before(async () => {
      for (const id of ids) {
        const map = await readGreyMap(path.join(golden, 'soft', `${id}.png`));
        counts.push(countImage(map, pictures('boundaries', id).map(readMask), { thresholds }));
      }
    });

    it('give ODS, OIS and AP of exact matching', () => {
      const { ODS, OIS, AP } = summarise(thresholds, counts);
      expect(ODS.F).to.be.closeTo(0.704689, 0.0001);
      expect(ODS.recall).to.be.closeTo(0.60269, 5e-6); // recall does not depend on which best matching is found
      expect(ODS.precision).to.be.closeTo(0.848246, 0.0005);
      expect(ODS.threshold).to.be.closeTo(1 / 6, 1e-12);
      expect(OIS.F).to.be.closeTo(0.708738, 0.0001);
      expect(AP).to.be.closeTo(0.307556, 0.0001);
    });

    it('agree at each threshold', () => {
      const { curve } = summarise(thresholds, counts);
      const recalls = [0.60269, 0.443536, 0.383598, 0.380764, 0.274426];
      const precisions = [0.848246, 0.926713, 0.966793, 0.985722, 0.995841];
      curve.forEach(({ recall, precision }, k) => {
        expect(recall, `threshold ${k}`).to.be.closeTo(recalls[k], 1e-6);
        expect(precision, `threshold ${k}`).to.be.closeTo(precisions[k], 0.0005);
      });
    });

    it('agree with the authors’ result files to the randomness of their matching', () => {
      const { ODS, OIS, AP, images, curve } = summarise(thresholds, counts);
      const [[threshold, recall, precision, F, , , ois, ap]] = numbers(
        'bench_golden/expected/soft/eval_bdry.txt',
      );
      const pairs: [number, number][] = [
        [ODS.threshold, threshold],
        [ODS.recall, recall],
        [ODS.precision, precision],
        [ODS.F, F],
        [OIS.F, ois],
        [AP, ap],
      ];
      numbers('bench_golden/expected/soft/eval_bdry_thr.txt').forEach((row, k) =>
        pairs.push([curve[k].F, row[3]]),
      );
      numbers('bench_golden/expected/soft/eval_bdry_img.txt').forEach((row, i) =>
        pairs.push([images[i].F, row[4]]),
      );
      expect(pairs).to.have.length(16);
      for (const [own, theirs] of pairs) expect(own).to.be.closeTo(theirs, 0.001);
    });
  });

  it('reads ODS and AP of the full test set off the published curve', () => {
    const curve = numbers('gpb_owt_ucm_test/eval_bdry_thr.txt').map(([threshold, recall, precision, F]) => ({
      threshold,
      recall,
      precision,
      F,
    }));
    expect(curve).to.have.length(99);
    const ODS = bestBetween(curve);
    expect(ODS.F).to.be.closeTo(0.726253, 2e-6);
    expect(ODS.threshold).to.be.closeTo(0.132121, 2e-6);
    expect(averagePrecision(curve)).to.be.closeTo(0.726626, 2e-6);
  });
});
