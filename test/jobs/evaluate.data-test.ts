/** The evaluator on real masks: golden rows, and the published scores of every frame. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { openDavis } from '../../src/clips/davis.js';
import { evaluate } from '../../src/jobs/evaluate.js';

const data = process.env.OSVOS_DATA ?? '../shared/data';
const davis = path.join(data, 'DAVIS');
const published = path.join(data, 'davis-published');
const truth = { davis, split: 'val' };
const report = () => undefined;

function needs(folder: string) {
  return function (this: Mocha.Context) {
    if (existsSync(folder)) return;
    console.log(`      skipped: ${folder} is not there (set OSVOS_DATA)`);
    this.skip();
  };
}

describe('evaluating DAVIS 2016 validation sequences', () => {
  describe('with the first mask copied to every frame', () => {
    before(needs(davis));
    const results = path.join(os.tmpdir(), `osvos-baseline-${process.pid}`);
    after(() => rmSync(results, { recursive: true, force: true }));

    /** J mean, recall, decay, then F; by an independent implementation that reproduces the published scores. */
    const golden: Record<string, number[]> = {
      blackswan: [0.545023489159, 0.729166666667, 0.101857115148, 0.334033215472, 0.0625, 0.268147390282],
      libby: [0.303968875564, 0.021276595745, 0.19168358146, 0.357669221056, 0.042553191489, 0.008076716453],
      'scooter-black': [
        0.092164504157, 0.048780487805, 0.294914611723, 0.129409630326, 0.024390243902, 0.246945091417,
      ],
    };

    for (const [name, values] of Object.entries(golden)) {
      it(`agrees with the golden row of ${name} to 1e-9`, async () => {
        const [sequence] = openDavis(davis, { split: 'val', sequences: [name] }).sequences;
        mkdirSync(path.join(results, name), { recursive: true });
        const first = sequence.annotationFile(sequence.frameNames[0]);
        for (const frame of sequence.frameNames)
          copyFileSync(first, path.join(results, name, `${frame}.png`));
        const { objects } = await evaluate({ results, truth, sequences: [name], report });
        const scores = objects[`${name}_1`];
        const columns = ['J-Mean', 'J-Recall', 'J-Decay', 'F-Mean', 'F-Recall', 'F-Decay'] as const;
        columns.forEach((column, i) => expect(scores[column], column).to.be.closeTo(values[i], 1e-9));
      });
    }
  });

  describe('with published masks', () => {
    before(needs(published));
    /** Half a unit of the published third digit, and what binary fractions add. */
    const bound = 0.000501;
    /** Mean J and F over the 8 sequences, to three digits. */
    const means: Record<string, [number, number]> = {
      osvos: [0.749, 0.807],
      stm: [0.859, 0.925],
      onavos: [0.846, 0.871],
    };

    for (const [method, [J, F]] of Object.entries(means)) {
      it(`agrees with the published J and F of every frame of ${method}`, async () => {
        const results = path.join(published, 'masks', method);
        const { global, objects, protocol, scored } = await evaluate({ results, truth, report });
        expect(protocol).to.equal('davis-2016');
        expect(scored).to.equal(408);
        const table = JSON.parse(
          readFileSync(path.join(published, 'per-frame', `2016_${method}.json`), 'utf8'),
        ) as Record<string, { J: string[]; F: string[] }>;
        expect(Object.keys(objects)).to.have.length(8);
        for (const [name, scores] of Object.entries(objects)) {
          for (const measure of ['J', 'F'] as const) {
            const official = table[name.replace(/_1$/, '')][measure].map(Number);
            expect(scores[measure]).to.have.length(official.length);
            official.forEach((value, t) =>
              expect(scores[measure][t], `${name} ${measure} ${t}`).to.be.closeTo(value, bound),
            );
          }
        }
        expect(global['J-Mean']).to.be.closeTo(J, 0.001);
        expect(global['F-Mean']).to.be.closeTo(F, 0.001);
      });
    }
  });
});
