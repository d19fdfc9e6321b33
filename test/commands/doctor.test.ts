import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { installedEngines } from '../../src/engine/choose.js';
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
    // while two native engines are not measured, auto takes neither
    const unmeasured = stdout.match(/auto measures this one at the first run/g) ?? [];
    expect(unmeasured).to.have.length(installedEngines().length > 1 ? installedEngines().length : 0);
    expect(stdout.match(/auto takes this one/g) ?? []).to.have.length(unmeasured.length > 0 ? 0 : 1);
    expect(stdout).to.contain(`cache    ${folder} (0.00 GB)`);
  });

  it('gives the same as JSON, and the remedy for a missing ffmpeg', async () => {
    process.env.PATH = folder;
    const { exit, stdout } = await runOsvos('doctor', '--json');
    expect(exit).to.equal(0);
    const report = JSON.parse(stdout) as Record<string, unknown> & { engines: object[]; ffmpeg: object };
    expect(report).to.include.keys('engines', 'auto', 'ffmpeg', 'weights');
    const keys = [
      'name',
      'available',
      'device',
      'precision',
      'threads',
      'version',
      'stepMs',
      'why',
      'remedy',
    ];
    for (const engine of report.engines) {
      expect(engine).to.have.all.keys(...keys);
      expect(engine).to.include({ stepMs: null });
    }
    expect(report.ffmpeg).to.include({ available: false });
    expect((report.ffmpeg as { remedy: string }).remedy).to.match(/apt-get install ffmpeg/);
  });

  it('--measure measures all but cpu, keeps it, and auto takes the fastest', async function () {
    this.timeout(180_000);
    const flags = ['--device', 'cpu', '--threads', '1'];
    const { exit, stdout, stderr } = await runOsvos('doctor', '--measure', ...flags);
    expect(exit).to.equal(0);
    const measured = [...installedEngines(), 'wasm'];
    expect(stderr).to.contain(`measuring the engines: ${measured.join(', ')}`);
    expect(stdout).to.match(/^cpu .* –$/m);
    const steps = measured.map((name) => new RegExp(`^${name} .* ([\\d.]+) ms`, 'm').exec(stdout)?.[1]);
    expect(stdout.match(/auto takes this one/g)).to.have.length(1);
    if (measured.length === 1) expect(stdout).to.match(/^wasm .*auto takes this one$/m);

    const report = JSON.parse((await runOsvos('doctor', '--json', ...flags)).stdout) as {
      engines: { name: string; stepMs: number | null }[];
      auto: string;
      unmeasured: string[];
    };
    const kept = measured.map((name) => report.engines.find((engine) => engine.name === name)?.stepMs);
    steps.forEach((step, i) => expect(Number(step), measured[i]).to.be.closeTo(kept[i]!, 0.5));
    const native = kept.slice(0, -1) as number[];
    const fastest = native.length > 0 ? native.indexOf(Math.min(...native)) : 0;
    expect([report.auto, report.unmeasured]).to.deep.equal([measured[fastest], []]);
  });

  it('--measure says why an engine could not be measured', async () => {
    // no machine has both of these devices, and WebAssembly has neither
    const device = process.platform === 'darwin' ? 'cuda' : 'mps';
    const { exit, stdout } = await runOsvos('doctor', '--measure', '--device', device);
    expect(exit).to.equal(0);
    for (const name of installedEngines().filter((each) => device === 'cuda' || each === 'torch'))
      expect(stdout).to.match(
        new RegExp(`^engine ${name} on ${device} could not be measured: .*--measure`, 'm'),
      );
    expect(stdout).to.match(/^wasm +yes .* –/m);
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
