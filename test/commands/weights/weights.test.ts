import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import type { OsvosError } from '../../../src/errors.js';
import { loadParent } from '../../../src/methods/osvos/parent.js';
import { findWeights } from '../../../src/weights/manifest.js';
import { readSafetensors, sha256, writeSafetensors } from '../../../src/weights/safetensors.js';
import { trunkShapes } from '../../../src/weights/trunk-shapes.js';
import type { Weights } from '../../../src/weights/weights.js';
import { named, reduce, text, zipFile } from '../../weights/pth/pth-file.js';
import { numbers, osvosPyTorchParent, zeros } from '../../weights/trunk-file.js';
import { runOsvos } from '../run-osvos.js';

describe('osvos weights', () => {
  let folder: string;
  let file: string;
  const dataFolder = process.env.OSVOS_DATA_DIR;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'osvos Ö 视频 '));
    process.env.OSVOS_DATA_DIR = path.join(folder, 'data');
    const weights: Weights = new Map();
    for (const [name, shape] of trunkShapes('vgg19-slim'))
      weights.set(
        name,
        numbers(shape, (i) => Math.sin(i)),
      );
    file = path.join(folder, 'my trunk.safetensors');
    await writeSafetensors(file, weights);
  });
  afterEach(async () => {
    if (dataFolder === undefined) delete process.env.OSVOS_DATA_DIR;
    else process.env.OSVOS_DATA_DIR = dataFolder;
    await rm(folder, { recursive: true });
  });

  const importIt = (...more: string[]) => runOsvos('weights', 'import', file, '-a', 'vgg19-slim', ...more);

  it('import keeps a converted file in the data folder, where list finds it', async () => {
    const imported = await importIt('--name', 'slim');
    const kept = path.join(folder, 'data', 'weights', 'slim.safetensors');
    expect(imported.stdout).to.equal(
      `slim: 26 tensors of vgg19-slim in ${kept}\nPictures: BGR, 0–255, minus 104.48837 116.69275 122.93592\n`,
    );
    expect(imported.stderr).to.equal(`${file}: trunk vgg19-slim in the form of osvos\n`);
    expect((await readdir(path.dirname(kept))).sort()).to.deep.equal(['manifest.json', 'slim.safetensors']);
    expect((await runOsvos('weights', 'list')).stdout).to.match(
      /^slim +vgg19-slim +– +\d\.\d +– +yours to know$/m,
    );
    const { weights } = JSON.parse((await runOsvos('weights', 'list', '--json')).stdout) as {
      weights: object[];
    };
    expect(weights.at(-1)).to.include({
      name: 'slim',
      origin: 'imported',
      architecture: 'vgg19-slim',
      file: kept,
    });
  });

  it('import --json prints one object and nothing else on stdout', async () => {
    const { stdout, exit } = await importIt('--name', 'slim', '--json', '--quiet');
    const kept = path.join(folder, 'data', 'weights', 'slim.safetensors');
    expect(exit).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.equal({
      name: 'slim',
      architecture: 'vgg19-slim',
      form: 'osvos',
      file: kept,
      tensors: 26,
      sha256: await sha256(kept),
      input: { order: 'BGR', range: 255, mean: [104.48837, 116.69275, 122.93592], std: [1, 1, 1] },
      crop: null,
      licence: null,
    });
  });

  it('import --quiet says nothing but its result', async () => {
    const { stdout, stderr } = await importIt('--name', 'slim', '-q');
    expect(stderr).to.equal('');
    expect(stdout).to.match(/^slim: .*\nPictures: .*\n$/);
  });

  it('an error shows where it arose with --verbose only', async () => {
    const missing = ['weights', 'import', path.join(folder, 'no'), '-a', 'vgg16', '--name', 'x'];
    expect((await runOsvos(...missing)).stderr.split('\n')).to.have.length(2);
    expect((await runOsvos(...missing, '--verbose')).stderr).to.match(
      /\n +at .*readWeightFile[^]*caused by Error: ENOENT/,
    );
  });

  it('lead with an example in their help, and name every group of flags', async () => {
    for (const command of ['list', 'verify', 'import']) {
      const { exit, stdout } = await runOsvos('weights', command, '--help');
      expect(exit).to.equal(0);
      expect(stdout)
        .to.contain('EXAMPLES')
        .and.to.contain(`$ osvos weights ${command}`)
        .and.to.contain('GLOBAL FLAGS');
      expect(stdout.match(/^FLAGS$/m), 'flags without a group').to.equal(null);
    }
  });

  it('import does not replace weights without --force', async () => {
    await importIt('--name', 'slim');
    const again = await importIt('--name', 'slim');
    expect(again.exit).to.equal(2);
    expect(again.stderr).to.match(
      /^Error: weights of this name are there already: .*slim\.safetensors: choose another --name, or --force\n$/,
    );
    expect(await importIt('--name', 'slim', '--force')).to.include({ exit: 0 });
  });

  it('import refuses a name that is a path, and makes one from the file’s', async () => {
    const named = await importIt('--name', '../slim');
    expect(named).to.include({
      exit: 2,
      stderr: 'Error: not a name for weights: ../slim: give --name with letters, digits, - and _\n',
    });
    expect((await importIt()).stdout).to.match(/^my-trunk: 26 tensors/);
  });

  it('import refuses a file of another network with exit code 4 and writes nothing', async () => {
    const { exit, stderr } = await runOsvos('weights', 'import', file, '-a', 'resnet18', '--name', 'x');
    expect(exit).to.equal(4);
    expect(stderr)
      .to.contain('Error: no weights of resnet18 (it holds stage1.conv1.weight, ')
      .and.to.contain(file);
    expect(await readdir(folder)).not.to.contain('data');
  });

  it('import asks which network it is where names fit several', async () => {
    const weights: Weights = new Map(
      [...trunkShapes('resnet50').keys()].map((name) => [name, numbers([0], () => 0)]),
    );
    await writeSafetensors(file, weights);
    const { exit, stderr } = await runOsvos('weights', 'import', file);
    expect(exit).to.equal(2);
    expect(stderr).to.equal(
      `Error: its names could be those of resnet50 or resnet50-v1: ${file}: say which with --architecture\n`,
    );
  });

  it('import leaves an entry for each file in the folder’s manifest, and a new one for weights that are replaced', async () => {
    await importIt('--name', 'slim');
    await importIt('--name', 'another');
    const entries = async () => {
      const text = await readFile(path.join(folder, 'data', 'weights', 'manifest.json'), 'utf8');
      return JSON.parse(text) as { name: string; source: { sha256: string } }[];
    };
    const kept = path.join(folder, 'data', 'weights', 'slim.safetensors');
    const [first, second] = await entries();
    expect(first.name).to.equal('another');
    expect(second).to.deep.equal({
      name: 'slim',
      architecture: 'vgg19-slim',
      form: 'osvos',
      sha256: await sha256(kept),
      input: { order: 'BGR', range: 255, mean: [104.48837, 116.69275, 122.93592], std: [1, 1, 1] },
      crop: null,
      licence: null,
      method: null,
      file: 'slim.safetensors',
      bytes: (await stat(kept)).size,
      source: { file: 'my trunk.safetensors', sha256: await sha256(file) },
    });
    await writeSafetensors(
      file,
      new Map([...trunkShapes('vgg19-slim')].map(([name, shape]) => [name, numbers(shape, () => 1)])),
    );
    await importIt('--name', 'slim', '--force');
    const after = await entries();
    expect(after.map(({ name }) => name)).to.deep.equal(['another', 'slim']);
    expect(after[1].source.sha256).to.equal(await sha256(file));
  });

  it('import records that OSVOS-PyTorch’s parents crop at the centre, and folds their input into ours', async () => {
    await writeSafetensors(file, osvosPyTorchParent());
    const { stdout, stderr } = await runOsvos('weights', 'import', file, '--name', 'parent');
    const kept = path.join(folder, 'data', 'weights', 'parent.safetensors');
    expect(stdout).to.equal(
      `parent: 44 tensors of osvos-vgg16 in ${kept}\nPictures: BGR, 0–255, minus 103.53 116.28 123.675; crop: center\n`,
    );
    expect(stderr).to.equal(`${file}: network vgg16 in the form of OSVOS-PyTorch\n`);
    const { metadata } = await readSafetensors(kept);
    expect(metadata).to.include({
      architecture: 'osvos-vgg16',
      method: 'osvos',
      heads: 'side-outputs',
      crop: 'center',
    });
    expect(
      await loadParent({ trunk: 'vgg16', parent: 'parent', heads: 'top-down', base: undefined, seed: 1 }),
    ).to.include({ crop: 'center', heads: 'side-outputs' });
  });

  it('import takes a whole ResNet-50 with torchvision’s names for torchvision’s, and says so; without classifier it asks', async () => {
    const weights: Weights = new Map();
    for (const [name, [height, width, input, output]] of trunkShapes('resnet50')) {
      if (!name.endsWith('.weight')) continue;
      const convolution = name.slice(0, -'.weight'.length);
      const down = convolution.endsWith('downsample');
      const norm = down ? `${convolution}.1` : convolution.replace(/conv(\d)$/, 'bn$1');
      weights.set(down ? `${convolution}.0.weight` : name, zeros(output, input, height, width));
      for (const part of ['weight', 'bias', 'running_mean', 'running_var'])
        weights.set(`${norm}.${part}`, zeros(output));
    }
    await writeSafetensors(file, weights);
    const asked = await runOsvos('weights', 'import', file, '--name', 'r');
    expect(asked).to.include({
      exit: 2,
      stderr: `Error: its names could be those of resnet50 or resnet50-v1: ${file}: say which with --architecture\n`,
    });
    weights.set('fc.weight', zeros(1000, 2048));
    await writeSafetensors(file, weights);
    const taken = await runOsvos('weights', 'import', file, '--name', 'r');
    expect(taken.stdout).to.match(
      /^r: 86 tensors of resnet50 in .*\nPictures: RGB, 0–1, minus 0\.485 0\.456 0\.406, divided by 0\.229 0\.224 0\.225\n$/,
    );
    expect(taken.stderr)
      .to.contain('trunk resnet50 in the form of torchvision ResNet-50\n')
      .and.to.contain(
        'strides on the 3×3 convolutions; Caffe’s and Keras’s, which has the same names, is --architecture resnet50-v1',
      );
    // our own copy says itself what it is
    const kept = path.join(folder, 'data', 'weights', 'r.safetensors');
    expect((await runOsvos('weights', 'import', kept, '--name', 'again')).stdout).to.match(
      /^again: 86 tensors of resnet50 in /,
    );
  });

  it('imported weights that were altered afterwards are refused', async () => {
    await importIt('--name', 'slim');
    expect(path.basename((await findWeights('slim')).file)).to.equal('slim.safetensors');
    await truncate(path.join(folder, 'data', 'weights', 'slim.safetensors'), 1000);
    const error = await findWeights('slim').catch((fault: OsvosError) => fault);
    expect(error).to.include({ code: 'weights-unfit', exit: 4, remedy: 'import it again with --force' });
    await writeFile(path.join(folder, 'data', 'weights', 'manifest.json'), '{}');
    const damaged = await findWeights('slim').catch((fault: OsvosError) => fault);
    expect(damaged).to.include({ code: 'weights-unfit', what: 'the list of imported weights is damaged' });
  });

  it('import refuses a PyTorch file that would run a program, with exit code 4, and writes nothing', async () => {
    const evil = path.join(folder, 'evil.pth');
    await writeFile(evil, zipFile(reduce(named('posix', 'system'), text('touch owned'))));
    const { exit, stdout, stderr } = await runOsvos('weights', 'import', evil);
    expect({ exit, stdout }).to.deep.equal({ exit: 4, stdout: '' });
    expect(stderr).to.equal(
      `Error: it asks for posix.system, which weights do not need; nothing of it was run: ${evil}, net/data.pkl: ` +
        'save the plain state dict with PyTorch, torch.save(model.state_dict(), "weights.pth"), and take that file\n',
    );
    expect(await readdir(folder)).not.to.contain('data');
  });

  it('import names the architectures that there are for a wrong one, with exit code 2', async () => {
    const { exit, stderr } = await runOsvos('weights', 'import', file, '-a', 'vgg17');
    expect(exit).to.equal(2);
    expect(stderr).to.equal(
      'Error: Expected --architecture=vgg17 to be one of: resnet50-v1, resnet50, resnet18, vgg19-slim, vgg16, stm-resnet50: see --help\n',
    );
  });

  it('verify finds the shipped files sound', async () => {
    expect(await runOsvos('weights', 'verify')).to.include({ exit: 0, stderr: '' });
    const { weights } = JSON.parse((await runOsvos('weights', 'verify', '--json')).stdout) as {
      weights: { fault: null }[];
    };
    for (const { fault } of weights) expect(fault).to.equal(null);
  });

  it('an error of a command carries the exit code where oclif looks for it', async () => {
    const { error } = await runOsvos(
      'weights',
      'import',
      path.join(folder, 'no'),
      '-a',
      'vgg16',
      '--name',
      'x',
    );
    expect(error).to.have.nested.property('oclif.exit', 4);
  });

  it('an unknown command is exit 2, as JSON under --json', async () => {
    const { exit, stdout, stderr } = await runOsvos('weihgts', '--json');
    expect({ exit, stderr }).to.deep.equal({ exit: 2, stderr: '' });
    expect(JSON.parse(stdout)).to.deep.equal({
      error: { code: 'usage', message: 'command weihgts not found: see --help', exit: 2 },
    });
  });
});
