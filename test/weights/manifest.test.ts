import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Config } from '@oclif/core';
import { expect } from 'chai';
import type { OsvosError } from '../../src/errors.js';
import { requireSound, verifyShippedWeights } from '../../src/jobs/weights-verify.js';
import { findWeights, readManifest, verifyWeights, type ManifestEntry } from '../../src/weights/manifest.js';
import { nearestNames } from '../../src/weights/nearest-names.js';
import { sha256, writeSafetensors } from '../../src/weights/safetensors.js';
import { trunkInputs } from '../../src/weights/trunk-inputs.js';
import { userWeightsFolder } from '../../src/weights/user-folder.js';
import { numbers } from './trunk-file.js';

describe('the list of weights', () => {
  let folder: string;
  let entry: ManifestEntry;
  const dataFolder = process.env.OSVOS_DATA_DIR;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'osvos-manifest-'));
    process.env.OSVOS_DATA_DIR = path.join(folder, 'data');
    const file = path.join(folder, 'osvos-resnet18.safetensors');
    await writeSafetensors(file, new Map([['t', numbers([2], (i) => i)]]), {
      architecture: 'osvos-resnet18',
    });
    entry = {
      name: 'osvos-resnet18',
      architecture: 'resnet18',
      method: 'osvos',
      file: 'osvos-resnet18.safetensors',
      sha256: await sha256(file),
      bytes: 100,
      input: trunkInputs.resnet18,
      crop: 'fixed',
      threshold: 0.8,
      data: 'DAVIS 2016 training sequences',
      command: 'osvos train parent',
      seconds: 900,
      scores: { 'J hold-out': 0.6 },
      licence: 'CC BY-NC 4.0',
    };
    await writeFile(path.join(folder, 'manifest.json'), JSON.stringify([entry]));
  });
  afterEach(async () => {
    if (dataFolder === undefined) delete process.env.OSVOS_DATA_DIR;
    else process.env.OSVOS_DATA_DIR = dataFolder;
    await rm(folder, { recursive: true });
  });

  const failure = (work: Promise<unknown>) =>
    work.then(
      () => expect.fail('nothing was refused'),
      (error: OsvosError) => error,
    );

  it('reads the manifest that is shipped, and its files are what it says', async () => {
    for (const shipped of await readManifest()) await verifyWeights(shipped);
  });

  it('finds shipped weights by name', async () => {
    expect(await findWeights('osvos-resnet18', folder)).to.deep.equal({
      file: path.join(folder, entry.file),
      entry,
    });
  });

  it('finds the user’s own by name, and any by file', async () => {
    const own = path.join(folder, 'data', 'weights', 'mine.safetensors');
    await mkdir(path.dirname(own), { recursive: true });
    await copyFile(path.join(folder, entry.file), own);
    expect(await findWeights('mine', folder)).to.deep.equal({ file: own });
    expect(await findWeights(own, folder)).to.deep.equal({ file: own });
  });

  it('names the nearest for a misspelt name, with exit code 4', async () => {
    const error = await failure(findWeights('osvos-resnet81', folder));
    expect(error.message).to.equal(
      'no weights of this name and no such file: osvos-resnet81: did you mean osvos-resnet18?',
    );
    expect(error.exit).to.equal(4);
    expect((await failure(findWeights('something-else', folder))).message).to.contain(
      '`osvos weights list` shows what there is',
    );
  });

  it('refuses a shipped file that was altered, before it is used and in verify', async () => {
    await writeFile(path.join(folder, entry.file), 'altered');
    for (const error of [
      await failure(findWeights(entry.name, folder)),
      await failure(verifyWeights(entry, folder)),
    ]) {
      expect(error.message).to.match(
        /altered or cut off \(SHA-256 [0-9a-f]{16}…, expected [0-9a-f]{16}…\): .*osvos-resnet18.safetensors: install the package again/,
      );
      expect(error.exit).to.equal(4);
    }
  });

  it('refuses a file whose header names another architecture', async () => {
    const error = await failure(verifyWeights({ ...entry, architecture: 'vgg16' }, folder));
    expect(error.message).to.contain('its header says osvos-resnet18, the manifest vgg16');
  });

  it('tells all faults at once and ends with exit code 4', async () => {
    const missing = { ...entry, name: 'gone', file: 'gone.safetensors' };
    await writeFile(path.join(folder, 'manifest.json'), JSON.stringify([entry, missing]));
    const results = await verifyShippedWeights(folder);
    expect(results.map(({ name, fault }) => [name, fault === null])).to.deep.equal([
      ['osvos-resnet18', true],
      ['gone', false],
    ]);
    expect(() => requireSound(results))
      .to.throw('1 of 2 weight files are not what they should be: gone (ENOENT')
      .with.property('exit', 4);
  });

  const damaged: [string, string, string][] = [
    ['is no JSON', '[', 'JSON'],
    ['is no list', '{}', 'the list of weights is no list'],
    ['lacks fields', '[{"name": "a"}]', 'entry 1 lacks architecture, method, file'],
  ];
  for (const [what, content, message] of damaged) {
    it(`refuses a manifest that ${what}`, async () => {
      await writeFile(path.join(folder, 'manifest.json'), content);
      expect((await failure(readManifest(folder))).message)
        .to.contain(message)
        .and.to.contain('manifest.json');
    });
  }

  it('refuses a manifest that points out of its folder', async () => {
    await writeFile(path.join(folder, 'manifest.json'), JSON.stringify([{ ...entry, file: '../secret' }]));
    expect((await failure(readManifest(folder))).message).to.contain('entry 1 leads out of the folder');
  });

  it('keeps the user’s weights where oclif says that a program’s data belong', async () => {
    expect(userWeightsFolder()).to.equal(path.join(folder, 'data', 'weights'));
    delete process.env.OSVOS_DATA_DIR;
    const { dataDir } = await Config.load(path.resolve(import.meta.dirname, '../..'));
    expect(userWeightsFolder()).to.equal(path.join(dataDir, 'weights'));
  });
});

describe('the nearest names', () => {
  it('are those that differ in a third of the letters at most, nearest first', () => {
    expect(nearestNames('scooter-blck', ['scooter-black', 'blackswan', 'scooter-gray'])).to.deep.equal([
      'scooter-black',
      'scooter-gray',
    ]);
    expect(nearestNames('xyz', ['blackswan'])).to.deep.equal([]);
  });
});
