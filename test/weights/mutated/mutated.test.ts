/** A thousand of the files of `bench/mutated-weights.ts`, which makes ten thousand in a process that is watched. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { attempt } from './attempt.js';
import { baseFiles, containers, packed } from './base-files.js';
import { mutatedFile } from './mutate.js';

const SEED = 20;
const FILES = 1000;
const MILLISECONDS = 2000;

describe('broken weight files', () => {
  let file: string;
  before(async () => (file = path.join(await mkdtemp(path.join(tmpdir(), 'osvos-mutated-')), 'weights')));
  after(() => rm(path.dirname(file), { recursive: true }));

  it('are made of sound ones', async () => {
    for (const container of containers) {
      for (const members of baseFiles(container)) {
        await writeFile(file, packed(members));
        expect((await attempt(file)).outcome, `${container}, ${members.length} members`).to.equal('read');
      }
    }
  });

  it('are read or refused in an error of one line, all of a thousand, each within two seconds', async function () {
    this.timeout(120_000);
    const outcomes = Object.fromEntries(containers.map((container) => [container, { read: 0, refused: 0 }]));
    for (let index = 0; index < FILES; index++) {
      const { container, kind, content } = mutatedFile(SEED, index);
      await writeFile(file, content);
      const { outcome, milliseconds } = await attempt(file).catch((error: Error) => {
        throw new Error(`file ${index}, ${container}, ${kind}: ${error.message}`, { cause: error });
      });
      expect(milliseconds, `file ${index}, ${container}, ${kind}`).to.be.below(MILLISECONDS);
      outcomes[container][outcome]++;
    }
    // harm in the numbers alone leaves a sound file, and much of it is not there
    for (const container of containers) {
      expect(outcomes[container].refused, container).to.be.above(100);
      expect(outcomes[container].read, container).to.be.above(10);
    }
  });
});
