import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { sha256, writeSafetensors } from '../../../src/weights/safetensors.js';
import { trunkShapes } from '../../../src/weights/trunk-shapes.js';
import type { Weights } from '../../../src/weights/weights.js';
import { named, reduce, text, zipFile } from '../../weights/pth/pth-file.js';
import { numbers } from '../../weights/trunk-file.js';
import { runOsvos } from '../run-osvos.js';

describe('osvos weights', () => {
  let folder: string;
  let file: string;
  const dataFolder = process.env.OSVOS_DATA_DIR;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'osvos Ö 视频 '));
    process.env.OSVOS_DATA_DIR = path.join(folder, 'data');
    const weights: Weights = new Map();
    for (const [name, shape] of trunkShapes('vgg19-slim')) weights.set(name, numbers(shape, (i) => Math.sin(i)));
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
    expect(imported.stdout).to.equal(`slim: 26 tensors of vgg19-slim in ${kept}\n`);
    expect(imported.stderr).to.equal(`${file}: trunk vgg19-slim in the form of osvos\n`);
    expect(await readdir(path.dirname(kept))).to.deep.equal(['slim.safetensors']);
    expect((await runOsvos('weights', 'list')).stdout).to.match(/^slim +vgg19-slim +– +\d\.\d +– +yours to know$/m);
    const { weights } = JSON.parse((await runOsvos('weights', 'list', '--json')).stdout) as { weights: object[] };
    expect(weights.at(-1)).to.include({ name: 'slim', origin: 'imported', architecture: 'vgg19-slim', file: kept });
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
      licence: null,
    });
  });

  it('import --quiet says nothing but its result', async () => {
    const { stdout, stderr } = await importIt('--name', 'slim', '-q');
    expect(stderr).to.equal('');
    expect(stdout).to.match(/^slim: .*\n$/);
  });

  it('an error shows where it arose with --verbose only', async () => {
    const missing = ['weights', 'import', path.join(folder, 'no'), '-a', 'vgg16', '--name', 'x'];
    expect((await runOsvos(...missing)).stderr.split('\n')).to.have.length(2);
    expect((await runOsvos(...missing, '--verbose')).stderr).to.match(/\n +at .*readWeightFile[^]*caused by Error: ENOENT/);
  });

  it('lead with an example in their help, and name every group of flags', async () => {
    for (const command of ['list', 'verify', 'import']) {
      const { exit, stdout } = await runOsvos('weights', command, '--help');
      expect(exit).to.equal(0);
      expect(stdout).to.contain('EXAMPLES').and.to.contain(`$ osvos weights ${command}`).and.to.contain('GLOBAL FLAGS');
      expect(stdout.match(/^FLAGS$/m), 'flags without a group').to.equal(null);
    }
  });

  it('import does not replace weights without --force', async () => {
    await importIt('--name', 'slim');
    const again = await importIt('--name', 'slim');
    expect(again.exit).to.equal(2);
    expect(again.stderr).to.match(/^Error: weights of this name are there already: .*slim\.safetensors: choose another --name, or --force\n$/);
    expect(await importIt('--name', 'slim', '--force')).to.include({ exit: 0 });
  });

  it('import refuses a name that is a path, and makes one from the file’s', async () => {
    const named = await importIt('--name', '../slim');
    expect(named).to.include({ exit: 2, stderr: 'Error: not a name for weights: ../slim: give --name with letters, digits, - and _\n' });
    expect((await importIt()).stdout).to.match(/^my-trunk: 26 tensors/);
  });

  it('import refuses a file of another network with exit code 4 and writes nothing', async () => {
    const { exit, stderr } = await runOsvos('weights', 'import', file, '-a', 'resnet18', '--name', 'x');
    expect(exit).to.equal(4);
    expect(stderr).to.contain('Error: no weights of resnet18 (it holds stage1.conv1.weight, ').and.to.contain(file);
    expect(await readdir(folder)).not.to.contain('data');
  });

  it('import asks which network it is where names fit several', async () => {
    const { exit, stderr } = await runOsvos('weights', 'import', file);
    expect(exit).to.equal(2);
    expect(stderr).to.equal(`Error: its names could be those of vgg16 or vgg19-slim: ${file}: say which with --architecture\n`);
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
    expect(stderr).to.equal('Error: Expected --architecture=vgg17 to be one of: resnet50-v1, resnet18, vgg19-slim, vgg16, stm-resnet50: see --help\n');
  });

  it('verify finds the shipped files sound', async () => {
    expect(await runOsvos('weights', 'verify')).to.include({ exit: 0, stderr: '' });
    const { weights } = JSON.parse((await runOsvos('weights', 'verify', '--json')).stdout) as { weights: { fault: null }[] };
    for (const { fault } of weights) expect(fault).to.equal(null);
  });

  it('an error of a command carries the exit code where oclif looks for it', async () => {
    const { error } = await runOsvos('weights', 'import', path.join(folder, 'no'), '-a', 'vgg16', '--name', 'x');
    expect(error).to.have.nested.property('oclif.exit', 4);
  });

  it('an unknown command is exit 2, as JSON under --json', async () => {
    const { exit, stdout, stderr } = await runOsvos('weihgts', '--json');
    expect({ exit, stderr }).to.deep.equal({ exit: 2, stderr: '' });
    expect(JSON.parse(stdout)).to.deep.equal({ error: { code: 'usage', message: 'command weihgts not found: see --help', exit: 2 } });
  });
});
