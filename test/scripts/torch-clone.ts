/**
 * A small clone that set-up can be run in: its own scripts are the real ones, the parts around them (PyTorch, pip,
 * compiler, node-gyp, the engine's trial) are stand-ins that tell what they were asked for.
 */
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../..', import.meta.url));
/** How libc10 names a constructor that takes a string of today's C++ ABI (Itanium C++ ABI, abi-tag `cxx11`). */
const todaysAbi = '_ZN3c105ErrorC1ENS_14SourceLocationENSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE';
const extension = process.platform === 'darwin' ? 'dylib' : 'so';

/** Python as it is on this machine; undefined when it is not there. */
export const python = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
}).stdout?.trim();

export class TorchClone {
  readonly root: string;
  readonly cache: string;
  /** The only folder on the path. */
  readonly bin: string;
  /** Where Python finds packages. */
  readonly packages: string;
  private readonly log: string;

  constructor(readonly folder: string) {
    this.root = path.join(folder, 'clone');
    this.cache = path.join(folder, 'cache');
    this.bin = path.join(folder, 'bin');
    this.packages = path.join(folder, 'packages');
    this.log = path.join(folder, 'log');
    writeFileSync(this.log, '');
    mkdirSync(this.bin);
    mkdirSync(this.packages);
    this.program('c++', 'exit 0');
    this.program('make', 'exit 0');
    this.python('no index answers');
    makeClone(this.root);
  }

  /** Puts a shell script on the path. */
  program(name: string, script: string): void {
    const file = path.join(this.bin, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }

  /** Python with packages from `packages` alone, and a pip that fails, or that "downloads" a file. */
  python(pip: string | { wheel: string }): void {
    const answer =
      typeof pip === 'string'
        ? `echo '${pip}' >&2; exit 1`
        : // the folder follows -d, the last is what is wanted
          `while [ "$1" != -d ]; do shift; done; /bin/mkdir -p "$2"; exec /bin/cp '${pip.wheel}' "$2"`;
    this.program(
      'python3',
      [
        'if [ "$2" = pip ]; then',
        `  if [ "$3" = --version ]; then exit 0; fi; echo "pip $*" >> '${this.log}'; ${answer}`,
        'fi',
        `PYTHONPATH='${this.packages}' exec '${python}' -S "$@"`,
      ].join('\n'),
    );
  }

  /** A PyTorch in Python's folder, or in another one. Importing it fails. */
  torch(
    version: string,
    {
      folder = this.packages,
      abi = todaysAbi,
      cuda = false,
    }: { folder?: string; abi?: string; cuda?: boolean } = {},
  ): string {
    const torch = path.join(folder, 'torch');
    const write = (file: string, content: string) => {
      mkdirSync(path.dirname(path.join(torch, file)), { recursive: true });
      writeFileSync(path.join(torch, file), content);
    };
    write('__init__.py', "raise ImportError('PyTorch was imported')");
    write('version.py', `from typing import Optional\n\n__version__ = '${version}'\ndebug = False\n`);
    write('include/ATen/ATen.h', '');
    write(`lib/libc10.${extension}`, `\0${abi}\0`);
    const libraries = ['torch', 'torch_cpu', 'torch_python', ...(cuda ? ['torch_cuda'] : [])];
    for (const name of libraries) write(`lib/lib${name}.${extension}`, '');
    return torch;
  }

  /** A wheel of such a PyTorch. */
  wheel(version: string): string {
    const content = path.join(this.folder, 'wheel');
    this.torch(version, { folder: content });
    const wheel = path.join(this.folder, 'torch.whl');
    const made = spawnSync(`${python}`, ['-m', 'zipfile', '-c', wheel, path.join(content, 'torch')]);
    if (made.status !== 0) throw new Error(made.stderr.toString());
    return wheel;
  }

  /** Another clone of the same user. */
  another(): string {
    const root = path.join(this.folder, 'another clone');
    makeClone(root);
    return root;
  }

  /** Runs set-up to its end. `said` is without the seconds. */
  setUp(engine: string, { root = this.root, env = {} } = {}) {
    const { status, stderr } = spawnSync(process.execPath, [path.join(root, 'scripts', 'setup.mjs'), '--engine', engine], {
      encoding: 'utf8',
      env: this.environment(env),
    }); // prettier-ignore
    return { status, said: stderr.replaceAll(/^set-up +\d+ s {2}/gm, '') };
  }

  /** Starts set-up and waits until it compiles, which the stand-in of node-gyp does for ever. */
  async setUpUntilCompiling(): Promise<ChildProcess> {
    const child = spawn(process.execPath, [path.join(this.root, 'scripts', 'setup.mjs')], {
      env: this.environment({ COMPILE: 'for ever' }),
      stdio: 'ignore',
    });
    while (this.asked('node-gyp').length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    return child;
  }

  /** What a stand-in was asked for; node-gyp with the process id of its compiler. */
  asked(program: 'pip' | 'node-gyp'): string[] {
    return readFileSync(this.log, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith(program));
  }

  /** The addon in place and its description; undefined when there is none. */
  placed(root = this.root): { addon: string; torch: string; folder: string } | undefined {
    const lib = path.join(root, 'native', 'lib');
    if (!existsSync(lib)) return undefined;
    const description = JSON.parse(readFileSync(path.join(lib, 'torch.json'), 'utf8')) as Record<
      'torch' | 'folder',
      string
    >;
    return { ...description, addon: readFileSync(path.join(lib, 'osvos_torch.node'), 'utf8') };
  }

  /** Everything in the cache folder that a set-up which ended should not leave. */
  leftovers(): string[] {
    const native = readdirSync(path.join(this.root, 'native')).filter((name) => /partial|old/.test(name));
    const cache = existsSync(this.cache) ? readdirSync(this.cache) : [];
    return [...native, ...cache.filter((name) => name.startsWith('.') || name.startsWith('setup.lock'))];
  }

  /** Files of addons in the cache. */
  cachedAddons(): string[] {
    const addons = path.join(this.cache, 'addons');
    if (!existsSync(addons)) return [];
    return readdirSync(addons)
      .map((name) => path.join(addons, name, 'osvos_torch.node'))
      .filter((file) => existsSync(file));
  }

  private environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return {
      ...process.env,
      OSVOS_PYTHON: '',
      CXX: 'c++',
      NODE_PATH: '',
      PATH: this.bin,
      OSVOS_CACHE_DIR: this.cache,
      LOG: this.log,
      ...env,
    };
  }
}

function makeClone(root: string): void {
  const write = (file: string, content: string) => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), content);
  };
  cpSync(path.join(project, 'scripts', 'setup'), path.join(root, 'scripts', 'setup'), { recursive: true });
  cpSync(path.join(project, 'scripts', 'setup.mjs'), path.join(root, 'scripts', 'setup.mjs'));
  write('package.json', '{}');
  write('native/binding.gyp', '{}');
  write('native/src/addon.cc', 'int one;');
  write('native/src/parts/part.cc', 'int other;');
  write('node_modules/node-addon-api/package.json', '{}');
  write('node_modules/node-gyp/package.json', '{}');
  write('node_modules/node-gyp/bin/node-gyp.js', NODE_GYP);
  write('dist/engine/torch/trial.js', TRIAL);
}

const NODE_GYP = `
const { appendFileSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } = require('node:fs');
const given = (name) => process.argv.find((word) => word.startsWith('-D' + name)).slice(name.length + 3);
const torch = require('node:path').dirname(given('runpath'));
if (realpathSync(given('torch')) !== realpathSync(torch)) throw new Error('not the same library');
const { COMPILE, LOG } = process.env;
// a compiler is a child of node-gyp, and has to end with it
const compiler = require('node:child_process').spawn(process.execPath, [
  '-e', COMPILE === 'for ever' ? 'setInterval(() => {}, 1000)' : '',
]);
compiler.on('close', (code) => process.exit(process.exitCode ?? code ?? 1));
appendFileSync(LOG, 'node-gyp ' + compiler.pid + ' ' + torch + '\\n');
if (COMPILE === 'for ever') return;
if (COMPILE === 'wrong') throw new Error('src/addon.cc:1: error: expected a semicolon');
else {
  for (const file of ['binding.gyp', 'node_modules/node-addon-api/package.json'])
    if (!existsSync(file)) throw new Error(file + ' is missing');
  mkdirSync('build/Release', { recursive: true });
  writeFileSync('build/Release/osvos_torch.node', readFileSync('src/addon.cc', 'utf8') + ' for ' + torch);
}
`;

/** Passes when the addon has been compiled for the library that stands beside it, unless \`BROKEN\` names that. */
const TRIAL = `
const { readFileSync } = require('node:fs');
const path = require('node:path');
const lib = path.join(__dirname, '../../../native/lib');
const addon = readFileSync(path.join(lib, 'osvos_torch.node'), 'utf8');
const { folder } = JSON.parse(readFileSync(path.join(lib, 'torch.json'), 'utf8'));
if (!addon.endsWith(' for ' + folder) || (process.env.BROKEN && addon.includes(process.env.BROKEN))) {
  console.error('undefined symbol: at');
  process.exitCode = 1;
} else process.send({ device: process.env.DEVICE ?? 'cpu', version: '2.13.0', precision: 'f32' });
process.disconnect();
`;
