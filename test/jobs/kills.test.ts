import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { OsvosError } from '../../src/errors.js';
import { finetuneClip } from '../../src/jobs/finetune.js';
import type { RunRecord } from '../../src/jobs/run-record.js';
import { segmentDataSet } from '../../src/jobs/segment-data-set.js';
import { readInput } from '../../src/jobs/segment-input.js';
import { createRandom } from '../../src/random.js';
import { readSafetensors } from '../../src/weights/safetensors.js';
import { fakeOptions, fakeServices, plainSettings, runFake, type FakeRun } from './run-fake.js';
import { runUntil, unwatchFiles, watchFiles, type Stop } from './stopping-files.js';
import { digests, temporaryFolder, writeFrames, writeGreyMask } from './small-clip.js';

const FRAMES = 3;
const options = { ...fakeOptions, iterations: 1 };

/** What a kill leaves, or a full disk, at each single change of the file system; the fake method, real files. */
describe('work that is stopped at any moment', function () {
  this.timeout(60_000);
  let folder: string;
  let remove: () => Promise<void>;
  let run: FakeRun;

  before(async () => {
    ({ folder, remove } = await temporaryFolder());
    const source = await writeFrames(path.join(folder, 'clip'), FRAMES);
    const mask = await writeGreyMask(path.join(folder, 'first.png'), [[1, 4, 8, 10, 12]]);
    run = {
      ...{ source, masks: [`1=${mask}`], out: path.join(folder, 'out'), options },
      settings: { saveProbabilities: true, saveNetwork: true, keep: 'near' },
      behaviour: { lookAlike: [42, 26, 5, 5], hidden: [0] },
    };
    watchFiles();
  });
  after(async () => {
    unwatchFiles();
    await remove();
  });

  /** Names and bytes of all that was written; the record by its frames and steps, since times differ. */
  async function written(out: string, record?: RunRecord) {
    const names = (await readdir(out, { recursive: true })).sort();
    const files = names.filter((name) => /\.(png|jpg|safetensors)$/.test(name));
    const bytes = await Promise.all(files.map((name) => readFile(path.join(out, name), 'base64')));
    return { names, bytes, status: record?.status, frames: record?.frames, steps: record?.steps };
  }
  const segment = (out: string) => () => runFake({ ...run, out });

  async function wholeRun() {
    const out = path.join(folder, 'whole');
    await rm(out, { recursive: true, force: true });
    return written(out, await runFake({ ...run, out }));
  }

  /** Stops new work at its first change, its second and so on, until it is done before the stop. */
  async function atEveryChange(
    by: Stop['by'],
    check: (at: number) => Promise<'done' | 'stopped'>,
  ): Promise<number> {
    let at = 0;
    while ((await check(at)) === 'stopped') at++;
    expect(at, `number of changes (${by})`).to.be.greaterThan(30);
    return at;
  }

  it('goes on after a kill with the same bytes and nothing left behind: osvos segment', async () => {
    const whole = await wholeRun();
    await atEveryChange('kill', async (at) => {
      const out = path.join(folder, `killed at ${at}`);
      const { stopped } = await runUntil({ at, by: 'kill' }, segment(out));
      expect(await written(out, await segment(out)()), `killed at change ${at}`).to.deep.equal(whole);
      return stopped === 'never' ? 'done' : 'stopped';
    });
  });

  it('goes on after several kills', async () => {
    const whole = await wholeRun();
    const random = createRandom(7);
    for (let round = 0; round < 10; round++) {
      const out = path.join(folder, `several ${round}`);
      const kills = Array.from({ length: 4 }, () => Math.floor(random.next() * 40));
      for (const at of kills) await runUntil({ at, by: 'kill' }, segment(out));
      expect(await written(out, await segment(out)()), `killed at ${kills.join()}`).to.deep.equal(whole);
    }
  });

  it('says that the disk is full (exit 7), and goes on once it is not: osvos segment', async () => {
    const whole = await wholeRun();
    await atEveryChange('full', async (at) => {
      const out = path.join(folder, `full at ${at}`);
      const outcome = await runUntil({ at, by: 'full' }, segment(out)).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        expect(outcome, `full at change ${at}`).to.be.instanceOf(OsvosError).and.to.include({ exit: 7 });
        expect(outcome.message).to.contain('ENOSPC').and.to.contain(out);
      }
      expect(await written(out, await segment(out)()), `full at change ${at}`).to.deep.equal(whole);
      return outcome instanceof Error ? 'stopped' : 'done';
    });
  });

  it('goes on after a kill to the same network: osvos finetune', async () => {
    const finetune = (out: string) => async () => {
      const services = fakeServices({});
      const masks = [{ file: run.masks[0].slice(2) }];
      const input = await readInput({ source: run.source, masks, fitMask: false }, services.report);
      return finetuneClip({ input, options, out, fitMask: false, force: false }, services);
    };
    const network = async (out: string) => (await readSafetensors(out)).tensors;
    const first = path.join(folder, 'whole.safetensors');
    const { steps } = await finetune(first)();
    for (let at = 0, done = false; !done; at++) {
      const below = path.join(folder, `finetune killed at ${at}`);
      const out = path.join(below, 'cat.safetensors');
      done = (await runUntil({ at, by: 'kill' }, finetune(out))).stopped === 'never';
      const result = await finetune(out)();
      expect(result.steps, `killed at change ${at}`).to.deep.equal(steps);
      expect(await network(out), `killed at change ${at}`).to.deep.equal(await network(first));
      expect(await readdir(below), `killed at change ${at}`).to.deep.equal(['cat.safetensors']);
      if (done) expect(at).to.be.greaterThan(15);
    }
  });

  it('goes on after a kill: a data set', async () => {
    const root = path.join(folder, 'data');
    for (const name of ['a', 'b']) {
      await writeFrames(path.join(root, 'JPEGImages', '480p', name), 2);
      await writeGreyMask(path.join(root, 'Annotations', '480p', name, '00000.png'), [[1, 4, 8, 10, 12]]);
    }
    await writeGreyMask(path.join(root, 'ImageSets', '2017', 'val.txt'), []);
    await writeFile(path.join(root, 'ImageSets', '2017', 'val.txt'), 'a\nb\n');
    const dataSet = (out: string) => () =>
      segmentDataSet({ root, split: 'val', out, options, settings: plainSettings }, fakeServices({}));
    const results = async (out: string) => {
      const names = (await readdir(out, { recursive: true })).sort();
      return { names, a: await digests(path.join(out, 'a')), b: await digests(path.join(out, 'b')) };
    };
    const first = path.join(folder, 'data whole');
    await dataSet(first)();
    const whole = await results(first);
    await atEveryChange('kill', async (at) => {
      const out = path.join(folder, `data killed at ${at}`);
      const { stopped } = await runUntil({ at, by: 'kill' }, dataSet(out));
      expect((await dataSet(out)()).status).to.equal('finished');
      expect(await results(out), `killed at change ${at}`).to.deep.equal(whole);
      return stopped === 'never' ? 'done' : 'stopped';
    });
  });
});
