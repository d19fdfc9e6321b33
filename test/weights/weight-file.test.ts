import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { OsvosError } from '../../src/errors.js';
import { convertWeights, readTrunk } from '../../src/weights/read-trunk.js';
import { recogniseArchitecture } from '../../src/weights/recognise.js';
import { encodeSafetensors, readSafetensors, writeSafetensors } from '../../src/weights/safetensors.js';
import { trunkShapes } from '../../src/weights/trunk-shapes.js';
import { readWeightFile } from '../../src/weights/weight-file.js';
import { weightFormat } from '../../src/weights/weight-format.js';
import { npy, npz } from './npz/npz-file.js';
import { dict, int, singles, storage, streamFile, tensor, zip, zipFile } from './pth/pth-file.js';
import { numbers, torchvisionIndices, vgg16, zeros } from './trunk-file.js';

const fixtures = fileURLToPath(new URL('../fixtures/weights/pth/', import.meta.url));

describe('weight files of all kinds', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'osvos-weights-'));
    file = path.join(folder, 'weights');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const failure = (work: Promise<unknown>) =>
    work.then(
      () => expect.fail('was read'),
      (error: OsvosError) => error,
    );

  it('are known by their first bytes, whatever their names say', async () => {
    await copyFile(path.join(fixtures, 'types-zip.pth'), path.join(folder, 'a.safetensors'));
    await copyFile(path.join(fixtures, 'types-stream.pth'), path.join(folder, 'b.jpg'));
    await writeSafetensors(path.join(folder, 'c.pth'), new Map([['t', numbers([1], () => 5)]]), {
      method: 'x',
    });
    expect(
      (await readWeightFile(path.join(folder, 'a.safetensors'))).tensors.get('scalar')!.data[0],
    ).to.equal(2.5);
    expect((await readWeightFile(path.join(folder, 'b.jpg'))).tensors.get('scalar')!.data[0]).to.equal(2.5);
    await writeFile(path.join(folder, 'd.pth'), npz({ t: npy({ body: singles(6) }) }));
    expect([...(await readWeightFile(path.join(folder, 'd.pth'))).tensors.get('t')!.data]).to.deep.equal([6]);
    const { tensors, metadata } = await readWeightFile(path.join(folder, 'c.pth'));
    expect({ data: [...tensors.get('t')!.data], metadata }).to.deep.equal({
      data: [5],
      metadata: { method: 'x' },
    });
  });

  it('are safetensors also where the header’s length begins like a pickle', () => {
    // lengths 0x0280 and 0x0480 are 640 and 1152: `80 02 00 …` and `80 04 00 …`
    for (const length of [0x280, 0x480]) {
      const content = encodeSafetensors(new Map([['t', zeros(1)]]), { note: 'x'.repeat(length) });
      const view = new DataView(content.buffer, content.byteOffset);
      view.setBigUint64(0, BigInt(length), true);
      expect(weightFormat(content)).to.equal('safetensors');
      expect(weightFormat(content.subarray(0, 4))).to.equal('pth-stream');
    }
  });

  const tar = Buffer.alloc(512);
  tar.write('sys_info');
  tar.write('ustar', 257);
  const plain = 'save the plain state dict with PyTorch';
  const others: [string, Uint8Array | string, string, string][] = [
    [
      'a tar archive',
      tar,
      'a tar archive, as PyTorch wrote before 0.1.10',
      `load it with PyTorch, and ${plain}`,
    ],
    [
      'an HDF5 file',
      Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'),
      'an HDF5 file, as Keras writes',
      'save its tensors with numpy.savez or as safetensors',
    ],
    [
      'a single array',
      npy(),
      'a single array of NumPy, without a name',
      'save all arrays by name with numpy.savez',
    ],
    [
      'a web page',
      '\n<!DOCTYPE html><html lang="en">',
      'a web page, not the file that it offers',
      'download the file itself',
    ],
    [
      'a pointer to the file',
      'version https://git-lfs.github.com/spec/v1',
      'neither safetensors nor a file of PyTorch or NumPy (it begins with "version https://git-lfs.")',
      'check that',
    ],
    [
      'an empty file',
      '',
      'neither safetensors nor a file of PyTorch or NumPy (it is empty)',
      'check that it was copied whole',
    ],
    [
      'a pickle cut off',
      Buffer.from('8004950a000000000000008c04', 'hex'),
      'the pickle ends in the middle: the file is cut off',
      'copy or download the file again',
    ],
    [
      'another pickle',
      Buffer.from('80027d71002e2e2e2e2e', 'hex'),
      'a pickle, but not one of PyTorch’s',
      plain,
    ],
    [
      'another archive',
      zip([{ name: 'a.txt', content: Buffer.alloc(4) }]),
      'the archive has no data.pkl: PyTorch did not write it',
      plain,
    ],
  ];
  for (const [what, content, fault, remedy] of others) {
    it(`are refused with exit code 4, a reason and a remedy: ${what}`, async () => {
      await writeFile(file, content);
      const error = await failure(readWeightFile(file));
      expect(error).to.include({ name: 'OsvosError', code: 'weights-unfit', exit: 4, what: fault });
      expect(error.where).to.contain(file);
      expect(error.remedy).to.contain(remedy);
    });
  }

  it('are missing with the exit code for that', async () => {
    expect(await failure(readWeightFile(file))).to.include({ code: 'weights-missing', exit: 4, where: file });
  });

  it('of PyTorch are told to be taken over first where those of this program are needed', async () => {
    for (const name of ['types-zip.pth', 'types-stream.pth']) {
      const error = await failure(readSafetensors(path.join(fixtures, name)));
      expect(error.what).to.equal('a PyTorch or NumPy file, where one of this program is needed');
      expect(error.remedy).to.equal('take it over first, by osvos weights import');
    }
  });

  /** A state dict of half-precision zeros, all in one storage, but for a 1 at its start. */
  const halfDict = (shapes: [string, number[]][], write: typeof streamFile) => {
    const most = Math.max(...shapes.map(([, shape]) => shape.reduce((a, b) => a * b, 1)));
    const content = new Uint8Array(2 * most);
    content[1] = 0x3c; // 1 in half precision
    const state = dict(
      Object.fromEntries(
        shapes.map(([name, shape]) => [name, tensor(storage('0', most, 'HalfStorage'), shape)]),
      ),
    );
    return write(state, { '0': content }, () => most);
  };

  for (const [form, write] of [
    ['zip', zipFile],
    ['stream', streamFile],
  ] as const) {
    it(`hold torchvision’s VGG-16 in the ${form} form, which becomes a trunk`, async () => {
      const shapes = vgg16.flatMap(([, , input, output], i): [string, number[]][] => [
        [`features.${torchvisionIndices[i]}.weight`, [output, input, 3, 3]],
        [`features.${torchvisionIndices[i]}.bias`, [output]],
      ]);
      await writeFile(file, halfDict([...shapes, ['classifier.6.bias', [1000]]], write));
      const trunk = await readTrunk('vgg16', file);
      expect([...trunk.keys()]).to.deep.equal([...trunkShapes('vgg16').keys()]);
      // out 0, in 0 (red), row 0, column 0 is the only 1 of a kernel: W′[2] = 1 / (255 σ_red)
      const first = trunk.get('stage1.conv1.weight')!.data;
      expect(first[2 * 64]).to.be.closeTo(1 / (255 * 0.229), 1e-7);
      expect([
        trunk.get('stage2.conv1.weight')!.data[0],
        trunk.get('stage2.conv1.bias')!.data[0],
      ]).to.deep.equal([1, 1]);
      expect(await recogniseArchitecture(file)).to.equal('vgg16');
    });
  }

  it('hold a ResNet with 64-bit counters, which are left aside', async () => {
    const shapes: [string, number[]][] = [];
    for (const [name, [height, width, input, output]] of trunkShapes('resnet18')) {
      if (!name.endsWith('.weight')) continue;
      const convolution = name.slice(0, -'.weight'.length);
      const down = convolution.endsWith('downsample');
      const norm = down ? `${convolution}.1` : convolution.replace(/conv(\d)$/, 'bn$1');
      shapes.push([down ? `${convolution}.0.weight` : name, [output, input, height, width]]);
      for (const part of ['weight', 'bias', 'running_mean', 'running_var'])
        shapes.push([`${norm}.${part}`, [output]]);
    }
    const state = shapes.map(
      ([name, shape]) => [`module.${name}`, tensor(storage('0', 600_000), shape)] as const,
    );
    const counter = tensor(storage('1', 1, 'LongStorage'), []);
    const content = { '0': new Uint8Array(new Float32Array(600_000).fill(1).buffer), '1': new Uint8Array(8) };
    const whole = { ...Object.fromEntries(state), 'module.bn1.num_batches_tracked': counter };
    await writeFile(file, zipFile(dict({ epoch: int(3), state_dict: dict(whole) }), content));
    const { tensors, form } = await convertWeights('resnet18', file);
    expect(form).to.equal('torchvision ResNet-18');
    // gain 1/√(1 + 1e-5), bias 1 − gain
    expect(tensors.get('layer3.1.conv2.weight')!.data[7]).to.be.closeTo(0.999995, 1e-7);
    expect(tensors.get('layer1.0.conv1.bias')!.data[63]).to.be.closeTo(5e-6, 1e-7);
    expect(await recogniseArchitecture(file)).to.equal('resnet18');
  });

  it('of networks that are not known are refused with the first names that they hold', async () => {
    const error = await failure(recogniseArchitecture(path.join(fixtures, 'types-zip.pth')));
    expect(error).to.include({ code: 'weights-unfit', exit: 4 });
    expect(error.what).to.equal(
      'no network that is known here (it holds single, half, brain, double, scalar, empty and 1 more)',
    );
  });
});
