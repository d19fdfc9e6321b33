import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { readTrunk } from '../../src/weights/read-trunk.js';
import { readSafetensors, sha256 } from '../../src/weights/safetensors.js';
import { trunkInputs } from '../../src/weights/trunk-inputs.js';

const folder = path.resolve(process.env.OSVOS_DATA ?? '../shared/data', 'weights');
const at = (name: string) => path.join(folder, name);

/** File, first 16 digits of the SHA-256, tensors and values, from the folder's README. */
const files: [string, string, number, number][] = [
  ['resnet18_imagenet_to_layer3_bnfolded_fp32.safetensors', '143fe6dbeec32b03', 30, 2_780_544],
  ['resnet50_v1_imagenet_to_layer3_fp16.safetensors', '2f7fb6d3cd5e56c2', 215, 8_573_888],
  ['vgg19_slim16x_se5_fp32.safetensors', '500a020e69f32cb1', 38, 964_188],
  ['pidinet_bsds_converted_fp32.safetensors', 'e828a4b09d12482e', 83, 720_709],
  ['pidinet-tiny-l_bsds_converted_fp32.safetensors', '1cc40e02e4df309c', 47, 76_889],
];

describe('the shared weight files, written by PyTorch’s safetensors', () => {
  before(function () {
    if (existsSync(folder)) return;
    console.log(`      skipped: no ${folder} (set OSVOS_DATA)`);
    this.skip();
  });

  for (const [name, digest, tensors, values] of files) {
    it(`${name} has the digest, tensors and values that its README names`, async () => {
      expect(await readFile(path.join(folder, 'README.md'), 'utf8')).to.contain(digest);
      expect((await sha256(at(name))).slice(0, 16)).to.equal(digest);
      const file = await readSafetensors(at(name));
      expect(file.tensors.size).to.equal(tensors);
      expect([...file.tensors.values()].reduce((sum, { data }) => sum + data.length, 0)).to.equal(values);
    });
  }

  it('reads ResNet-18: the first row of its first filter is 0.2434 × the published one', async () => {
    const trunk = await readTrunk('resnet18', at(files[0][0]));
    const published = [-0.010419, -0.0061356, -0.0018098, 0.074841, 0.056615, 0.017083, -0.012694];
    const { shape, data } = trunk.get('conv1.weight')!;
    expect(shape).to.deep.equal([7, 7, 3, 64]);
    published.forEach((tap, x) => expect(data[x * 3 * 64] / tap).to.be.closeTo(0.2434, 2e-5));
    expect(trunk.size).to.equal(30);
  });

  it('folds ResNet-50’s batch normalisation as NumPy does in double precision', async () => {
    const trunk = await readTrunk('resnet50-v1', at(files[1][0]));
    // first and last weight, norm of all; first bias, sum of all
    const golden: Record<string, number[]> = {
      conv1: [
        0.00041742080099029227, 2.5250213507397655e-5, 0.22192251083059616, 1.48173114891292,
        65.36778295187715,
      ],
      'layer2.0.downsample': [
        -0.025258210192835574, 0.004645776145026747, 17.922466414606337, 1.0012744065327503,
        161.6566923948173,
      ],
      'layer3.5.conv2': [
        0.034975338695877704, -0.050323310932043175, 26.95518577789738, 0.5517894992735995, 60.15469409111322,
      ],
    };
    for (const [name, [first, last, norm, bias, sum]] of Object.entries(golden)) {
      const w = trunk.get(`${name}.weight`)!.data as Float32Array;
      const b = trunk.get(`${name}.bias`)!.data as Float32Array;
      expect(w[0]).to.be.closeTo(first, 1e-6 * Math.abs(first));
      expect(w[w.length - 1]).to.be.closeTo(last, 1e-6 * Math.abs(last));
      expect(Math.sqrt(w.reduce((s, x) => s + x * x, 0))).to.be.closeTo(norm, 1e-5 * norm);
      expect(b[0]).to.be.closeTo(bias, 1e-6);
      expect(b.reduce((s, x) => s + x, 0)).to.be.closeTo(sum, 1e-4);
    }
    expect(trunk.size).to.equal(86); // 43 convolutions
  });

  it('reads the slim VGG-19: its first layer and conv0 give what NumPy gives on a patch', async () => {
    const trunk = await readTrunk('vgg19-slim', at(files[2][0]));
    const { mean } = trunkInputs['vgg19-slim'];
    const w = trunk.get('stage1.conv1.weight')!.data;
    const b = trunk.get('stage1.conv1.bias')!.data;
    // conv11(conv0(rgb / 255)) of rgb[y, x, c] = (37 y + 61 x + 17 c) mod 256, channels 0–3
    [1.06233767, 34.31656855, -11.8228164, 7.8800801].forEach((golden, o) => {
      let sum = b[o];
      for (let y = 0; y < 3; y++) {
        for (let x = 0; x < 3; x++) {
          for (let k = 0; k < 3; k++) {
            const value = ((37 * y + 61 * x + 17 * (2 - k)) % 256) - mean[k];
            sum += value * w[((y * 3 + x) * 3 + k) * 16 + o];
          }
        }
      }
      expect(sum).to.be.closeTo(golden, 1e-4);
    });
    expect(trunk.get('stage5.conv1.weight')!.shape).to.deep.equal([3, 3, 128, 128]);
  });
});
