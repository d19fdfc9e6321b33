import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { python, TorchClone } from './torch-clone.js';

/** Exit code of an engine that was asked for by name and does not work. */
const NO_ENGINE = 5;

/** Whether a process is gone within seconds. */
async function ends(pid: number): Promise<boolean> {
  for (let wait = 0; wait < 100; wait++) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await sleep(50);
  }
  return false;
}

describe('set-up of the torch engine', function () {
  this.timeout(60_000);
  let clone: TorchClone;

  before(function () {
    if (!python) {
      console.log('      skipped: python3 is not here');
      this.skip();
    }
  });
  beforeEach(() => (clone = new TorchClone(mkdtempSync(path.join(tmpdir(), 'osvos torch Ö ')))));
  afterEach(() => rmSync(clone.folder, { recursive: true, force: true }));

  describe('with an installed PyTorch', () => {
    it('compiles against it once, without importing it', () => {
      const folder = clone.torch('2.9.1+cu128');
      const { status, said } = clone.setUp('torch');
      expect(said).to.include('torch: compiling the addon against PyTorch 2.9.1+cu128');
      expect(said).to.include(`torch: works (PyTorch 2.9.1+cu128 on cpu, f32; ${folder})`);
      expect(status).to.equal(0);
      expect(clone.placed()).to.include({ torch: '2.9.1+cu128', folder, addon: `int one; for ${folder}` });
      expect(clone.leftovers()).to.deep.equal([]);

      expect(clone.setUp('torch').said).to.include('torch: works').and.not.to.include('compiling');
      expect(clone.asked('node-gyp')).to.have.length(1);
      expect(clone.asked('pip')).to.deep.equal([]);
    });

    it('serves another clone from the cache, without a compiler', () => {
      const folder = clone.torch('2.9.1');
      clone.setUp('torch');
      rmSync(path.join(clone.bin, 'c++'));
      const root = clone.another();
      expect(clone.setUp('torch', { root }).status).to.equal(0);
      expect(clone.placed(root)?.addon).to.equal(`int one; for ${folder}`);
      expect(clone.asked('node-gyp')).to.have.length(1);
    });

    it('compiles anew when its version changes', () => {
      const folder = clone.torch('2.9.1');
      clone.setUp('torch');
      clone.torch('2.10.0');
      const { said } = clone.setUp('torch');
      expect(said).to.include('torch: compiling the addon against PyTorch 2.10.0');
      expect(clone.placed()).to.include({ torch: '2.10.0', folder });
      expect(clone.asked('node-gyp')).to.have.length(2);
    });

    it('compiles anew when the sources change', () => {
      clone.torch('2.9.1');
      clone.setUp('torch');
      writeFileSync(path.join(clone.root, 'native', 'src', 'addon.cc'), 'int two;');
      clone.setUp('torch');
      expect(clone.placed()?.addon).to.match(/^int two; for /);
      writeFileSync(path.join(clone.root, 'native', 'src', 'parts', 'part.cc'), 'int three;');
      clone.setUp('torch');
      expect(clone.asked('node-gyp')).to.have.length(3);
    });

    it('takes away an addon of other sources where it cannot compile', () => {
      clone.torch('2.9.1');
      clone.setUp('torch');
      writeFileSync(path.join(clone.root, 'native', 'src', 'addon.cc'), 'int two;');
      rmSync(path.join(clone.bin, 'make'));
      expect(clone.setUp('torch').status).to.equal(NO_ENGINE);
      expect(clone.placed()).to.equal(undefined);
    });

    it('compiles anew when the addon in the cache does not work', () => {
      const folder = clone.torch('2.9.1');
      clone.setUp('torch');
      const [kept] = clone.cachedAddons();
      writeFileSync(kept, 'for another machine');
      const root = clone.another();
      const { status, said } = clone.setUp('torch', { root });
      expect(said).to.include(
        'torch: the addon in the cache does not work here (undefined symbol: at), so it is compiled anew',
      );
      expect(status).to.equal(0);
      expect(clone.placed(root)?.addon).to.equal(`int one; for ${folder}`);
    });

    it('of OSVOS_PYTHON takes that one, also when another is in use', () => {
      clone.torch('2.9.1');
      clone.setUp('torch');
      const others = path.join(clone.folder, 'others');
      const folder = clone.torch('2.8.0', { folder: others });
      clone.program('my-python', `PYTHONPATH='${others}' exec '${python}' -S "$@"`);
      const env = { OSVOS_PYTHON: path.join(clone.bin, 'my-python') };
      expect(clone.setUp('torch', { env }).said).to.include('works (PyTorch 2.8.0 on cpu');
      expect(clone.placed()).to.include({ torch: '2.8.0', folder });
      // and keeps it when it is not pointed to any more
      expect(clone.setUp('torch').said).to.include('works (PyTorch 2.8.0 on cpu');
    });

    for (const [how, hindrance] of [
      ['cannot be compiled for', { COMPILE: 'wrong' }],
      ['does not work with', { BROKEN: 'others' }],
    ] as const) {
      it(`of OSVOS_PYTHON that the addon ${how} is tried once while another works`, () => {
        const folder = clone.torch('2.9.1');
        clone.setUp('torch');
        const others = path.join(clone.folder, 'others');
        clone.torch('2.8.0', { folder: others });
        clone.program('my-python', `PYTHONPATH='${others}' exec '${python}' -S "$@"`);
        const env = { OSVOS_PYTHON: path.join(clone.bin, 'my-python'), ...hindrance };
        expect(clone.setUp('torch', { env }).said).to.include('works (PyTorch 2.9.1');
        const { status, said } = clone.setUp('torch', { env });
        expect(said).to.match(/others\/torch is not used: .* \(tried before; to try again remove .*failed\)/);
        expect(said).to.include('works (PyTorch 2.9.1');
        expect(status).to.equal(0);
        expect(clone.placed()?.folder).to.equal(folder);
        expect(clone.asked('node-gyp')).to.have.length(2);
      });
    }

    it('says that the one of OSVOS_PYTHON has none', () => {
      clone.torch('2.9.1');
      clone.program('my-python', 'exit 127');
      const { status, said } = clone.setUp('torch', { env: { OSVOS_PYTHON: 'my-python' } });
      expect(said).to.include(
        'torch: OSVOS_PYTHON names my-python, which has no PyTorch (my-python -m pip install torch)',
      );
      expect(status).to.equal(0);
    });

    it('is not misled by a folder named torch where the user stands', () => {
      const standing = path.join(clone.folder, 'standing');
      clone.torch('2.12.0', { folder: standing });
      const folder = clone.torch('2.9.1');
      const before = process.cwd();
      process.chdir(standing);
      try {
        clone.setUp('torch');
      } finally {
        process.chdir(before);
      }
      expect(clone.placed()?.folder).to.equal(folder);
    });

    const unfit: [string, (clone: TorchClone) => string, RegExp][] = [
      ['is too old', (clone) => clone.torch('2.7.1+cu118'), /it is 2\.7\.1\+cu118, and at least 2\.8 is needed/],
      [
        'has no headers',
        (clone) => {
          const folder = clone.torch('2.9.1');
          rmSync(path.join(folder, 'include'), { recursive: true });
          return folder;
        },
        /it lacks include\/ATen\/ATen\.h/,
      ],
    ]; // prettier-ignore
    if (process.platform === 'linux') {
      unfit.push([
        'has the old C++ ABI',
        (clone) => clone.torch('2.9.1', { abi: '_ZN3c105ErrorC1ENS_14SourceLocationESs' }),
        /it is built with the old C\+\+ ABI/,
      ]);
    }
    for (const [what, make, reason] of unfit) {
      it(`that ${what} says so and downloads one`, () => {
        const folder = make(clone);
        clone.python({ wheel: clone.wheel('2.13.0+cpu') });
        const { status, said } = clone.setUp('torch');
        expect(said).to.include(`torch: the PyTorch in ${folder} is not used: it `).and.to.match(reason);
        expect(status).to.equal(0);
        expect(clone.placed()).to.include({
          torch: '2.13.0+cpu',
          folder: path.join(clone.cache, 'torch-2.13.0', 'torch'),
        });
      });
    }

    it('that the addon does not work with says so, keeps nothing of it, and downloads one', () => {
      const folder = clone.torch('2.9.1');
      clone.python({ wheel: clone.wheel('2.13.0+cpu') });
      const { status, said } = clone.setUp('torch', { env: { BROKEN: folder } });
      expect(said).to.include(
        `torch: the addon compiled against PyTorch 2.9.1 in ${folder} does not work: undefined symbol: at`,
      );
      expect(status).to.equal(0);
      expect(clone.placed()?.torch).to.equal('2.13.0+cpu');
      expect(clone.cachedAddons()).to.have.length(1);
      expect(clone.leftovers()).to.deep.equal([]);
    });

    it('leaves nothing behind when compiling fails, and says what the compiler said', () => {
      clone.torch('2.9.1');
      const { status, said } = clone.setUp('torch', { env: { COMPILE: 'wrong' } });
      expect(said).to.include('src/addon.cc:1: error: expected a semicolon');
      expect(status).to.equal(NO_ENGINE);
      expect(clone.placed()).to.equal(undefined);
      expect(clone.cachedAddons()).to.deep.equal([]);
      expect(clone.leftovers()).to.deep.equal([]);
    });
  });

  describe('without an installed PyTorch', () => {
    it('downloads a build for the processor, and unpacks what the addon needs', () => {
      clone.python({ wheel: clone.wheel('2.13.0+cpu') });
      const { status, said } = clone.setUp('torch');
      expect(status).to.equal(0);
      expect(said).to.include('torch: downloading PyTorch 2.13.0 for the processor by pip (0.2 GB)');
      const [download] = clone.asked('pip');
      expect(download).to.match(
        process.platform === 'linux' ? / torch==2\.13\.0\+cpu$/ : / torch==2\.13\.0$/,
      );
      expect(download).to.include(' --no-deps ').and.to.include(' --retries 0 --timeout 10 ');
      const torch = path.join(clone.cache, 'torch-2.13.0', 'torch');
      expect(readdirSync(torch).sort()).to.deep.equal(['include', 'lib', 'version.py']);
      expect(readdirSync(path.join(torch, 'lib')).map((name) => path.parse(name).name).sort()).to.deep.equal(
        ['libc10', 'libtorch', 'libtorch_cpu'],
      ); // prettier-ignore
      expect(clone.leftovers()).to.deep.equal([]);

      clone.setUp('torch', { root: clone.another() });
      expect(clone.asked('pip')).to.have.length(1);
      expect(clone.asked('node-gyp')).to.have.length(1);
    });

    it('keeps to an addon that works until PyTorch is gone, then downloads', () => {
      const folder = clone.torch('2.9.1');
      clone.setUp('torch');
      rmSync(folder, { recursive: true });
      clone.python({ wheel: clone.wheel('2.13.0+cpu') });
      expect(clone.setUp('torch').status).to.equal(0);
      expect(clone.placed()?.torch).to.equal('2.13.0+cpu');
    });

    const hindrances: [string, (clone: TorchClone) => void, string][] = [
      ['Python', (clone) => rmSync(path.join(clone.bin, 'python3')), 'torch: Python with pip is missing'],
      ['network', () => undefined, 'no index answers'],
      [
        'compiler',
        (clone) => {
          clone.torch('2.9.1');
          rmSync(path.join(clone.bin, 'c++'));
        },
        'torch: a C++ compiler with make is missing',
      ],
      [
        'node-gyp',
        (clone) => {
          clone.torch('2.9.1');
          // removed it might still be found in a folder above
          const manifest = path.join(clone.root, 'node_modules', 'node-gyp', 'package.json');
          writeFileSync(manifest, '{"exports": {}}');
        },
        'torch: the package node-gyp is not installed',
      ],
    ];
    for (const [what, hinder, reason] of hindrances) {
      it(`ends with the next engine where there is no ${what}`, () => {
        hinder(clone);
        const { status, said } = clone.setUp('auto');
        expect(said).to.include(reason).and.to.include('engine: wasm will run');
        expect(status).to.equal(0);
        expect(clone.placed()).to.equal(undefined);
        expect(clone.leftovers()).to.deep.equal([]);
        expect(clone.setUp('torch').status).to.equal(NO_ENGINE);
      });
    }
  });

  it('ends with the next engine where the cache folder cannot be written', () => {
    clone.torch('2.9.1');
    writeFileSync(clone.cache, 'not a folder');
    const { status, said } = clone.setUp('auto');
    expect(said)
      .to.match(/OSVOS_CACHE_DIR names another/)
      .and.to.match(/^torch: E(EXIST|NOTDIR)/m);
    expect(said).to.include('engine: wasm will run');
    expect(status).to.equal(0);
    expect(clone.placed()).to.equal(undefined);
  });

  describe('stopped while it compiles', () => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const) {
      it(`by ${signal} leaves nothing behind that the next one does not tidy up`, async () => {
        clone.torch('2.9.1');
        const child = await clone.setUpUntilCompiling();
        child.kill(signal);
        const [code] = (await once(child, 'close')) as [number | null];
        const compiler = Number(clone.asked('node-gyp')[0].split(' ')[1]);
        if (signal === 'SIGKILL') process.kill(compiler);
        else {
          expect(code).to.equal(130);
          expect(clone.leftovers()).to.deep.equal([]);
          expect(await ends(compiler)).to.equal(true);
        }
        expect(clone.placed()).to.equal(undefined);
        expect(clone.setUp('torch').status).to.equal(0);
        expect(clone.leftovers()).to.deep.equal([]);
      });
    }

    it('tidies up after a swap that was cut in two', () => {
      const folder = clone.torch('2.9.1');
      clone.setUp('torch');
      const lib = path.join(clone.root, 'native', 'lib');
      // the old one was moved aside, the new one not yet in its place
      for (const name of ['old', 'partial']) cpSync(lib, `${lib}.${name}`, { recursive: true });
      rmSync(lib, { recursive: true });
      expect(clone.setUp('torch').said).not.to.include('compiling');
      expect(clone.placed()?.folder).to.equal(folder);
      expect(clone.leftovers()).to.deep.equal([]);
    });
  });

  describe('beside TensorFlow', () => {
    const tensorflow = () => path.join(clone.root, 'node_modules', '@tensorflow', 'tfjs-node-gpu');
    beforeEach(() => {
      mkdirSync(tensorflow(), { recursive: true });
      writeFileSync(path.join(tensorflow(), 'package.json'), JSON.stringify({ version: '4.22.0' }));
      clone.torch('2.9.1', { cuda: true });
    });
    const install = () => {
      mkdirSync(path.join(tensorflow(), 'lib', 'napi-v8'), { recursive: true });
      writeFileSync(path.join(tensorflow(), 'lib', 'napi-v8', 'tfjs_binding.node'), '');
      const trial = path.join(clone.root, 'dist', 'engine', 'tensorflow', 'trial.js');
      mkdirSync(path.dirname(trial), { recursive: true });
      writeFileSync(trial, "process.send({ device: 'cuda', version: '2.21.0' }); process.disconnect();");
    };
    // a card, so that this machine's own has no say
    const env = { DEVICE: 'cuda' };

    it('leaves TensorFlow out, and says how to have it', () => {
      const { status, said } = clone.setUp('auto', { env });
      expect(said).to.match(/torch: works .*\n.*tensorflow: left out, as torch works; `--engine all` sets it up too\n$/);
      expect(status).to.equal(0);
      expect(clone.asked('pip')).to.deep.equal([]);
    }); // prettier-ignore

    it('keeps a TensorFlow that is there', () => {
      install();
      const { said } = clone.setUp('auto', { env });
      expect(said).to.include('tensorflow: works (TensorFlow 2.21.0 on cuda)');
    });

    it('puts a TensorFlow of the cache in place', function () {
      if (process.platform !== 'linux') this.skip();
      install();
      const addon = path.join(tensorflow(), 'lib', 'napi-v8', 'tfjs_binding.node');
      const key = `tfjs-4.22.0_tensorflow-2.21.0_napi-v8_linux-${process.arch}`;
      mkdirSync(path.join(clone.cache, 'addons', key), { recursive: true });
      renameSync(addon, path.join(clone.cache, 'addons', key, 'tfjs_binding.node'));
      for (const file of [
        'libtensorflow_cc.so.2',
        'libtensorflow_framework.so.2',
        'include/tensorflow/c/c_api.h',
      ]) {
        const place = path.join(clone.cache, 'tensorflow-2.21.0', 'tensorflow', file);
        mkdirSync(path.dirname(place), { recursive: true });
        writeFileSync(place, '');
      }
      expect(clone.setUp('auto', { env }).said)
        .to.include('tensorflow: works')
        .and.not.to.include('download');
      expect(existsSync(addon)).to.equal(true);
      expect(clone.asked('pip')).to.deep.equal([]);
    });

    it('sets TensorFlow up where torch fails', () => {
      install();
      const { status, said } = clone.setUp('auto', { env: { ...env, BROKEN: 'int' } });
      expect(said).to.include('tensorflow: works').and.not.to.include('wasm will run');
      expect(status).to.equal(0);
    });

    it('sets up both when all are asked for, and one when it is named', () => {
      install();
      expect(clone.setUp('all', { env }).said).to.match(/torch: works[^]*tensorflow: works/);
      expect(clone.setUp('torch', { env }).said).not.to.include('tensorflow');
      expect(clone.setUp('tensorflow', { env }).said).not.to.include('torch:');
    });
  });
});
