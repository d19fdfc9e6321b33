import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { lookAtOutput } from '../../src/jobs/output-folder.js';
import type { RunIdentity } from '../../src/jobs/run-record.js';
import { temporaryFolder } from './small-clip.js';

const identity: RunIdentity = {
  ...{ command: 'segment', method: 'fake', options: { size: 240 }, seed: 1, weights: [] },
  ...{ input: { source: '/DAVIS', split: 'val' }, annotations: [], objects: [] },
};

describe('shards that begin in one folder at the same moment', () => {
  let folder: string;
  let remove: () => Promise<void>;
  beforeEach(async () => ({ folder, remove } = await temporaryFolder()));
  afterEach(() => remove());

  /** Paths of an output whose record another process writes between the look for it and the look at the other files. */
  function beginMeanwhile(other: RunIdentity) {
    const record = path.join(folder, 'run.json');
    return {
      record,
      get folder() {
        mkdirSync(path.join(folder, 'ape'), { recursive: true });
        writeFileSync(record, JSON.stringify({ ...other, status: 'running' }));
        return folder;
      },
    };
  }

  it('are parts of one run', async () => {
    const { former, replace } = await lookAtOutput(beginMeanwhile(identity), identity, false);
    expect([former?.status, replace]).to.deep.equal(['running', false]);
  });

  it('are refused where the other is another run', async () => {
    const other = { ...identity, options: { size: 480 } };
    const error: unknown = await lookAtOutput(beginMeanwhile(other), identity, false).catch(
      (e: unknown) => e,
    );
    expect(error).to.include({ code: 'record-differs', exit: 2 });
    expect((error as Error).message).to.contain('options.size: 480, now 240');
  });
});
