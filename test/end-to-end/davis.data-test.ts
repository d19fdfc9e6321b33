import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { readMask } from '../../src/clips/read-mask.js';
import type { LabelMap } from '../../src/label-map.js';
import { regionSimilarity } from '../../src/scores/region.js';
import { runOsvos } from '../commands/run-osvos.js';

const davis = path.join(process.env.OSVOS_DATA ?? '../shared/data', 'DAVIS');
const SEQUENCE = 'car-turn';
const LAST = '00008';

describe('the shipped parent on real video', function () {
  before(function () {
    if (existsSync(davis)) return;
    console.log(`      skipped: no DAVIS data at ${davis}`);
    this.skip();
  });

  it(`follows ${SEQUENCE}, a hold-out sequence, from its first mask`, async () => {
    const annotation = (frame: string) => path.join(davis, 'Annotations', '480p', SEQUENCE, `${frame}.png`);
    const out = await mkdtemp(path.join(tmpdir(), 'osvos-davis-'));
    const { exit, stderr } = await runOsvos(
      ...['segment', path.join(davis, 'JPEGImages', '480p', SEQUENCE), '--mask', annotation('00000')],
      ...['--to', LAST, '--iterations', '20', '--out', path.join(out, 'masks')],
    );
    expect(exit, stderr).to.equal(0);
    const object = async (file: string): Promise<LabelMap> => {
      const { labels } = await readMask(file);
      return { ...labels, data: labels.data.map((label) => (label > 0 ? 1 : 0)) };
    };
    const mask = await object(path.join(out, 'masks', `${LAST}.png`));
    expect(regionSimilarity(mask, await object(annotation(LAST)))).to.be.above(0.8);
  });
});
