import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import type { MemoryKeys } from '../../../src/networks/memory/memory-architecture.js';
import { MemoryNetwork, memoryShapes } from '../../../src/networks/memory/memory-network.js';
import {
  createMemoryOptimizer,
  cropAt,
  hardestAt,
  intervalAt,
  trainedNames,
  tripletLoss,
} from '../../../src/methods/stm/train-memory.js';
import { memoryTrainingDefaults } from '../../../src/methods/stm/training-defaults.js';
import { toTripletBatch, type TripletBatch } from '../../../src/methods/stm/triplet-batch.js';
import type { Weights } from '../../../src/weights/weights.js';
import { startOrSkip } from '../../engine/kernels/engines.js';
import {
  asTriplet,
  formulaTriplet,
  formulaWeights,
  type FormulaTriplet,
} from '../../networks/memory/formula.js';

/** Loss and gradients of two triplets, one with one object and one with two, by PyTorch; see `reference.py`. */
interface ReferenceLoss {
  share: number;
  loss: number;
  gradients: Record<string, { sum: number; norm: number }>;
}

const reference = JSON.parse(
  readFileSync(new URL('../../networks/memory/reference.json', import.meta.url), 'utf8'),
) as { networks: Record<MemoryKeys, { losses: ReferenceLoss[] }> };

const SIDE = 32;
const TOLERANCE = 1e-3;

function network(keys: MemoryKeys, change: (weights: Weights) => void = () => undefined): MemoryNetwork {
  const architecture = { trunk: 'resnet18', keys } as const;
  const weights = formulaWeights(memoryShapes(architecture));
  change(weights);
  return MemoryNetwork.from(weights, architecture, 'formula');
}

/** The batch with pictures that no file could hold. */
function batchOf(triplets: FormulaTriplet[]): TripletBatch {
  const batch = toTripletBatch(triplets.map((triplet) => asTriplet(triplet, SIDE)));
  const pictures = [0, 1, 2].map((frame) => tf.concat(triplets.map((triplet) => triplet.pictures[frame]), 0)); // prettier-ignore
  return { ...batch, pictures };
}

function lossOf(of: MemoryNetwork, triplets: () => FormulaTriplet[], share = 1): number {
  return tf.tidy(() => tripletLoss(of, batchOf(triplets()), share).dataSync()[0]);
}

describe('methods/stm/train-memory', function () {
  this.timeout(120_000);

  for (const engine of ['wasm', 'torch'] as const) {
    // the wasm engine’s gradients take their time: one form is enough
    for (const keys of engine === 'wasm' ? (['masked'] as const) : (['masked', 'image'] as const)) {
      it(`has PyTorch’s loss and gradients on ${engine}, ${keys} keys`, async function () {
        await startOrSkip(this, engine);
        const own = network(keys);
        const triplets = () => [formulaTriplet(SIDE, 0, 1), formulaTriplet(SIDE, 1.5, 2)];
        for (const { share, loss, gradients } of reference.networks[keys].losses) {
          const variables = Object.keys(gradients).map((name) => own.parameters.get(name));
          tf.tidy(() => {
            const { value, grads } = tf.variableGrads(
              () => tripletLoss(own, batchOf(triplets()), share),
              variables,
            );
            expect(value.dataSync()[0], `loss, share ${share}`).to.be.closeTo(loss, 1e-5 * loss);
            Object.entries(gradients).forEach(([name, wanted], i) => {
              const numbers = grads[variables[i].name].dataSync<'float32'>();
              const norm = Math.sqrt(numbers.reduce((sum, x) => sum + x * x, 0));
              expect(norm, `${name}, share ${share}`).to.be.closeTo(wanted.norm, TOLERANCE * wanted.norm);
              const sum = numbers.reduce((a, b) => a + b, 0);
              const size = Math.sqrt(numbers.length) * wanted.norm;
              expect(sum, `${name}, share ${share}`).to.be.closeTo(wanted.sum, TOLERANCE * size);
            });
          });
        }
        own.dispose();
      });
    }
  }

  describe('the loss', () => {
    before(async function () {
      await startOrSkip(this, 'wasm');
    });

    it('is 2 ln 2 where a network says nothing of one object', () => {
      const mute = network('masked', (weights) => {
        for (const part of ['weight', 'bias']) weights.get(`Decoder.pred2.${part}`)!.data.fill(0);
      });
      for (const share of [1, 0.3]) {
        // the engine adds up a thousand pixels in single precision
        expect(lossOf(mute, () => [formulaTriplet(SIDE, 0, 1)], share)).to.be.closeTo(1.3862944, 2e-5);
      }
      mute.dispose();
    });

    it('has no gradient for the masks of others where there are none', () => {
      const own = network('masked');
      const filter = own.parameters.get('Encoder_M.conv1_o.weight');
      tf.tidy(() => {
        const single = [formulaTriplet(SIDE, 0, 1), formulaTriplet(SIDE, 2, 1)];
        const { grads } = tf.variableGrads(() => tripletLoss(own, batchOf(single), 1), [filter]);
        expect(grads[filter.name].dataSync().every((x) => x === 0)).to.equal(true);
      });
      own.dispose();
    });

    it('is that of one triplet after the other, and of objects in any order', () => {
      const own = network('masked');
      // the same pixels are known in both
      const [one, two] = [() => formulaTriplet(SIDE, 0, 1), () => formulaTriplet(SIDE, 1.5, 2)];
      const together = lossOf(own, () => [one(), two()]);
      const apart = (lossOf(own, () => [one()]) + lossOf(own, () => [two()])) / 2;
      expect(together).to.be.closeTo(apart, 1e-5);
      const swapped = lossOf(own, () => {
        const triplet = two();
        const labels = triplet.labels.map((frame) => frame.map((label) => [0, 2, 1][label] ?? label));
        return [{ ...triplet, labels }];
      });
      expect(swapped).to.be.closeTo(
        lossOf(own, () => [two()]),
        1e-5,
      );
      own.dispose();
    });
  });

  it('has gradients that agree with finite differences on cpu', async function () {
    await startOrSkip(this, 'cpu');
    const own = network('masked');
    const side = 16;
    const small = () => {
      const triplet = formulaTriplet(side, 0.3, 2);
      const batch = toTripletBatch([asTriplet(triplet, side)]);
      return tripletLoss(own, { ...batch, pictures: triplet.pictures }, 1);
    };
    // a step along the gradient of one parameter
    for (const name of ['Encoder_M.conv1_m.weight', 'KV_M_r4.Key.weight']) {
      const variable = own.parameters.get(name);
      tf.tidy(() => {
        const gradient = tf.variableGrads(small, [variable]).grads[variable.name];
        const norm = tf.norm(gradient).dataSync()[0];
        const before = tf.clone(variable);
        const step = 1e-3 * tf.norm(variable).dataSync()[0];
        const at = (along: number) => {
          variable.assign(tf.add(before, tf.mul(gradient, along / norm)));
          return small().dataSync()[0];
        };
        const slope = (at(step) - at(-step)) / (2 * step);
        variable.assign(before);
        expect(slope, name).to.be.closeTo(norm, 0.02 * norm);
      });
    }
    own.dispose();
  });

  it('leaves first convolutions and first layers as they are, and decays no biases', async function () {
    await startOrSkip(this, 'wasm');
    const own = network('masked');
    const names = trainedNames(own);
    expect(names).to.include('Encoder_M.conv1_m.weight').and.include('Encoder_Q.res3.0.conv1.weight');
    expect(
      names.filter((name) => /\.conv1\.|res2/.test(name) && /^Encoder_.\.(conv1\.|res2)/.test(name)),
    ).to.deep.equal([]);
    const optimizer = createMemoryOptimizer(own, { ...memoryTrainingDefaults, weightDecay: 0.5, rate: 1 });
    const before = await own.parameters.read();
    // without a gradient nothing but the decay changes: θ · (1 − rate · trunkRate · decay)
    const gradients = Object.fromEntries(
      names.map((name) => [own.parameters.get(name).name, tf.zerosLike(own.parameters.get(name))]),
    );
    await optimizer.step(gradients, 1);
    const after = await own.parameters.read();
    const factor = (name: string) => after.get(name)!.data[3] / before.get(name)!.data[3];
    expect(factor('KV_Q_r4.Key.weight')).to.be.closeTo(0.5, 1e-6);
    expect(factor('Encoder_M.conv1_m.weight')).to.be.closeTo(0.5, 1e-6);
    expect(factor('Encoder_Q.res4.0.conv1.weight')).to.be.closeTo(0.9, 1e-6);
    expect(factor('KV_Q_r4.Key.bias')).to.equal(1);
    expect(factor('Encoder_Q.res2.0.conv1.weight')).to.equal(1);
    optimizer.dispose();
    own.dispose();
  });

  describe('its course', () => {
    it('lets intervals rise to half of the training, and ends as it began', () => {
      const at = (share: number) => intervalAt(share, [5, 25]);
      expect([0, 0.25, 0.5, 0.89, 0.9, 1].map(at)).to.deep.equal([5, 15, 25, 25, 5, 5]);
    });

    it('lets crops rise in equal stretches', () => {
      const at = (share: number) => cropAt(share, [192, 224]);
      expect([0, 0.33, 0.34, 0.66, 0.67, 1].map(at)).to.deep.equal([192, 192, 208, 208, 224, 224]);
      expect([0, 0.5, 1].map((share) => cropAt(share, [64, 64]))).to.deep.equal([64, 64, 64]);
    });

    it('lets ever fewer pixels count, as STCN does', () => {
      // f = 1, .7875, .575, .3625, .15 at equal steps between two shares
      const options = { ...memoryTrainingDefaults, hardest: 0.15, hardestFrom: 0.2, hardestTo: 0.6 };
      [0, 0.2, 0.3, 0.4, 0.5, 0.6, 1].forEach((share, i) =>
        expect(hardestAt(share, options)).to.be.closeTo([1, 1, 0.7875, 0.575, 0.3625, 0.15, 0.15][i], 1e-9),
      );
    });
  });
});
