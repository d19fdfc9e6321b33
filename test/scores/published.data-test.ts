/** Our statistics on the per-frame values of the challenge site give its global tables. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { scoreSet } from '../../src/scores/evaluation.js';
import { readPublished, type Published } from '../../src/scores/published.js';

const folder = path.join(process.env.OSVOS_DATA ?? '../shared/data', 'davis-published', 'per-frame');

/** The site's tables: J mean, recall, decay, F mean, recall, decay, of the 20 validation sequences of 2016. */
const tables: Record<string, number[]> = {
  osvos: [0.798, 0.936, 0.149, 0.806, 0.926, 0.15],
  msk: [0.797, 0.931, 0.089, 0.754, 0.871, 0.09],
  onavos: [0.861, 0.961, 0.052, 0.849, 0.897, 0.058],
  rgmp: [0.815, 0.917, 0.109, 0.82, 0.908, 0.101],
  feelvos: [0.811, 0.905, 0.137, 0.822, 0.866, 0.141],
  stm: [0.887, 0.974, 0.05, 0.901, 0.952, 0.042],
};
const columns = ['J-Mean', 'J-Recall', 'J-Decay', 'F-Mean', 'F-Recall', 'F-Decay'] as const;

/** Of the table, and of the values below it. */
const ROUNDING = 0.00075;

function shareOf(values: readonly number[], value: number): number {
  return values.filter((own) => own === value).length / values.length;
}

describe('published values of DAVIS 2016', () => {
  before(function () {
    if (existsSync(folder)) return;
    console.log(`      skipped: ${folder} is not there (set OSVOS_DATA)`);
    this.skip();
  });

  function read(method: string): Published {
    return readPublished(
      JSON.parse(readFileSync(path.join(folder, `2016_${method}.json`), 'utf8')),
    ) as Published;
  }

  for (const [method, table] of Object.entries(tables)) {
    it(`give the published global table of ${method}`, () => {
      // one file has the training sequences too
      const validation = Object.keys(read('osvos').objects);
      expect(validation).to.have.length(20);
      const { objects } = read(method);
      const { global } = scoreSet(Object.fromEntries(validation.map((name) => [name, objects[name]])));
      // a value that is printed as 0.500 may have been a little more, which would count for recall
      const onTheEdge = (name: 'J' | 'F') =>
        Math.max(0, ...validation.map((own) => shareOf(objects[own][name], 0.5))) / validation.length;
      columns.forEach((name, i) => {
        const slack = name.endsWith('Recall') ? onTheEdge(name[0] as 'J' | 'F') : 0;
        expect(global[name], name).to.be.within(table[i] - slack - ROUNDING, table[i] + ROUNDING);
      });
    });
  }
});
