import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import {
  differences,
  readRunRecord,
  writeRunRecord,
  type RunIdentity,
  type StoredRun,
} from '../../src/jobs/run-record.js';
import { errorOf } from './run-fake.js';
import { temporaryFolder } from './small-clip.js';

const identity: RunIdentity = {
  command: 'segment',
  method: 'osvos',
  options: { size: 240, parent: 'osvos-resnet50-v1', base: undefined },
  seed: 1,
  weights: [{ name: 'osvos-resnet50-v1', sha256: 'ab' }],
  input: { source: '/clip', split: 'val' },
  annotations: [],
  objects: [1, 3],
};

describe('the run record', () => {
  let folder: string;
  let remove: () => Promise<void>;
  beforeEach(async () => ({ folder, remove } = await temporaryFolder()));
  afterEach(() => remove());

  it('comes back as it was written, and equals the run that it was made from', async () => {
    const file = path.join(folder, 'run.json');
    const frames = [{ name: '00000', areas: [5, 0], confidence: [0.9, null] }];
    const record: StoredRun = { ...identity, status: 'finished', frames };
    await writeRunRecord(file, record);
    const back = await readRunRecord<StoredRun>(file);
    expect(back).to.deep.equal(JSON.parse(JSON.stringify(record)));
    expect(differences(back!, identity)).to.deep.equal([]);
  });

  it('has one line for each frame', async () => {
    const file = path.join(folder, 'run.json');
    const frames = ['a', 'b', 'c'].map((name) => ({ name, areas: [1], confidence: [null] }));
    await writeRunRecord(file, { ...identity, status: 'finished', frames });
    const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line.includes('"areas"'));
    expect(lines).to.deep.equal([
      '    {"name":"a","areas":[1],"confidence":[null]},',
      '    {"name":"b","areas":[1],"confidence":[null]},',
      '    {"name":"c","areas":[1],"confidence":[null]}',
    ]);
  });

  it('lists what differs, and nothing else', () => {
    const wanted = {
      ...identity,
      seed: 2,
      objects: [1],
      options: { ...identity.options, size: 360, timeBudget: 20 },
    };
    expect(differences({ ...identity, status: 'finished', threads: 4 } as StoredRun, wanted)).to.deep.equal([
      'options.size: 240, now 360',
      'seed: 1, now 2',
      'objects: 1, 3, now 1',
      'options.timeBudget: not set, now 20',
    ]);
  });

  it('is not there, or not ours, or cut off', async () => {
    expect(await readRunRecord(path.join(folder, 'none.json'))).to.equal(undefined);
    for (const text of ['{"name": "something else"}', '{"command": "segm', '3']) {
      const file = path.join(folder, 'run.json');
      await writeFile(file, text);
      const error = await errorOf(readRunRecord(file));
      expect(error.code).to.equal('output-exists');
      expect(error.message).to.contain(file);
    }
  });
});
