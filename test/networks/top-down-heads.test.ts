import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { startEngine } from '../../src/engine/start.js';
import { OsvosNetwork } from '../../src/networks/osvos-network.js';
import { createTrunk } from '../../src/networks/trunk.js';
import { topDownHeads } from '../../src/networks/top-down-heads.js';
import type { TrunkName } from '../../src/networks/trunk-names.js';
import type { Weights } from '../../src/weights/weights.js';

/** Zeros everywhere, but scores pass: target scores into channel 0, channel 0 to the mask. */
function passingNetwork(name: TrunkName): OsvosNetwork {
  const trunk = createTrunk(name);
  const weights: Weights = new Map();
  for (const [parameter, shape] of [...trunk.shapes, ...topDownHeads(trunk).shapes]) {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    if (/^target\.\d+\.weight$/.test(parameter)) data[4 * shape[3]] = 1; // centre of 3×3 → channel 0
    if (parameter === 'score.0.weight') data[0] = 1;
    weights.set(parameter, { dtype: 'F32', shape: [...shape], data });
  }
  return OsvosNetwork.from(weights, { trunk: name, heads: 'top-down', crop: 'fixed' }, 'test');
}

describe('networks/top-down-heads', () => {
  before(() => startEngine({ engine: 'cpu' }));

  // centre of mass of what one cell's score becomes: at stride · cell where strides are padded, in the middle of the
  // pooled window where maps are pooled
  for (const [name, strides, offset] of [
    ['resnet18', [8, 16], () => 0],
    ['vgg19-slim', [8, 16], (stride: number) => (stride - 1) / 2],
  ] as const) {
    strides.forEach((stride, level) => {
      it(`puts a score of ${name} at stride ${stride} where its cell lies`, async () => {
        const network = passingNetwork(name);
        const [height, width] = [64, 96];
        const [row, column] = [1, 2].map((cell) => (cell * 32) / stride); // away from the borders
        const scores = strides.map((s, k) => {
          const buffer = tf.buffer([1, height / s, width / s, 1]);
          if (k === level) buffer.set(4, 0, row, column, 0);
          return buffer.toTensor() as tf.Tensor4D;
        });
        const maps = network.features(tf.zeros([1, height, width, 3]));
        const data = await network.read(maps, [height, width], { scores }).fused.data();
        let [sum, y, x] = [0, 0, 0];
        data.forEach((value, i) => {
          sum += value;
          y += value * Math.floor(i / width);
          x += value * (i % width);
        });
        expect(sum).to.be.above(1);
        expect(y / sum).to.be.closeTo(row * stride + offset(stride), 0.01);
        expect(x / sum).to.be.closeTo(column * stride + offset(stride), 0.01);
        network.dispose();
      });
    });
  }

  it('reads scores at strides 8 and 16 only', () => {
    for (const name of ['resnet50-v1', 'vgg16'] as const) {
      const trunk = createTrunk(name);
      expect(topDownHeads(trunk).scoredStages.map((stage) => trunk.stages[stage].stride)).to.deep.equal([
        8, 16,
      ]);
    }
  });
});
