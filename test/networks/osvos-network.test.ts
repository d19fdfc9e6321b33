import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { engineNames } from '../../src/engine/engine.js';
import { tidyAsync } from '../../src/engine/tensors.js';
import type { CropRule } from '../../src/networks/crop-rules.js';
import { headsNames } from '../../src/networks/heads.js';
import { createHeads, OsvosNetwork, osvosShapes } from '../../src/networks/osvos-network.js';
import { createTrunk } from '../../src/networks/trunk.js';
import { trunkNames } from '../../src/networks/trunk-names.js';
import { createRandom } from '../../src/random.js';
import { balancedWeights, weightedCrossEntropy } from '../../src/training/losses.js';
import { createSgd } from '../../src/training/sgd.js';
import type { Weights } from '../../src/weights/weights.js';
import { startOrSkip } from '../engine/kernels/engines.js';
import { HEIGHT, WIDTH, tinyLabels, tinyNetwork, tinyPicture } from './tiny-network.js';

/** Golden numbers were made in double precision by an independent implementation; ours is single precision. */
const TOLERANCE = 1e-4;

interface Golden {
  sides: number[];
  fused: number;
  logitSums: number[];
  logits: number[];
  /** Sum, Euclidean norm and first element of gradients, side weight 1. */
  gradients: Record<string, [number, number, number]>;
}

const golden: Record<CropRule, Golden> = {
  center: {
    sides: [32.0641193539, 32.046319769, 31.9774200029, 31.872253723],
    fused: 32.0600168045,
    logitSums: [12.9488104694, 15.0491435828, 11.6254382762, 7.09561607, 8.745899839],
    logits: [0.0516881124, 0.063882741, 0.0560909618],
    gradients: {
      'stage1.conv1.weight': [-10.4700871449, 5.3768128869, 0.7580302948],
      'stage1.conv1.bias': [-0.0131264852, 1.7347878835, -0.0774947172],
      'stage3.conv1.weight': [3.5377390919, 1.3902917343, -0.0040651249],
      'stage5.conv1.weight': [0.0298507764, 0.1063380643, 0],
      'side.0.weight': [0.5857772111, 1.3382994380, -0.0198140034], // prettier-ignore
      'side.3.weight': [-0.1938618954, 0.2311089821, 0],
      'score.0.weight': [0.0145026832, 0.0654484815, 0.0481703577],
      'fuse.weight': [-0.3183369923, 0.1929290484, 0.0465385447],
      'fuse.bias': [0.7101713457, 0.7101713457, 0.7101713457],
    },
  },
  fixed: {
    sides: [32.0641193539, 32.0284766065, 31.9054349055, 31.9282299921],
    fused: 32.0626784932,
    logitSums: [12.9488104694, 14.6822595617, 10.58336528, 6.7208017038, 8.6082222877],
    logits: [0.0450159004, 0.0613624868, 0.0593836061],
    gradients: {
      'stage1.conv1.weight': [-10.1514790662, 5.3972109255, 0.5134339931],
      'stage1.conv1.bias': [0.1207746034, 2.1331437140, 0.7468709415], // prettier-ignore
      'stage3.conv1.weight': [4.8957734045, 1.788481412, 0.0142823287],
      'stage5.conv1.weight': [0.0229931791, 0.0700102137, 0],
      'side.0.weight': [0.584881802, 1.3389375816, -0.0198116291],
      'side.3.weight': [-0.1275847505, 0.1520793655, 0],
      'fuse.weight': [-0.1999479852, 0.1803416606, 0.0464582411],
      'fuse.bias': [0.6980504715, 0.6980504715, 0.6980504715],
    },
  },
};

function lossOf(network: OsvosNetwork, sideWeight: number): tf.Scalar {
  const labels = tinyLabels();
  const y = tf.tensor3d(Float32Array.from(labels), [1, HEIGHT, WIDTH]);
  const w = tf.tensor3d(balancedWeights(labels, 'sum'), [1, HEIGHT, WIDTH]);
  const { fused, sides } = network.run(tinyPicture(), true);
  return sides.reduce<tf.Scalar>(
    (sum, side) => tf.add(sum, tf.mul(sideWeight, weightedCrossEntropy(side, y, w))),
    weightedCrossEntropy(fused, y, w),
  );
}

for (const engine of engineNames) {
  describe(`networks/osvos-network on ${engine}`, () => {
    let tensors: number;
    before(async function () {
      await startOrSkip(this, engine);
    });
    beforeEach(() => (tensors = tf.memory().numTensors));
    afterEach(() => expect(tf.memory().numTensors, 'tensors left behind').to.equal(tensors));

    for (const crop of ['center', 'fixed'] as const) {
      const want = golden[crop];

      it(`agrees with the golden logits and losses, crop ${crop}`, async () => {
        const network = tinyNetwork(crop);
        await tidyAsync(async () => {
          const labels = tinyLabels();
          const y = tf.tensor3d(Float32Array.from(labels), [1, HEIGHT, WIDTH]);
          const w = tf.tensor3d(balancedWeights(labels, 'sum'), [1, HEIGHT, WIDTH]);
          const { fused, sides } = network.run(tinyPicture(), true);
          for (const [k, side] of sides.entries()) {
            expect(await weightedCrossEntropy(side, y, w).array()).to.be.closeTo(want.sides[k], TOLERANCE);
          }
          expect(await weightedCrossEntropy(fused, y, w).array()).to.be.closeTo(want.fused, TOLERANCE);
          for (const [k, map] of [...sides, fused].entries()) {
            expect(await tf.sum(map).array()).to.be.closeTo(want.logitSums[k], TOLERANCE);
          }
          const logits = (await fused.array())[0];
          [logits[0][0], logits[5][6], logits[10][12]].forEach((logit, k) => {
            expect(logit).to.be.closeTo(want.logits[k], 1e-6);
          });
        });
        network.dispose();
      });

      it(`agrees with the golden gradients, crop ${crop}`, async () => {
        const network = tinyNetwork(crop);
        const names = Object.keys(want.gradients);
        await tidyAsync(async () => {
          const variables = names.map((name) => network.parameters.get(name));
          const { grads } = tf.variableGrads(() => lossOf(network, 1), variables);
          for (const [i, name] of names.entries()) {
            const gradient = grads[variables[i].name];
            const [sum, norm, first] = want.gradients[name];
            expect(await tf.sum(gradient).array(), `${name} sum`).to.be.closeTo(sum, TOLERANCE);
            expect(await tf.norm(gradient).array(), `${name} norm`).to.be.closeTo(norm, TOLERANCE);
            expect((await gradient.data())[0], `${name} first`).to.be.closeTo(first, TOLERANCE);
          }
        });
        network.dispose();
      });
    }

    it('gives online gradients (side weight 0) of the golden table, and none for the scores', async () => {
      const network = tinyNetwork('center');
      await tidyAsync(async () => {
        const first = network.parameters.get('stage1.conv1.weight');
        const score = network.parameters.get('score.0.weight');
        const { grads } = tf.variableGrads(() => lossOf(network, 0), [first, score]);
        expect(await tf.sum(grads[first.name]).array()).to.be.closeTo(-3.6192431737, TOLERANCE);
        expect(await tf.norm(grads[first.name]).array()).to.be.closeTo(2.3081644218, TOLERANCE);
        expect((await grads[first.name].data())[0]).to.be.closeTo(0.2559696409, TOLERANCE);
        expect(await tf.norm(grads[score.name]).array()).to.equal(0);
      });
      network.dispose();
    });

    it('follows the golden descent of three SGD steps with the rates of the released code', async () => {
      const network = tinyNetwork('center');
      const { parameters } = network;
      const factor = (name: string) =>
        name.startsWith('score.') ? 0.1 : name.startsWith('fuse.') ? 0.01 : 1;
      const optimizer = createSgd({
        momentum: 0.9,
        groups: parameters.names().map((name) => ({
          variables: parameters.select([name]),
          rate: factor(name) * (name.endsWith('.bias') ? 2 : 1),
          weightDecay: name.endsWith('.bias') ? 0 : 2e-4,
        })),
      });
      for (const want of [160.0201296533, 159.9224515308, 159.8205577753]) {
        const { value, grads } = tf.variableGrads(() => lossOf(network, 1));
        expect(await value.array()).to.be.closeTo(want, 1e-3);
        value.dispose();
        await optimizer.step(grads, 1e-3);
      }
      await tidyAsync(async () => {
        expect(await lossOf(network, 1).array()).to.be.closeTo(159.7297903849, 1e-3);
      });
      expect((await parameters.get('stage1.conv1.weight').data())[0]).to.be.closeTo(0.038122737758, 1e-6);
      expect((await parameters.get('fuse.weight').data())[0]).to.be.closeTo(0.194707601828, 1e-6);
      optimizer.dispose();
      network.dispose();
    });

    it('equals the uncollapsed form: upsample 3 channels each by a transposed convolution, concatenate, fuse', async () => {
      const network = tinyNetwork('fixed');
      await tidyAsync(async () => {
        const maps = network.features(tinyPicture());
        const want = uncollapsed(network, maps);
        const got = network.read(maps, [HEIGHT, WIDTH]).fused;
        expect(await tf.max(tf.abs(tf.sub(want, got))).array()).to.be.below(1e-5);
      });
      network.dispose();
    });

    it('starts every probability near one half', async () => {
      const trunk = createTrunk('vgg19-slim');
      const weights: Weights = new Map(
        [...trunk.shapes].map(([name, shape]) => {
          const size = shape.reduce((a, b) => a * b, 1);
          const mean = shape[shape.length - 1] / size; // keeps the features' scale
          return [name, { dtype: 'F32', shape: [...shape], data: new Float32Array(size).fill(mean) }];
        }),
      );
      for (const heads of headsNames) {
        const options = { trunk: 'vgg19-slim', crop: 'fixed', heads } as const;
        const untrained = createHeads(trunk, options).initial(createRandom(1));
        const network = OsvosNetwork.from(new Map([...weights, ...untrained]), options, 'test');
        await tidyAsync(async () => {
          const p = tf.sigmoid(network.run(tf.ones([1, 16, 16, 3])).fused);
          expect(await tf.max(tf.abs(tf.sub(p, 0.5))).array()).to.be.below(0.05);
        });
        network.dispose();
      }
    });

    it('has the parameter counts of the published networks', () => {
      const count = (shapes: ReadonlyMap<string, readonly number[]>) =>
        [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
      const vgg16 = createTrunk('vgg16');
      expect(count(vgg16.shapes)).to.equal(14_714_688);
      const heads = createHeads(vgg16, { heads: 'side-outputs', crop: 'fixed' });
      expect(count(osvosShapes(vgg16, heads))).to.equal(14_917_637);
      // to layer3, batch normalisation folded: convolutions of torchvision plus one bias a channel
      expect(count(createTrunk('resnet18').shapes)).to.equal(2_780_544);
    });

    it('says which parameters are missing or misshapen', () => {
      const weights: Weights = new Map([
        ['conv1.weight', { dtype: 'F32', shape: [1], data: Float32Array.of(1) }],
      ]);
      for (const trunk of trunkNames) {
        const options = { trunk, crop: 'fixed', heads: 'side-outputs' } as const;
        expect(() => OsvosNetwork.from(weights, options, 'other.safetensors'))
          .to.throw(/weights of another network \(.* is missing.*and \d+ more\): other\.safetensors/)
          .with.property('exit', 4);
      }
    });

    for (const trunk of trunkNames) {
      // the plain engine takes seconds for VGG-16 at larger sizes
      for (const [height, width] of trunk === 'vgg16'
        ? [[1, 1]]
        : [
            [37, 53],
            [1, 1],
            [48, 32],
          ]) {
        for (const heads of headsNames)
          it(`gives logits of the input’s size: ${trunk}, ${heads}, at ${width}×${height}`, async () => {
            const options = { trunk, crop: 'fixed', heads } as const;
            const shapes = osvosShapes(createTrunk(trunk), createHeads(createTrunk(trunk), options));
            const weights: Weights = new Map(
              [...shapes].map(([name, shape]) => [
                name,
                { dtype: 'F32', shape: [...shape], data: new Float32Array(shape.reduce((a, b) => a * b, 1)) },
              ]),
            );
            const network = OsvosNetwork.from(weights, options, 'test');
            await tidyAsync(async () => {
              const { fused, sides } = network.run(tf.zeros([1, height, width, 3]), true);
              const logits = [fused, ...sides];
              expect(logits).to.have.length(heads === 'side-outputs' ? 5 : 4);
              for (const map of logits) {
                expect(map.shape).to.deep.equal([1, height, width]);
                expect((await map.data()).every((logit) => logit === 0)).to.equal(true);
              }
            });
            network.dispose();
          });
      }
    }
  });
}

/** What the released networks do: fixed, channel-diagonal transposed convolutions, then fuse at full size. */
function uncollapsed(network: OsvosNetwork, maps: tf.Tensor4D[]): tf.Tensor {
  const parts = maps.slice(1).map((map, k) => {
    const side = tf.add<tf.Tensor4D>(
      tf.conv2d(map, network.parameters.get(`side.${k}.weight`) as unknown as tf.Tensor4D, 1, 'same'),
      network.parameters.get(`side.${k}.bias`),
    );
    const factor = 2 ** (k + 1);
    const [, h, w, channels] = side.shape;
    const kernel = Array.from({ length: 2 * factor }, (_, i) => 1 - Math.abs(i - (factor - 0.5)) / factor);
    const filter = tf.tensor4d(
      kernel.flatMap((a) =>
        kernel.flatMap((b) =>
          Array.from({ length: channels * channels }, (_, c) =>
            Math.floor(c / channels) === c % channels ? a * b : 0,
          ),
        ),
      ),
      [2 * factor, 2 * factor, channels, channels],
    );
    const full = tf.conv2dTranspose(
      side,
      filter,
      [1, (h + 1) * factor, (w + 1) * factor, channels],
      factor,
      'valid',
    );
    return tf.slice(full, [0, factor / 2, factor / 2, 0], [1, HEIGHT, WIDTH, channels]);
  });
  const fused = tf.conv2d(
    tf.concat<tf.Tensor4D>(parts, 3),
    network.parameters.get('fuse.weight') as unknown as tf.Tensor4D,
    1,
    'same',
  );
  return tf.add(tf.squeeze(fused, [3]), network.parameters.get('fuse.bias'));
}
