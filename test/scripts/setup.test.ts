import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { execFileSync, spawnSync } from 'node:child_process';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { cacheFolder } from '../../src/engine/machine.js';
import { setupModule } from './setup-module.js';

const project = fileURLToPath(new URL('../..', import.meta.url));

describe('set-up', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'osvos set-up Ö '))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  describe('the cache folder', () => {
    const cases: [string, NodeJS.ProcessEnv, NodeJS.Platform, string][] = [
      ['lies in ~/.cache on Linux', {}, 'linux', '/home/a/.cache/osvos'],
      ['follows XDG_CACHE_HOME', { XDG_CACHE_HOME: '/x' }, 'linux', '/x/osvos'],
      [
        'is OSVOS_CACHE_DIR itself before all else',
        { OSVOS_CACHE_DIR: '/o', XDG_CACHE_HOME: '/x' },
        'linux',
        '/o',
      ],
      ['lies in the Library on macOS', { XDG_CACHE_HOME: '/x' }, 'darwin', '/home/a/Library/Caches/osvos'],
    ];
    for (const [what, env, platform, expected] of cases) {
      it(`${what}, for set-up and engines alike`, async () => {
        const setUp = await setupModule('cache');
        expect(setUp.cacheFolder(env, platform, '/home/a')).to.equal(expected);
        expect(cacheFolder(env, platform, '/home/a')).to.equal(expected);
      });
    }
  });

  describe('the packages', () => {
    const write = (wanted: object, installed?: object) => {
      writeFileSync(
        path.join(folder, 'package-lock.json'),
        JSON.stringify({ packages: { '': {}, ...wanted } }),
      );
      if (!installed) return;
      mkdirSync(path.join(folder, 'node_modules', 'a'), { recursive: true });
      writeFileSync(path.join(folder, 'node_modules', 'a', 'package.json'), '{}');
      const note = path.join(folder, 'node_modules', '.package-lock.json');
      writeFileSync(note, JSON.stringify({ packages: installed }));
    };
    const a = 'node_modules/a';
    const cases: [string, object, object | undefined, string | undefined][] = [
      [
        'are installed when node_modules is missing',
        { [a]: { version: '1.0.0' } },
        undefined,
        'node_modules is missing',
      ],
      [
        'are left alone when all versions fit',
        { [a]: { version: '1.0.0' } },
        { [a]: { version: '1.0.0' } },
        undefined,
      ],
      [
        'are installed anew when a version differs',
        { [a]: { version: '2.0.0' } },
        { [a]: { version: '1.0.0' } },
        'node_modules/a is 1.0.0 and should be 2.0.0',
      ],
      [
        'are installed anew when one is missing',
        { [a]: { version: '1.0.0' } },
        {},
        'node_modules/a is missing',
      ],
      ['may lack an optional one', { 'node_modules/b': { version: '1.0.0', optional: true } }, {}, undefined],
      [
        'are installed anew when npm left out an optional one of our own',
        { '': { optionalDependencies: { b: '1' } }, 'node_modules/b': { version: '1.0.0', optional: true } },
        {},
        'node_modules/b is missing',
      ],
    ];
    for (const [what, wanted, installed, why] of cases) {
      it(what, async () => {
        write(wanted, installed);
        expect((await setupModule('packages')).whyStale(folder)).to.equal(why);
      });
    }
  });

  describe('the lock', () => {
    const owner = () => path.join(folder, 'setup.lock', 'owner.json');
    const held = (content: object) => {
      mkdirSync(path.dirname(owner()));
      writeFileSync(owner(), JSON.stringify(content));
    };

    it('lets nobody else in until it is released', async () => {
      const { lock } = await setupModule('lock');
      const release = await lock(folder);
      const refusal = await lock(folder, { waitMs: 10 }).catch((error: Error) => error.message);
      expect(refusal).to.match(/another set-up.*setup\.lock/);
      release();
      expect(existsSync(path.dirname(owner()))).to.equal(false);
      (await lock(folder, { waitMs: 10 }))();
    });

    it('of a process that ended is taken over', async () => {
      const { lock } = await setupModule('lock');
      const ended = Number(spawnSync(process.execPath, ['-e', '']).pid);
      held({ pid: ended, host: hostname() });
      const release = await lock(folder, { waitMs: 10 });
      expect((JSON.parse(readFileSync(owner(), 'utf8')) as { pid: number }).pid).to.equal(process.pid);
      release();
    });

    it('of another machine is respected while it is touched, and taken over a minute after', async () => {
      const { lock } = await setupModule('lock');
      held({ pid: process.pid, host: 'elsewhere' });
      const refusal = await lock(folder, { waitMs: 10 }).catch((error: Error) => error.message);
      expect(refusal).to.match(/another set-up/);
      const before = new Date(Date.now() - 61_000);
      utimesSync(owner(), before, before);
      (await lock(folder, { waitMs: 10 }))();
    });
  });

  it('brings back what was there when a new addon does not work', async () => {
    const { placeAddon } = await setupModule('tensorflow-addon');
    const addon = path.join(folder, 'new.node');
    writeFileSync(addon, 'new');
    const old = path.join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');
    mkdirSync(path.dirname(old), { recursive: true });
    writeFileSync(old, 'old');
    const placed = placeAddon({ folder }, addon, path.join(folder, 'tensorflow-x'));
    expect(readFileSync(old, 'utf8')).to.equal('new');
    expect(existsSync(path.join(folder, 'deps'))).to.equal(true);
    placed.undo();
    expect(readFileSync(old, 'utf8')).to.equal('old');
    expect(existsSync(path.join(folder, 'deps'))).to.equal(false);
  });

  it('refuses an engine that there is not with exit code 2, before anything is done', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/setup.mjs', '--engine', 'abacus'], {
      cwd: project,
      encoding: 'utf8',
      env: { ...process.env, OSVOS_CACHE_DIR: folder },
    });
    expect(status).to.equal(2);
    expect(stderr).to.equal(
      'unknown engine abacus: use one of auto, all, torch, tensorflow, webgpu, wasm, cpu\n',
    );
  });

  it('uses what Node.js brings along only, as it runs before any package is there', () => {
    const files = execFileSync(
      'find',
      ['scripts/setup.mjs', 'scripts/setup', 'scripts/test.mjs', '-name', '*.mjs'],
      {
        cwd: project,
        encoding: 'utf8',
      },
    );
    const imports = files
      .trim()
      .split('\n')
      .flatMap((file) => [
        ...readFileSync(path.join(project, file), 'utf8').matchAll(/^.*from '([^']+)';$/gm),
      ])
      .map(([, from]) => from);
    expect(imports.length).to.be.greaterThan(20);
    expect(imports.filter((from) => !/^(node:|\.)/.test(from))).to.deep.equal([]);
  });
});
