import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import type { OsvosError } from '../../src/errors.js';
import { topDownHeads } from '../../src/networks/top-down-heads.js';
import { sideOutputHeads } from '../../src/networks/side-output-heads.js';
import { osvosShapes } from '../../src/networks/osvos-network.js';
import { trunkNames } from '../../src/networks/trunk-names.js';
import { createTrunk } from '../../src/networks/trunk.js';
import { convertWeights, readTrunk } from '../../src/weights/read-trunk.js';
import { writeSafetensors } from '../../src/weights/safetensors.js';
import { osvosHeadShapes, topDownHeadShapes, trunkShapes } from '../../src/weights/trunk-shapes.js';
import type { Weights } from '../../src/weights/weights.js';
import { numbers, osvosPyTorchParent, torchvisionIndices, vgg16, zeros, zeroVgg16 } from './trunk-file.js';

/** `[out, in, y, x]` → place in `[y, x, in, out]`. */
const hwio = (input: number, output: number, o: number, i: number, y: number, x: number) =>
  ((y * 3 + x) * input + i) * output + o;

describe('weights of trunks', () => {
  let folder: string;
  let file: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'osvos-trunks-'));
    file = path.join(folder, 'trunk.safetensors');
  });
  after(() => rm(folder, { recursive: true }));

  const refusal = async (
    weights: Weights,
    architecture: 'vgg16' | 'vgg19-slim' | 'resnet18' | 'resnet50-v1',
  ) => {
    await writeSafetensors(file, weights);
    return readTrunk(architecture, file).then(
      () => expect.fail('was read'),
      (error: OsvosError) => error,
    );
  };

  for (const name of trunkNames) {
    it(`names and shapes of ${name} are those of its network`, () => {
      const trunk = createTrunk(name);
      expect(trunkShapes(name)).to.deep.equal(trunk.shapes);
      expect(new Map([...trunkShapes(name), ...osvosHeadShapes(name)])).to.deep.equal(
        osvosShapes(trunk, sideOutputHeads(trunk, 'fixed')),
      );
      expect(new Map(topDownHeadShapes(name))).to.deep.equal(new Map(topDownHeads(trunk).shapes));
    });
  }

  it('reads torchvision’s VGG-16, without its classifier', async () => {
    const weights = zeroVgg16('OIHW', (i) => [
      `features.${torchvisionIndices[i]}.weight`,
      `features.${torchvisionIndices[i]}.bias`,
    ]);
    weights.set(
      'features.0.weight',
      numbers([64, 3, 3, 3], (i) => Math.sin(i)),
    );
    weights.set(
      'features.0.bias',
      numbers([64], (i) => i),
    );
    const last = zeros(512, 512, 3, 3);
    last.data[((5 * 512 + 7) * 3 + 1) * 3 + 2] = 0xc000; // −2 at out 5, in 7, row 1, column 2
    weights.set('features.28.weight', last);
    weights.set('classifier.6.bias', zeros(1000));
    await writeSafetensors(file, weights);
    const trunk = await readTrunk('vgg16', file);
    expect([...trunk.keys()].slice(-2)).to.deep.equal(['stage5.conv3.weight', 'stage5.conv3.bias']);
    expect(trunk.size).to.equal(26);
    expect(trunk.get('stage5.conv3.weight')!.data[hwio(512, 512, 5, 7, 1, 2)]).to.equal(-2);
    // red of torchvision is the last channel of BGR: W′[2−c] = W[c] / (255 σ_c)
    const first = trunk.get('stage1.conv1.weight')!.data;
    const red = Math.sin(((9 * 3 + 0) * 3 + 2) * 3 + 1); // out 9, in 0, row 2, column 1
    expect(first[hwio(3, 64, 9, 2, 2, 1)]).to.be.closeTo(red / (255 * 0.229), 1e-8);
    expect(trunk.get('stage1.conv1.bias')!.data[9]).to.be.closeTo(9, 1e-5);
  });

  it('reads Keras’s VGG-16 and moves its mean into the bias', async () => {
    const weights = zeroVgg16('HWIO', (i) => {
      const layer = `block${vgg16[i][0]}_conv${vgg16[i][1]}`;
      return i % 2 === 0
        ? [`${layer}.kernel`, `${layer}.bias`]
        : [`${layer}/${layer}/kernel:0`, `${layer}/${layer}/bias:0`];
    });
    weights.set(
      'block1_conv1.kernel',
      numbers([3, 3, 3, 64], () => 1),
    );
    weights.set('fc1.kernel', zeros(1));
    await writeSafetensors(file, weights);
    const trunk = await readTrunk('vgg16', file);
    expect(trunk.size).to.equal(26);
    expect(trunk.get('stage1.conv1.weight')!.data.every((w) => Math.abs(w - 1) < 1e-6)).to.be.true;
    // nine taps × Σ (255 μ − Keras's mean) = 9 · ((103.53 − 103.939) + (116.28 − 116.779) + (123.675 − 123.68))
    expect(trunk.get('stage1.conv1.bias')!.data[0]).to.be.closeTo(9 * -0.913, 1e-4);
  });

  it('reads a parent of OSVOS-PyTorch with its heads, and drops the fixed upsampling', async () => {
    const weights = osvosPyTorchParent();
    await writeSafetensors(file, weights);
    const { tensors, heads, form } = await convertWeights('vgg16', file);
    expect({ heads, form }).to.deep.equal({ heads: 'side-outputs', form: 'OSVOS-PyTorch' });
    expect(tensors.get('fuse.weight')).to.deep.include({
      shape: [1, 1, 64, 1],
      data: Float32Array.from({ length: 64 }, (_, i) => i),
    });
    expect(tensors.get('side.3.bias')!.data[1]).to.be.closeTo(3.01, 1e-6);
    expect((await readTrunk('vgg16', file)).size).to.equal(26);

    weights.set(
      'upscale_.1.weight',
      numbers([1, 1, 8, 8], () => 0.25),
    );
    const error = await refusal(weights, 'vgg16');
    expect(error.message).to.contain(
      `upsampling that is not bilinear is not supported: ${file}, tensor upscale_.1.weight`,
    );
  });

  it('folds batch normalisation of a ResNet with PyTorch’s names, whose counters are left aside', async () => {
    const weights: Weights = new Map();
    for (const [name, shape] of trunkShapes('resnet18')) {
      if (!name.endsWith('.weight')) continue;
      const convolution = name.slice(0, -'.weight'.length);
      const [height, width, input, output] = shape;
      const norm = convolution.endsWith('downsample')
        ? `${convolution}.1`
        : convolution.replace(/conv(\d)$/, 'bn$1');
      weights.set(
        convolution.endsWith('downsample') ? `${convolution}.0.weight` : name,
        numbers([output, input, height, width], () => 1),
      );
      weights.set(
        `${norm}.weight`,
        numbers([output], () => 3),
      );
      weights.set(
        `${norm}.bias`,
        numbers([output], (o) => o),
      );
      weights.set(
        `${norm}.running_mean`,
        numbers([output], () => 2),
      );
      weights.set(
        `${norm}.running_var`,
        numbers([output], () => 4 - 1e-5),
      );
      weights.set(`${norm}.num_batches_tracked`, zeros());
    }
    weights.set('fc.weight', zeros(1, 1));
    weights.set('layer4.0.conv1.weight', zeros(1, 1, 1, 1));
    await writeSafetensors(file, weights);
    const trunk = await readTrunk('resnet18', file);
    // gain 3/√4
    expect(trunk.get('layer2.0.downsample.weight')!.data[0]).to.be.closeTo(1.5, 1e-6);
    expect([...trunk.get('layer3.1.conv2.bias')!.data.slice(0, 3)]).to.deep.equal([-3, -2, -1]);
  });

  it('reads its own form again without a change', async () => {
    const weights: Weights = new Map();
    for (const [name, shape] of trunkShapes('vgg19-slim'))
      weights.set(
        name,
        numbers(shape, (i) => Math.cos(i)),
      );
    await writeSafetensors(file, weights);
    expect(await readTrunk('vgg19-slim', file)).to.deep.equal(weights);
  });

  it('lists all that is missing, unknown, of another shape or no number, in one error', async () => {
    const weights: Weights = new Map();
    for (const [name, shape] of trunkShapes('vgg19-slim')) weights.set(name, zeros(...shape));
    weights.delete('stage2.conv1.bias');
    weights.delete('stage5.conv1.weight');
    weights.set('stage1.conv2.bias', zeros(17));
    weights.set('stage9.conv1.bias', zeros(1));
    weights.set('optimizer', zeros(1));
    weights.set(
      'stage1.conv1.bias',
      numbers([16], () => NaN),
    );
    const error = await refusal(weights, 'vgg19-slim');
    expect(error).to.include({ code: 'weights-unfit', exit: 4, where: file });
    expect(error.what).to.equal(
      'no vgg19-slim in the form of osvos (missing stage2.conv1.bias, stage5.conv1.weight; ' +
        'unknown optimizer, stage9.conv1.bias; of another shape stage1.conv2.bias [17] for [16]; ' +
        'with values that are no numbers stage1.conv1.bias)',
    );
  });

  it('says which forms it knows when the file is of another network', async () => {
    const error = await refusal(new Map([['encoder.weight', zeros(1)]]), 'vgg16');
    expect(error.message).to.contain(
      'no weights of vgg16 (it holds encoder.weight; known are the forms of osvos, torchvision VGG-16, Keras VGG-16, OSVOS-PyTorch)',
    );
  });

  it('names all that are missing', async () => {
    const error = await refusal(
      new Map([['layer2.0.downsample.0.weight', zeros(128, 64, 1, 1)]]),
      'resnet18',
    );
    const others = [...trunkShapes('resnet18').keys()].filter(
      (name) => name !== 'layer2.0.downsample.weight',
    );
    expect(others).to.have.length(29);
    expect(error.what).to.equal(
      `no resnet18 in the form of torchvision ResNet-18 (missing ${others.join(', ')})`,
    );
  });
});
