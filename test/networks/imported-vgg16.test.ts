/**
 * VGG-16 at its full size, taken over from a file with torchvision's names, computes what PyTorch computes.
 *
 * The weights are the rule of `sine-vgg16.ts`; k counts row by row: kernels of the trunk as PyTorch has them (output, input,
 * y, x), those of the heads as we have them (y, x, input, output).
 *
 * The table is of PyTorch 2.13 in double precision: torch.nn.functional.conv2d with padding 1 and relu, max_pool2d(2, 2,
 * ceil_mode=True) in front of stages 2–5, on (rgb / 255 − mean) / std; side outputs by conv_transpose2d of all 16 channels
 * with the bilinear kernels of OSVOS (no collapse), cropped, joined, and fused at full size.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { installedEngines } from '../../src/engine/choose.js';
import { startEngine } from '../../src/engine/start.js';
import { toInput } from '../../src/networks/input.js';
import { OsvosNetwork } from '../../src/networks/osvos-network.js';
import { sideOutputHeads } from '../../src/networks/side-output-heads.js';
import { findWeights } from '../../src/weights/manifest.js';
import { readTrunk } from '../../src/weights/read-trunk.js';
import { trunkInputs } from '../../src/weights/trunk-inputs.js';
import type { Weights } from '../../src/weights/weights.js';
import { runOsvos } from '../commands/run-osvos.js';
import { gain, rule, sineVgg16File } from '../weights/sine-vgg16.js';

/** Of the largest entry, or of the norm. */
const TOLERANCE = 1e-4;

/** Where single values were read, of all. */
const places = [0, 0.1, 0.237, 0.381, 0.5, 0.618, 0.77, 0.9];

/** Largest magnitude, mean, norm, Σ v·sin(0.7 i), values at `places` and the last; maps flattened (y, x, channel). */
const golden: Record<'large' | 'small', { height: number; width: number; maps: Record<string, number[]> }> = {
  large: {
    height: 240,
    width: 427,
    // prettier-ignore
    maps: {
      stage1: [5.36774886, 0.49187278, 2346.82173, -20.664421, 0, 0, 0, 0, 0, 0, 0, 0.610648117, 0],
      stage2: [5.16522386, 0.489126336, 1595.62332, -26.1246188, 0.675322065, 0, 0.661553389, 0.929336588, 0.177311023, 1.27953942, 0.85255458, 0.82903285, 1.1051691],
      stage3: [7.1710984, 0.735408447, 1662.80548, 180.916023, 1.198185, 1.45571335, 0.539989571, 0.0141866413, 1.03395272, 1.07745091, 0, 0.878734652, 0],
      stage4: [9.75884048, 0.907114761, 1442.80148, 10.7877101, 0.767245544, 0.314608805, 0, 0, 1.07275613, 0, 0.133436317, 1.07358769, 0],
      stage5: [8.57137838, 1.04300428, 811.752022, 108.212814, 0, 3.88797696, 2.2876313, 0, 3.33691603, 3.31498549, 0, 3.88534671, 0],
      'fused, fixed': [6.13669475, -1.19316617, 568.179857, 1.33956172, 0.377181613, 1.4458355, -2.98275387, -1.89227552, 0.969469436, -0.207198567, -2.20696616, 1.26377308, -0.27154963],
      'fused, center': [6.16241952, -1.20642041, 567.709564, 1.25481812, 0.380953352, 1.57751516, -3.28191797, -1.91667467, 1.08114059, -0.271538815, -2.25350876, 1.40477706, -0.0706674683],
      side2: [3.80585936, 1.47413885, 592.568228, 2.48882912, 0.415776413, 1.17338981, -0.0475345644, 1.7512469, 0.753453646, 2.07720236, 1.76332238, 1.01921104, 0.363920831],
      side3: [7.06679025, 4.30226044, 1414.94589, 0.396024282, 0.440902236, 1.78732117, 5.22105891, 3.84957533, 1.12906479, 3.92261356, 5.88373078, 1.28644828, 0.536493273],
      side4: [5.86387968, 2.63948493, 884.157029, 0.0263298835, -0.12105536, 1.06186699, 2.44864568, 2.87484925, 1.26813824, 3.38922785, 3.38132167, 0.918988153, 0.628122277],
      side5: [3.37363525, -0.174987582, 287.273623, -0.234746375, -0.0218637229, 1.22740838, -0.53438321, 0.26523212, 0.374386699, -0.482940843, -0.368371448, -0.145530872, -0.298107256],
    },
  },
  small: {
    height: 48,
    width: 85,
    // prettier-ignore
    maps: {
      stage1: [5.56771461, 0.474493479, 448.562216, 50.158457, 0, 0, 2.27624647, 0, 0, 0.787962194, 0.0306101779, 0.262794774, 0],
      stage2: [4.93731889, 0.461954677, 303.326554, -46.1778786, 0.675322065, 0, 0, 0, 0, 1.94653785, 0.233885151, 0.332406906, 0],
      stage3: [6.96028874, 0.6014868, 281.361368, 6.40117347, 1.198185, 0, 1.00921118, 0, 1.45571335, 0.581622712, 0, 0, 0],
      stage4: [7.05994738, 0.697253868, 226.590438, 90.476738, 0.764372756, 0, 3.6236739, 0, 0.294327118, 0, 1.15229863, 0.851548163, 0],
      stage5: [5.83941723, 0.60366373, 100.561351, -33.7150317, 0.0447795799, 0, 2.06108055, 0, 0, 1.48887592, 0, 0, 0],
      'fused, fixed': [3.06104085, 0.133023812, 78.9377293, 0.615853578, 0.408357885, -0.192412035, 0.763379541, 0.913632448, 1.7871682, -0.646596437, -0.283968614, -0.750779694, -0.281319297],
      'fused, center': [3.01177869, 0.0946454777, 77.0180754, 0.918409039, 0.457016211, -0.201763888, 0.571328396, 0.745975277, 2.24028583, -0.608882897, -0.368655357, -1.21847675, -0.186038975],
      side2: [3.62182454, 1.34147231, 101.16607, 2.0623458, 0.415776413, 1.37978031, 1.10581602, 1.28851249, 1.17338981, 1.10528451, 0.283399136, 0.254339925, 1.08602996],
      side3: [6.7199606, 3.28726394, 226.631654, 1.19122612, 0.440902236, 1.13447957, 6.21822057, 5.79380198, 1.78718892, 3.41685716, 3.67271375, 2.84200541, 0.641318325],
      side4: [4.5735026, 1.60698349, 120.298098, 0.976435145, -0.121623926, -0.621840212, 2.13811847, 3.39673472, 0.968509493, 1.07131883, 0.694012984, 2.5062666, 0.350479228],
      side5: [3.32691755, -0.41260246, 65.7473351, -0.00458763166, 0.176205819, -0.549998721, -0.0932348576, -0.517973524, 0.0553977602, -1.93366937, -0.251810593, 0.69789597, -0.165552067],
    },
  },
};

function heads(): Weights {
  const weights: Weights = new Map();
  [128, 256, 512, 512].forEach((channels, k) => {
    weights.set(`side.${k}.weight`, rule([3, 3, channels, 16], gain(channels), 0.3 * (k + 1)));
    weights.set(`side.${k}.bias`, rule([16], 0.1, 0.5 * (k + 1)));
    weights.set(`score.${k}.weight`, rule([1, 1, 16, 1], 0.5, 0.7 * (k + 1)));
    weights.set(`score.${k}.bias`, rule([1], 0.1, 0.9 * (k + 1)));
  });
  weights.set('fuse.weight', rule([1, 1, 64, 1], 0.25, 0.4));
  weights.set('fuse.bias', rule([1], 0.1, 1.1));
  return weights;
}

/** RGB, rounded from 127.5 + 100·sin(.05y + .08x + 2c + .0007xy). */
function picture(height: number, width: number): Uint8Array {
  return Uint8Array.from({ length: height * width * 3 }, (_, i) => {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return Math.floor(128 + 100 * Math.sin(0.05 * y + 0.08 * x + 2 * c + 0.0007 * x * y));
  });
}

describe('an imported VGG-16', () => {
  let folder: string;
  let weights: Weights;
  const dataFolder = process.env.OSVOS_DATA_DIR;

  before(async function () {
    this.timeout(120_000);
    folder = await mkdtemp(path.join(tmpdir(), 'osvos-vgg16-'));
    process.env.OSVOS_DATA_DIR = folder;
    const file = path.join(folder, 'vgg16.npz');
    await writeFile(file, sineVgg16File());
    const { exit, stdout, stderr } = await runOsvos('weights', 'import', file);
    expect({ exit, stderr }).to.deep.equal({
      exit: 0,
      stderr: `${file}: trunk vgg16 in the form of torchvision VGG-16\n`,
    });
    expect(stdout).to.match(
      /^vgg16: 26 tensors of vgg16 in .*vgg16\.safetensors\nPictures: BGR, 0–255, minus 103\.53 116\.28 123\.675\n$/,
    );
    weights = new Map([...(await readTrunk('vgg16', (await findWeights('vgg16')).file)), ...heads()]);
  });
  after(async () => {
    if (dataFolder === undefined) delete process.env.OSVOS_DATA_DIR;
    else process.env.OSVOS_DATA_DIR = dataFolder;
    await rm(folder, { recursive: true });
  });

  for (const [engine, size] of [
    ['torch', 'large'],
    ['tensorflow', 'large'],
    ['wasm', 'small'],
  ] as const) {
    const { height, width, maps } = golden[size];
    it(`gives PyTorch’s maps and logits on engine ${engine}, at ${width}×${height}`, async function () {
      this.timeout(120_000);
      if (engine !== 'wasm' && !installedEngines().includes(engine)) {
        console.log(`      skipped: engine ${engine} is not installed`);
        this.skip();
      }
      await startEngine({ engine, device: 'cpu', precision: 'f32' });
      const network = OsvosNetwork.from(
        weights,
        { trunk: 'vgg16', heads: 'side-outputs', crop: 'fixed' },
        'imported',
      );
      const centred = sideOutputHeads(network.trunk, 'center');
      const results = tf.tidy(() => {
        const x = toInput([picture(height, width)], height, width, trunkInputs.vgg16);
        const features = network.features(x);
        const { fused, sides } = network.read(features, [height, width], { withSides: true });
        const { fused: other } = centred.run(
          { maps: features, height, width, withSides: false },
          network.parameters,
        );
        return { features, fused, sides, other };
      });
      const { features, fused, sides, other } = results;
      for (const [s, map] of features.entries()) await compare(map, maps[`stage${s + 1}`], `stage ${s + 1}`);
      for (const [k, side] of sides.entries())
        await compare(side, maps[`side${k + 2}`], `side logits ${k + 2}`);
      await compare(fused, maps['fused, fixed'], 'fused logits');
      await compare(other, maps['fused, center'], 'fused logits, cropped at the centre');
      tf.dispose(results);
      centred.dispose();
      network.dispose();
    });
  }
});

async function compare(
  map: tf.Tensor,
  [largest, mean, norm, moment, ...values]: number[],
  what: string,
): Promise<void> {
  const data = (await map.data()) as Float32Array;
  const sum = (value: (v: number, i: number) => number) =>
    data.reduce((total, v, i) => total + value(v, i), 0);
  expect(sum((v) => v) / data.length, `mean of ${what}`).to.be.closeTo(mean, TOLERANCE * largest);
  expect(Math.sqrt(sum((v) => v * v)), `norm of ${what}`).to.be.closeTo(norm, TOLERANCE * norm);
  expect(
    sum((v, i) => v * Math.sin(0.7 * i)),
    `moment of ${what}`,
  ).to.be.closeTo(moment, TOLERANCE * norm);
  expect(
    data.reduce((most, v) => Math.max(most, Math.abs(v)), 0),
    `largest of ${what}`,
  ).to.be.closeTo(largest, TOLERANCE * largest);
  const found = [...places.map((part) => data[Math.floor(data.length * part)]), data[data.length - 1]];
  found.forEach((value, i) =>
    expect(value, `value ${i} of ${what}`).to.be.closeTo(values[i], TOLERANCE * largest),
  );
}
