import { expect } from 'chai';
import { initialMemoryWeights } from '../../../src/networks/memory/initial-weights.js';
import { memoryShapes } from '../../../src/networks/memory/memory-network.js';
import { createRandom } from '../../../src/random.js';
import { trunkShapes } from '../../../src/weights/trunk-shapes.js';
import type { Weights } from '../../../src/weights/weights.js';
import { numbers } from '../../weights/trunk-file.js';

const trunk: Weights = new Map(
  [...trunkShapes('resnet18')].map(([name, shape]) => [name, numbers(shape, (i) => name.length + i)]),
);

describe('networks/memory/initial-weights', () => {
  for (const keys of ['masked', 'image'] as const) {
    describe(`with ${keys} keys`, () => {
      const architecture = { trunk: 'resnet18', keys } as const;
      const weights = initialMemoryWeights(architecture, trunk, createRandom(1));
      const data = (name: string) => weights.get(name)!.data;
      const deviation = (name: string) => {
        const squares = Float64Array.from(data(name), (x) => x * x);
        return Math.sqrt(squares.reduce((a, b) => a + b) / squares.length);
      };

      it('are all numbers of the network', () => {
        const shapes = [...weights].map(([name, { shape }]) => [name, shape]);
        expect(shapes).to.deep.equal(
          [...memoryShapes(architecture)].map(([name, shape]) => [name, [...shape]]),
        );
        for (const { data, shape } of weights.values()) {
          expect(data.length).to.equal(shape.reduce((a, b) => a * b, 1));
          expect(data.every(Number.isFinite)).to.equal(true);
        }
      });

      it('take both encoders from the trunk', () => {
        for (const encoder of ['Encoder_M', 'Encoder_Q']) {
          for (const [own, name] of [
            ['conv1.weight', 'conv1.weight'],
            ['conv1.bias', 'conv1.bias'],
            ['res2.0.conv1.weight', 'layer1.0.conv1.weight'],
            ['res3.0.downsample.bias', 'layer2.0.downsample.bias'],
            ['res4.1.conv2.weight', 'layer3.1.conv2.weight'],
          ])
            expect([...data(`${encoder}.${own}`)]).to.deep.equal([...trunk.get(name)!.data]);
        }
      });

      it('have orthogonal keys, which memory and query share', () => {
        const filter = data('KV_Q_r4.Key.weight');
        const column = (k: number) => filter.filter((_, i) => i % 64 === k);
        const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
          Array.from(a).reduce((sum, x, i) => sum + x * b[i], 0);
        for (const k of [0, 1, 31, 63]) {
          for (const l of [0, 1, 31, 63])
            expect(dot(column(k), column(l))).to.be.closeTo(k === l ? 16 : 0, 1e-4);
        }
        if (keys === 'masked') expect(data('KV_M_r4.Key.weight')).to.deep.equal(filter);
        else expect(weights.has('KV_M_r4.Key.weight')).to.equal(false);
      });

      it('begin with small filters of masks, small logits and no biases', () => {
        expect(deviation('Encoder_M.conv1_m.weight')).to.be.closeTo(0.03, 0.002);
        expect(deviation('Encoder_M.conv1_o.weight')).to.be.closeTo(0.03, 0.002);
        expect(data('Encoder_M.conv1_m.weight')).not.to.deep.equal(data('Encoder_M.conv1_o.weight'));
        expect(deviation('Decoder.pred2.weight')).to.be.closeTo(0.1 / Math.sqrt(9 * 128), 4e-4);
        for (const [name, tensor] of weights) {
          if (!name.startsWith('Encoder') && name.endsWith('.bias'))
            expect(
              tensor.data.every((x) => x === 0),
              name,
            ).to.equal(true);
        }
      });
    });
  }

  it('are the same for a seed, others for another', () => {
    const draw = (seed: number) =>
      initialMemoryWeights({ trunk: 'resnet18', keys: 'image' }, trunk, createRandom(seed)).get(
        'Decoder.pred2.weight',
      );
    expect(draw(1)).to.deep.equal(draw(1));
    expect(draw(1)).not.to.deep.equal(draw(2));
  });
});
