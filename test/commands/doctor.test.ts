import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { runOsvos } from './run-osvos.js';

describe('osvos doctor', function () {
  this.timeout(60_000);
  let folder: string;
  const before = { cache: process.env.OSVOS_CACHE_DIR, path: process.env.PATH };
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'osvos-doctor-'));
    process.env.OSVOS_CACHE_DIR = folder;
  });
  afterEach(() => {
    process.env.PATH = before.path;
    if (before.cache === undefined) delete process.env.OSVOS_CACHE_DIR;
    else process.env.OSVOS_CACHE_DIR = before.cache;
    rmSync(folder, { recursive: true, force: true });
  });

  it('lists engines, the one that auto takes, ffmpeg, weights and cache', async () => {
    const { exit, stdout } = await runOsvos('doctor');
    expect(exit).to.equal(0);
    expect(stdout).to.match(/^engine +works +device +threads +version/m);
    expect(stdout).to.match(/^wasm +yes +cpu +1 +4\.22\.0/m);
    expect(stdout).to.match(/^cpu +yes/m);
    expect(stdout.match(/auto takes this one/g)).to.have.length(1);
    expect(stdout).to.contain(`cache    ${folder} (0.00 GB)`);
  });

  it('gives the same as JSON, and the remedy for a missing ffmpeg', async () => {
    process.env.PATH = folder;
    const { exit, stdout } = await runOsvos('doctor', '--json');
    expect(exit).to.equal(0);
    const report = JSON.parse(stdout) as Record<string, unknown> & { engines: object[]; ffmpeg: object };
    expect(report).to.include.keys('engines', 'auto', 'ffmpeg', 'weights');
    for (const engine of report.engines) {
      expect(engine).to.have.all.keys('name', 'available', 'device', 'threads', 'version', 'why', 'remedy');
    }
    expect(report.ffmpeg).to.include({ available: false });
    expect((report.ffmpeg as { remedy: string }).remedy).to.match(/apt-get install ffmpeg/);
  });

  it('--clean empties the cache and says how much it freed', async () => {
    mkdirSync(path.join(folder, 'tensorflow-1'));
    writeFileSync(path.join(folder, 'tensorflow-1', 'library'), Buffer.alloc(20_000_000));
    const { exit, stdout } = await runOsvos('doctor', '--clean');
    expect([exit, stdout]).to.deep.equal([0, `${folder} is empty now (0.02 GB freed)\n`]);
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('--clean keeps away from a set-up that is running, with exit code 7', async () => {
    mkdirSync(path.join(folder, 'setup.lock'));
    const { exit, stderr } = await runOsvos('doctor', '--clean');
    expect(exit).to.equal(7);
    expect(stderr).to.match(/a set-up is running.*try again/);
    expect(existsSync(path.join(folder, 'setup.lock'))).to.equal(true);
  });

  it('--clean is content with a cache that is not there', async () => {
    process.env.OSVOS_CACHE_DIR = path.join(folder, 'none');
    expect((await runOsvos('doctor', '--clean')).exit).to.equal(0);
  });
});
