import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { packageRoot } from '../../src/engine/machine.js';
import { webgpuFolder } from '../../src/engine/webgpu/package.js';
import { setupModule } from './setup-module.js';

describe('set-up of webgpu', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'osvos-webgpu-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('puts the packages where the engine looks for them', async () => {
    const setUp = await setupModule('webgpu');
    expect(setUp.webgpuFolder(packageRoot)).to.equal(webgpuFolder);
  });

  it('refuses a download that is not what it should be', async () => {
    const { mustBe } = await setupModule('webgpu');
    const file = path.join(folder, 'a.tgz');
    writeFileSync(file, 'abc');
    const integrity = `sha512-${createHash('sha512').update('abc').digest('base64')}`;
    // FIPS 180-4's example: the digest of "abc" begins with dd af 35 a1
    expect(integrity).to.match(/^sha512-3a81oZ/);
    expect(() => mustBe(file, integrity, 'a@1')).to.not.throw();
    writeFileSync(file, 'abd');
    expect(() => mustBe(file, integrity, 'a@1')).to.throw(
      /^a@1 is not what it should be: its integrity is sha512-/,
    );
  });

  it('keeps what is there as long as versions and files are those that are wanted', async () => {
    const { isComplete } = await setupModule('webgpu');
    const wanted = [{ name: '@b/a', version: '1.2.3', files: ['package.json', 'dist/x.node'] }];
    const place = path.join(folder, 'node_modules', '@b', 'a');
    mkdirSync(path.join(place, 'dist'), { recursive: true });
    writeFileSync(path.join(place, 'package.json'), '{"version": "1.2.3"}');
    expect(isComplete(folder, wanted)).to.equal(false);
    writeFileSync(path.join(place, 'dist', 'x.node'), '');
    expect(isComplete(folder, wanted)).to.equal(true);
    writeFileSync(path.join(place, 'package.json'), '{"version": "1.2.4"}');
    expect(isComplete(folder, wanted)).to.equal(false);
  });
});
