import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { encode } from 'fast-png';
import type { Evaluation } from '../../src/scores/evaluation.js';
import { bar, Fixture, frameName } from '../jobs/evaluate-fixture.js';
import { runOsvos } from './run-osvos.js';

/**
 * The truth is a square of 10 × 10 pixels, its contour 40 pixels long; the left half of it has a contour of 30 pixels.
 * With a tolerance of one pixel 23 pixels of either are near the other: F = 2·23 / (30 + 40).
 */
const HALF = { J: 0.5, F: 46 / 70 };
/** Shifted by one column: 90 of 110 pixels, and all contour pixels within the tolerance. */
const SHIFTED = { J: 9 / 11, F: 1 };
const BOUND = 1e-12;

const half = bar(10, 14, 255);
const shifted = bar(11, 20, 255);

describe('osvos evaluate', () => {
  let fixture: Fixture;
  const evaluate = (...args: string[]) => runOsvos('evaluate', ...args);
  const json = (stdout: string) => JSON.parse(stdout) as Evaluation;

  beforeEach(() => {
    fixture = new Fixture();
  });
  afterEach(() => fixture.remove());

  /** Sequences `a` (halves) and `b` (shifted), of 5 and 4 frames. */
  function twoSequences(truth = 'truth', results = 'results'): void {
    fixture.barTruth(`${truth}/a`, 5);
    fixture.barTruth(`${truth}/b`, 4);
    for (let t = 0; t < 5; t++) fixture.grey(`${results}/a/${frameName(t)}.png`, half);
    for (let t = 0; t < 4; t++) fixture.grey(`${results}/b/${frameName(t)}.png`, shifted);
  }

  it('prints every score as a fraction under --json, in the order of the frames', async () => {
    twoSequences();
    fixture.grey('results/a/00002.png', shifted);
    const { exit, stdout } = await evaluate(
      fixture.path('results'),
      '--annotations',
      fixture.path('truth'),
      '--json',
    );
    expect(exit).to.equal(0);
    const { global, objects, ...rest } = json(stdout);
    expect(rest).to.deep.equal({ warnings: [] });
    const names = ['J&F-Mean', 'J-Mean', 'J-Recall', 'J-Decay', 'F-Mean', 'F-Recall', 'F-Decay'];
    expect(global).to.have.all.keys(names);
    expect(objects).to.have.all.keys('a_1', 'b_1');
    expect(objects.a_1).to.have.all.keys(...names, 'J', 'F');
    const a = objects.a_1;
    expect(a.J).to.have.length(3); // first and last frame do not count
    [HALF.J, SHIFTED.J, HALF.J].forEach((J, t) => expect(a.J[t]).to.be.closeTo(J, BOUND));
    [HALF.F, SHIFTED.F, HALF.F].forEach((F, t) => expect(a.F[t]).to.be.closeTo(F, BOUND));
    const meanJ = (2 * HALF.J + SHIFTED.J) / 3;
    expect(a['J-Mean']).to.be.closeTo(meanJ, BOUND);
    expect(a['J-Recall']).to.be.closeTo(1 / 3, BOUND);
    expect(objects.b_1['F-Mean']).to.equal(1);
    expect(global['J-Mean']).to.be.closeTo((meanJ + SHIFTED.J) / 2, BOUND); // sequences weigh the same
    expect(global['J&F-Mean']).to.be.closeTo(
      ((global['J-Mean'] ?? NaN) + (global['F-Mean'] ?? NaN)) / 2,
      BOUND,
    );
  });

  it('prints an aligned table, below the protocol and the frames that count', async () => {
    twoSequences();
    const { stdout } = await evaluate(fixture.path('results'), '--annotations', fixture.path('truth'));
    expect(stdout).to.equal(
      [
        'Protocol davis-2016: one object, mean over sequences; 5 of 9 frames in 2 sequences count: all but the first and the last of each.',
        'object  J-Mean  J-Recall  J-Decay  F-Mean  F-Recall  F-Decay  J&F-Mean',
        'a_1      0.500     0.000    0.000   0.657     1.000    0.000     0.579',
        'b_1      0.818     1.000    0.000   1.000     1.000    0.000     0.909',
        'mean     0.659     0.500    0.000   0.829     1.000    0.000     0.744',
        '',
      ].join('\n'),
    );
  });

  it('writes nothing by itself', async () => {
    twoSequences();
    await evaluate(fixture.path('results'), '--annotations', fixture.path('truth'));
    expect(readdirSync(fixture.root).sort()).to.deep.equal(['results', 'truth']);
    expect(readdirSync(fixture.path('results')).sort()).to.deep.equal(['a', 'b']);
  });

  it('writes the official tables to --csv, and never reads scores back', async () => {
    twoSequences('val');
    const stale =
      'J&F-Mean,J-Mean,J-Recall,J-Decay,F-Mean,F-Recall,F-Decay\n1.000,1.000,1.000,0.000,1.000,1.000,0.000\n';
    for (const folder of ['results', 'tables']) {
      fixture.write(`${folder}/global_results-val.csv`, stale);
      fixture.write(`${folder}/per-sequence_results-val.csv`, 'Sequence,J-Mean,F-Mean\na_1,1.000,1.000\n');
    }
    const args = [fixture.path('results'), '--annotations', fixture.path('val')];
    const { exit } = await evaluate(...args, '--csv', fixture.path('tables'));
    expect(exit).to.equal(0);
    expect(readFileSync(fixture.path('tables/global_results-val.csv'), 'utf8')).to.equal(
      'J&F-Mean,J-Mean,J-Recall,J-Decay,F-Mean,F-Recall,F-Decay\n0.744,0.659,0.500,0.000,0.829,1.000,0.000\n',
    );
    expect(readFileSync(fixture.path('tables/per-sequence_results-val.csv'), 'utf8')).to.equal(
      'Sequence,J-Mean,F-Mean\na_1,0.500,0.657\nb_1,0.818,1.000\n',
    );
    expect(readFileSync(fixture.path('results/global_results-val.csv'), 'utf8')).to.equal(stale);
  });

  it('takes sequences from a DAVIS data set', async () => {
    twoSequences('DAVIS/Annotations/480p');
    for (const [name, frames] of [
      ['a', 5],
      ['b', 4],
    ] as const) {
      for (let t = 0; t < frames; t++)
        fixture.write(`DAVIS/JPEGImages/480p/${name}/${frameName(t)}.jpg`, 'not read here');
    }
    fixture.write('DAVIS/ImageSets/2016/val.txt', 'b\na\n');
    const set = ['--davis', fixture.path('DAVIS'), '--split', 'val'];
    const both = json((await evaluate(fixture.path('results'), ...set, '--json')).stdout);
    expect(Object.keys(both.objects)).to.deep.equal(['b_1', 'a_1']);
    const one = json((await evaluate(fixture.path('results'), ...set, '--sequences', 'a', '--json')).stdout);
    expect(Object.keys(one.objects)).to.deep.equal(['a_1']);
    const flat = json((await evaluate(fixture.path('results/a'), ...set, '--threads', '1', '--json')).stdout);
    expect(flat).to.deep.equal(one);
  });

  it('takes a flat folder as one sequence, named after it', async () => {
    fixture.barTruth('truth', 4);
    for (let t = 0; t < 4; t++) fixture.ids(`my clip/${frameName(t)}.png`, bar(10, 14, 1));
    fixture.grey('my clip/overlays/00001.png');
    const { stdout } = await evaluate(
      fixture.path('my clip'),
      '--annotations',
      fixture.path('truth'),
      '--json',
    );
    const { objects } = json(stdout);
    expect(Object.keys(objects)).to.deep.equal(['my clip_1']);
    expect(objects['my clip_1'].J).to.deep.equal([HALF.J, HALF.J]);
  });

  it('asks which sequence a flat folder is, where its name does not tell', async () => {
    twoSequences();
    const truth = ['--annotations', fixture.path('truth')];
    fixture.barTruth('run 7', 5);
    const { exit, stderr } = await evaluate(fixture.path('run 7'), ...truth);
    expect(exit).to.equal(3);
    expect(stderr).to.include('no sequence is named run 7').and.include('--sequences a');
    expect((await evaluate(fixture.path('run 7'), ...truth, '--sequences', 'a')).exit).to.equal(0);
  });

  describe('with object ids', () => {
    /** Objects 1 and 2 side by side and a void stripe between them. */
    const twoObjects = [bar(5, 14, 1), bar(15, 16, 255), bar(17, 26, 2)];

    function scene(prediction: Parameters<Fixture['ids']>[1][], truth = twoObjects): string[] {
      for (let t = 0; t < 3; t++) {
        fixture.ids(`truth/seq/${frameName(t)}.png`, ...truth);
        fixture.ids(`results/seq/${frameName(t)}.png`, ...prediction);
      }
      return [fixture.path('results'), '--annotations', fixture.path('truth')];
    }

    it('scores each object by davis-2017, void counting as background', async () => {
      const { stdout } = await evaluate(...scene([bar(5, 9, 1), bar(15, 26, 2)]), '--json');
      const { global, objects } = json(stdout);
      expect(Object.keys(objects)).to.deep.equal(['seq_1', 'seq_2']);
      expect(objects.seq_1.J).to.deep.equal([0.5]);
      expect(objects.seq_1.F[0]).to.be.closeTo(HALF.F, BOUND);
      expect(objects.seq_2['J-Mean']).to.be.closeTo(10 / 12, BOUND); // the void columns are false positives
      expect(global['J-Mean']).to.be.closeTo((0.5 + 10 / 12) / 2, BOUND);
    });

    it('counts objects that are nowhere in the results as empty', async () => {
      const { stdout } = await evaluate(...scene([bar(5, 14, 1)]), '--json');
      expect(json(stdout).objects.seq_2).to.deep.include({ J: [0], F: [0] });
    });

    it('says the protocol, and takes another by --protocol', async () => {
      const args = scene([bar(5, 26, 9)]);
      const { exit, stderr } = await evaluate(...args);
      expect(exit).to.equal(3);
      expect(stderr).to.include('object id 9').and.include('00001.png').and.include('--protocol davis-2016');
      const { stdout } = await evaluate(...args, '--protocol', 'davis-2016');
      expect(stdout).to.match(/^Protocol davis-2016: /);
      expect(stdout).to.match(/^seq_1 +1\.000 /m);
    });

    it('takes a black and white mask as the one object, and refuses it for several', async () => {
      const single = scene([bar(5, 9, 255)], [bar(5, 14, 1)]);
      expect(json((await evaluate(...single, '--json')).stdout).objects.seq_1.J).to.deep.equal([0.5]);
      const { exit, stderr } = await evaluate(...scene([bar(5, 9, 255)]));
      expect(exit).to.equal(3);
      expect(stderr)
        .to.include('black and white, the annotations have 2 objects')
        .and.include('seq/00001.png');
    });

    it('refuses black and white annotations, whose 255 would be void', async () => {
      const args = scene([bar(5, 9, 255)], [bar(5, 14, 255)]);
      const { exit, stderr } = await evaluate(...args, '--protocol', 'davis-2017');
      expect(exit).to.equal(3);
      expect(stderr).to.include('truth/seq/00000.png').and.include('score with --protocol davis-2016');
    });
  });

  describe('refuses', () => {
    it('missing masks, in one error that lists them all', async () => {
      twoSequences();
      fixture.barTruth('truth/c', 4);
      const { rmSync } = await import('node:fs');
      for (const file of ['a/00001', 'a/00003', 'b/00002']) rmSync(fixture.path(`results/${file}.png`));
      const { exit, stderr } = await evaluate(
        fixture.path('results'),
        '--annotations',
        fixture.path('truth'),
      );
      expect(exit).to.equal(3);
      const [a, b, c] = ['a', 'b', 'c'].map((name) => fixture.path('results', name));
      expect(stderr).to.include(
        `5 of 7 masks are missing: ${a}/00001.png, ${a}/00003.png, ${b}/00002.png, ${c} (all 2): `,
      );
    });

    it('missing masks with the code results-incomplete under --json', async () => {
      fixture.barTruth('truth', 3);
      fixture.barTruth('results', 1);
      const { exit, stdout } = await evaluate(
        fixture.path('results'),
        '--annotations',
        fixture.path('truth'),
        '--json',
      );
      expect(exit).to.equal(3);
      expect((JSON.parse(stdout) as { error: { code: string } }).error.code).to.equal('results-incomplete');
    });

    it('masks of another size, with both sizes and every file', async () => {
      twoSequences();
      const small = encode({ width: 20, height: 10, data: new Uint8Array(200), channels: 1, depth: 8 });
      const files = ['a/00001', 'a/00002'].map((name) => fixture.write(`results/${name}.png`, small));
      const { exit, stderr } = await evaluate(
        fixture.path('results'),
        '--annotations',
        fixture.path('truth'),
      );
      expect(exit).to.equal(3);
      expect(stderr).to.include(`the mask is 20×10, the annotation 40×20: ${files.join(', ')}: `);
    });

    it('an unreadable mask, naming it', async () => {
      twoSequences();
      const file = fixture.write('results/a/00001.png', 'this is no PNG');
      const { exit, stderr } = await evaluate(
        fixture.path('results'),
        '--annotations',
        fixture.path('truth'),
      );
      expect(exit).to.equal(3);
      expect(stderr).to.include(file).and.include('no PNG signature');
    });

    it('folders that are not there', async () => {
      twoSequences();
      for (const [results, truth] of [
        ['nowhere', 'truth'],
        ['results', 'nowhere'],
      ]) {
        const { exit, stderr } = await evaluate(fixture.path(results), '--annotations', fixture.path(truth));
        expect(exit).to.equal(3);
        expect(stderr).to.include(fixture.path('nowhere'));
      }
    });

    it('a folder without annotations', async () => {
      fixture.write('truth/read me.txt', 'nothing here');
      fixture.barTruth('results', 3);
      const { exit, stderr } = await evaluate(
        fixture.path('results'),
        '--annotations',
        fixture.path('truth'),
      );
      expect(exit).to.equal(3);
      expect(stderr).to.include('no annotations');
    });

    it('sequences that are not there, naming those that are', async () => {
      twoSequences();
      const args = [fixture.path('results'), '--annotations', fixture.path('truth')];
      const { exit, stderr } = await evaluate(...args, '--sequences', 'a,z');
      expect(exit).to.equal(3);
      expect(stderr).to.include('among the annotations: z').and.include('choose from a, b');
      expect((await evaluate(...args, '--sequences', ',')).exit).to.equal(2);
    });

    it('to guess what to score against', async () => {
      twoSequences();
      const none = await evaluate(fixture.path('results'));
      expect(none.exit).to.equal(2);
      expect(none.stderr).to.include('--davis ROOT --split NAME, or --annotations DIR');
      const split = await evaluate(fixture.path('results'), '--davis', fixture.path('truth'));
      expect(split.exit).to.equal(2);
      const both = await evaluate(
        fixture.path('results'),
        '--davis',
        fixture.root,
        '--split',
        'val',
        '--annotations',
        fixture.root,
      );
      expect(both.exit).to.equal(2);
      expect(both.stderr).to.include('exclude each other');
      const year = await evaluate(
        fixture.path('results'),
        '--annotations',
        fixture.root,
        '--protocol',
        'davis-2018',
      );
      expect(year.exit).to.equal(2);
    });

    it('to write tables where it cannot, with exit code 7', async () => {
      twoSequences();
      const file = fixture.write('occupied', 'a file, no folder');
      const { exit } = await evaluate(
        fixture.path('results'),
        '--annotations',
        fixture.path('truth'),
        '--csv',
        file,
      );
      expect(exit).to.equal(7);
      expect(existsSync(file)).to.be.true;
    });
  });

  describe('warns', () => {
    it('of masks that equal the annotations in every frame', async () => {
      twoSequences();
      fixture.barTruth('results/a', 5);
      const { exit, stderr } = await evaluate(
        fixture.path('results'),
        '--annotations',
        fixture.path('truth'),
      );
      expect(exit).to.equal(0);
      expect(stderr).to.include(
        'Warning: the masks equal the annotations in every frame: a: are these really results?',
      );
    });

    it('of nothing where the masks differ in one frame', async () => {
      twoSequences();
      fixture.barTruth('results/a', 5);
      fixture.grey('results/a/00003.png', half);
      const { stderr } = await evaluate(fixture.path('results'), '--annotations', fixture.path('truth'));
      expect(stderr).not.to.include('Warning');
    });

    it('of sequences too short to be scored, whose scores are null', async () => {
      fixture.barTruth('truth', 2);
      fixture.barTruth('results', 2);
      const args = [fixture.path('results'), '--annotations', fixture.path('truth')];
      const { exit, stdout, stderr } = await evaluate(...args, '--json');
      expect(exit).to.equal(0);
      expect(stderr).to.include('fewer than three annotated frames, nothing to score: results');
      const { global, objects } = json(stdout);
      expect(global['J&F-Mean']).to.be.null;
      expect(objects.results_1).to.deep.include({ 'J-Decay': null, J: [], F: [] });
      expect((await evaluate(...args)).stdout).to.match(/^mean +– +– /m);
    });
  });
});
