import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { takeOver } from '../../src/jobs/compare-merge.js';
import { temporaryFolder } from './small-clip.js';
import { runUntil, unwatchFiles, watchFiles } from './stopping-files.js';

describe('taking over what a shard did', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let shard: string;

  before(watchFiles);
  after(unwatchFiles);
  beforeEach(async () => {
    ({ folder, remove } = await temporaryFolder());
    shard = path.join(folder, 'shard');
    await put('run.json', 'running');
    for (const [sequence, status] of [
      ['ape', 'finished'],
      ['bee', 'finished'],
      ['cat', 'running'],
    ]) {
      await put(path.join(sequence, 'run.json'), status);
      await put(path.join(sequence, '00000.png'), `mask of ${sequence}`);
    }
  });
  afterEach(() => remove());

  async function put(name: string, content: string): Promise<void> {
    const file = path.join(shard, 'masks', 'stcn', name);
    const record = JSON.stringify({ command: 'segment', status: content });
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, name.endsWith('.json') ? record : content);
  }

  async function filesIn(out: string): Promise<Record<string, string>> {
    const entries = await readdir(out, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => path.join(parentPath, name));
    const read = files
      .sort()
      .map(async (file) => [path.relative(out, file), await readFile(file, 'utf8')] as const);
    return Object.fromEntries(await Promise.all(read));
  }

  it('copies finished sequences and the record of all, and leaves the rest', async () => {
    const out = path.join(folder, 'out');
    expect(await takeOver(shard, out)).to.equal(`2 finished sequences taken over from ${shard}`);
    const names = ['ape/00000.png', 'ape/run.json', 'bee/00000.png', 'bee/run.json', 'run.json'];
    expect(Object.keys(await filesIn(out))).to.deep.equal(
      names.map((name) => path.join('masks', 'stcn', name)),
    );
    expect(await takeOver(shard, out)).to.match(/^0 finished/);
  });

  it('leaves nothing half when it is killed, and removes what the kill left', async () => {
    const whole = path.join(folder, 'whole');
    await takeOver(shard, whole);
    const expected = await filesIn(whole);
    let at = 0;
    for (let stopped = true; stopped; at++) {
      const out = path.join(folder, `killed at ${at}`);
      stopped = (await runUntil({ at, by: 'kill' }, () => takeOver(shard, out))).stopped === 'killed';
      for (const [name, content] of Object.entries(stopped ? await filesIn(folder) : {}))
        if (name.startsWith(`killed at ${at}`) && !name.includes('.tmp'))
          expect(content, name).to.equal(expected[path.relative(`killed at ${at}`, name)]);
      await takeOver(shard, out);
      expect(await filesIn(out), `killed at change ${at}`).to.deep.equal(expected);
    }
    expect(at).to.be.greaterThan(4); // the record's three changes, and a rename for each sequence
  });

  it('says what it cannot write', async () => {
    const out = path.join(folder, 'out');
    await writeFile(out, 'a file, no folder');
    const error: unknown = await takeOver(shard, out).catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'cannot-write', exit: 7 });
    expect((error as Error).message)
      .to.contain(out)
      .and.to.contain('Check permissions');
  });

  it('takes no copy that is under way for a sequence', async () => {
    await put(path.join('ape.copy.1-0-h0a1b2c.tmp', 'run.json'), 'finished');
    expect(await takeOver(shard, path.join(folder, 'out'))).to.match(/^2 finished/);
  });
});
