import { existsSync, readFileSync, rmSync } from 'node:fs';
import { expect } from 'chai';
import { encode } from 'fast-png';
import type { ContourScores } from '../../../src/commands/evaluate/contours.js';
import { height, SmallBsds, width } from '../../datasets/small-bsds.js';
import { runOsvos } from '../run-osvos.js';

describe('osvos evaluate contours', () => {
  let data: SmallBsds;
  const score = (...args: string[]) =>
    runOsvos('evaluate', 'contours', data.maps, '--bsds', data.root, ...args);
  const json = (stdout: string) => JSON.parse(stdout) as ContourScores;

  beforeEach(() => {
    // the reach is 0.22 pixels here: pixels match in their own place only
    data = new SmallBsds().image('test', 'a', [[8], [8, 16]]).image('test', 'b', [[4]]);
    data.map('a', (x) => (x === 8 ? 0.9 : x === 12 ? 0.4 : 0)).map('b', (x) => (x === 4 ? 0.6 : 0));
  });
  afterEach(() => data.remove());

  it('prints the three figures under --json', async () => {
    const { exit, stdout } = await score('--thresholds', '3', '--no-nms', '--json');
    expect(exit).to.equal(0);
    const scores = json(stdout);
    expect(scores).to.have.all.keys('ODS', 'OIS', 'AP', 'threshold', 'images');
    // at 0.5: 3 of 4 annotated lines found, both lines confirmed; at 0.25 one line more, which is none
    const [recall, precision] = [3 / 4, 1];
    const F = (2 * recall * precision) / (recall + precision);
    expect(scores.ODS).to.be.closeTo(F, 1e-12);
    expect(scores.OIS).to.be.closeTo(F, 1e-12);
    expect(scores.threshold).to.be.closeTo(0.5, 1e-12);
    expect(scores.images).to.equal(2);
    // recall 0.5 at 0.75, and 0.75 at 0.5 and 0.25, of which the higher threshold counts: 26 recalls with precision 1
    expect(scores.AP).to.be.closeTo(0.26, 1e-12);
  });

  it('prints a table', async () => {
    const { stdout } = await score('--thresholds', '3', '--no-nms');
    expect(stdout.split('\n').slice(0, 3)).to.deep.equal([
      'test: 2 images, 3 thresholds, maps taken as they are.',
      'score  value  recall  precision  threshold',
      'ODS    0.857   0.750      1.000       0.50',
    ]);
  });

  it('reduces maps to their ridges unless told otherwise', async () => {
    data.image('test', 'c', [[12]]).map('c', (x) => Math.max(0, 0.9 - 0.2 * Math.abs(x - 12)));
    const ridges = json((await score('--thresholds', '9', '--json')).stdout);
    const thick = json((await score('--thresholds', '9', '--no-nms', '--json')).stdout);
    expect(ridges.AP).to.be.above(thick.AP);
  });

  it('takes every Nth image, and needs no maps of others', async () => {
    rmSync(data.path('maps/b.png'));
    expect(json((await score('--every', '2', '--json')).stdout).images).to.equal(1);
  });

  it('writes tables to --csv', async () => {
    expect((await score('--thresholds', '1', '--no-nms', '--csv', data.path('tables'))).exit).to.equal(0);
    expect(readFileSync(data.path('tables/contours-by-image-test.csv'), 'utf8')).to.equal(
      'Image,Threshold,Recall,Precision,F\na,0.500000,0.666667,1.000000,0.800000\nb,0.500000,1.000000,1.000000,1.000000\n',
    );
    expect(readFileSync(data.path('tables/contours-by-threshold-test.csv'), 'utf8')).to.equal(
      'Threshold,Recall,Precision,F\n0.500000,0.750000,1.000000,0.857143\n',
    );
  });

  it('leaves osvos evaluate as it is', async () => {
    const { exit, stderr } = await runOsvos('evaluate', data.maps);
    expect(exit).to.equal(2);
    expect(stderr).to.include('nothing to score against');
  });

  describe('refuses', () => {
    it('a missing map, naming it', async () => {
      rmSync(data.path('maps/b.png'));
      const { exit, stderr } = await score();
      expect(exit).to.equal(3);
      expect(stderr).to.include(`1 of 2 contour maps are missing: ${data.path('maps/b.png')}: `);
    });

    it('a folder without maps', async () => {
      const { exit, stderr } = await runOsvos('evaluate', 'contours', data.root, '--bsds', data.root);
      expect(exit).to.equal(3);
      expect(stderr).to.include('none of the 2 contour maps').and.include('such as a.png');
    });

    it('a folder that is not there', async () => {
      const { exit, stderr } = await runOsvos('evaluate', 'contours', data.path('no'), '--bsds', data.root);
      expect(exit).to.equal(3);
      expect(stderr).to.include('no such folder of contour maps').and.include(data.path('no'));
    });

    it('a map of another size', async () => {
      const small = encode({
        width,
        height: height - 1,
        data: new Uint8Array(width * (height - 1)),
        depth: 8,
        channels: 1,
      });
      const { exit, stderr } = await (data.write('maps/b.png', small), score('--threads', '1'));
      expect(exit).to.equal(3);
      expect(stderr).to.include('the contour map is 24×15, the image 24×16').and.include('maps/b.png');
    });

    it('a map that is no grey PNG, with the code contour-map under --json', async () => {
      data.write(
        'maps/a.png',
        encode({ width, height, data: new Uint8Array(3 * width * height), depth: 8, channels: 3 }),
      );
      const { exit, stdout } = await score('--json');
      expect(exit).to.equal(3);
      const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
      expect(error.code).to.equal('contour-map');
      expect(error.message).to.include('it has colours').and.include('maps/a.png');
    });

    it('a folder that is no BSDS500', async () => {
      const { exit, stderr } = await runOsvos('evaluate', 'contours', data.maps, '--bsds', data.maps);
      expect(exit).to.equal(3);
      expect(stderr).to.include(data.path('maps/annotators.csv')).and.include('give the folder that holds');
    });

    it('a split without contours of annotators, in one error', async () => {
      rmSync(data.path('BSDS500/boundaries'), { recursive: true });
      const { exit, stderr } = await score('--csv', data.path('tables'));
      expect(exit).to.equal(3);
      expect(stderr).to.include('test/a/0.png').and.include('test/b/0.png');
      expect(existsSync(data.path('tables'))).to.be.false;
    });

    it('no data set, an unknown split, no threshold', async () => {
      expect((await runOsvos('evaluate', 'contours', data.maps)).exit).to.equal(2);
      const { exit, stderr } = await score('--split', 'val');
      expect(exit).to.equal(3);
      expect(stderr).to.include('no images of the split val').and.include('test');
      expect((await score('--thresholds', '0')).exit).to.equal(2);
    });
  });
});
