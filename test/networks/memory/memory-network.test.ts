import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import {
  createEncoder,
  createMemoryTrunk,
  type EncoderMaps,
} from '../../../src/networks/memory/memory-encoders.js';
import { memoryTrunkNames, type MemoryKeys } from '../../../src/networks/memory/memory-architecture.js';
import { MemoryNetwork, memoryShapes, type Query } from '../../../src/networks/memory/memory-network.js';
import { memoryAffinity } from '../../../src/networks/memory/memory-read.js';
import { aggregate } from '../../../src/networks/memory/soft-aggregation.js';
import { Parameters } from '../../../src/networks/parameters.js';
import type { Weights } from '../../../src/weights/weights.js';
import { startOrSkip } from '../../engine/kernels/engines.js';
import { numbers } from '../../weights/trunk-file.js';
import { formulaMask, formulaPicture, formulaWeights } from './formula.js';

/** Of the first row: sum and norm of all numbers, and some of them. */
interface Summary {
  sum: number;
  norm: number;
  entries: number[];
}

interface Reference {
  parameters: Record<string, { folded: number; withBatchNorm: number }>;
  encoder50: Record<keyof EncoderMaps, Summary>;
  networks: Record<MemoryKeys, Record<'r4' | 'key' | 'value' | 'probabilities', Summary> & Record<'memoryValue' | 'memoryKey' | 'logits', Summary[]>>; // prettier-ignore
}

const reference = JSON.parse(readFileSync(new URL('reference.json', import.meta.url), 'utf8')) as Reference;
const [HEIGHT, WIDTH] = [48, 64];

/** In single precision, through twenty layers. */
const TOLERANCE = 2e-4;

function expectSummary(
  x: tf.Tensor4D,
  wanted: Summary,
  entries: [row: number, column: number, channel: number][],
): void {
  const numbers = x.dataSync<'float32'>();
  const sum = numbers.reduce((a, b) => a + b, 0);
  const size = Math.sqrt(numbers.length) * wanted.norm;
  expect(sum, 'sum').to.be.closeTo(wanted.sum, TOLERANCE * size);
  const norm = Math.sqrt(numbers.reduce((a, b) => a + b * b, 0));
  expect(norm, 'norm').to.be.closeTo(wanted.norm, TOLERANCE * wanted.norm);
  const buffer = x.bufferSync();
  const typical = wanted.norm / Math.sqrt(numbers.length);
  entries.forEach(([row, column, channel], i) =>
    expect(buffer.get(0, row, column, channel), `entry ${i}`).to.be.closeTo(
      wanted.entries[i],
      10 * TOLERANCE * typical,
    ),
  );
}

/** Two rows of one map apart. */
const rows = (x: tf.Tensor4D) => tf.split<tf.Tensor4D>(x, x.shape[0], 0);

/** Reads one frame of memory, as the method does with all. */
function readOne(query: Query, key: tf.Tensor4D, value: tf.Tensor4D, keys: MemoryKeys): tf.Tensor4D {
  const flat = (x: tf.Tensor4D) => tf.reshape<tf.Rank.R3>(x, [1, -1, x.shape[3]]);
  return tf.reshape(tf.matMul(memoryAffinity(flat(query.key), flat(key), keys), flat(value)), value.shape);
}

describe('networks/memory/memory-network', function () {
  this.timeout(60_000);

  it('has as many numbers as the papers’ networks, batch normalisation folded into the convolutions', () => {
    // 38,925,570 is what is counted in STM's release, 9.34 and 9.77 M are those of the light networks
    expect(reference.parameters['resnet50 masked'].withBatchNorm).to.equal(38_925_570);
    for (const trunk of memoryTrunkNames) {
      for (const keys of ['masked', 'image'] as const) {
        const shapes = [...memoryShapes({ trunk, keys }).values()];
        const count = shapes.reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
        expect(count, `${trunk} ${keys}`).to.equal(reference.parameters[`${trunk} ${keys}`].folded);
      }
    }
    expect(reference.parameters['resnet18 masked'].withBatchNorm / 1e6).to.be.closeTo(9.34, 0.005);
    expect(reference.parameters['resnet18 image'].withBatchNorm / 1e6).to.be.closeTo(9.77, 0.01);
  });

  it('names its parameters as STM’s release does', () => {
    const names = [...memoryShapes({ trunk: 'resnet50', keys: 'masked' }).keys()];
    for (const name of [
      'Encoder_M.conv1.weight',
      'Encoder_M.conv1_m.weight',
      'Encoder_M.conv1_o.weight',
      'Encoder_M.res2.0.conv3.weight',
      'Encoder_Q.res4.5.conv1.weight',
      'KV_M_r4.Key.weight',
      'KV_Q_r4.Value.bias',
      'Decoder.convFM.weight',
      'Decoder.ResMM.conv1.bias',
      'Decoder.RF3.convFS.weight',
      'Decoder.RF2.ResFS.conv2.weight',
      'Decoder.pred2.bias',
    ])
      expect(names, name).to.include(name);
    expect(names).not.to.include('Encoder_Q.conv1_m.weight');
    expect(names).not.to.include('Encoder_M.conv1_m.bias');
    expect([...memoryShapes({ trunk: 'resnet18', keys: 'image' }).keys()]).not.to.include(
      'KV_M_r4.Key.weight',
    );
  });

  for (const engine of ['wasm', 'torch'] as const) {
    describe(`on ${engine}`, () => {
      before(async function () {
        await startOrSkip(this, engine);
      });
      beforeEach(() => tf.engine().startScope());
      afterEach(() => tf.engine().endScope());

      it('encodes with torchvision’s ResNet-50 as PyTorch does, strides on the 3×3', () => {
        const encoder = createEncoder('Encoder_Q', createMemoryTrunk('resnet50'), false);
        const parameters = Parameters.from(formulaWeights(encoder.shapes), encoder.shapes, 'formula');
        const maps = encoder.run(formulaPicture(HEIGHT, WIDTH), parameters);
        for (const name of ['r2', 'r3', 'r4'] as const)
          expectSummary(maps[name], reference.encoder50[name], [
            [0, 0, 0],
            [1, 2, 7],
          ]);
        expect(maps.r4.shape).to.deep.equal([1, 3, 4, 1024]);
        parameters.dispose();
      });

      for (const keys of ['masked', 'image'] as const) {
        it(`encodes, reads and decodes as PyTorch does, ${keys} keys`, () => {
          const wanted = reference.networks[keys];
          const architecture = { trunk: 'resnet18', keys } as const;
          const network = MemoryNetwork.from(
            formulaWeights(memoryShapes(architecture)),
            architecture,
            'formula',
          );
          const coarse: [number, number, number][] = [[0, 0, 0], [2, 1, 5]]; // prettier-ignore
          const picture = formulaPicture(HEIGHT, WIDTH);
          const query = network.query(picture);
          for (const name of ['r4', 'key', 'value'] as const)
            expectSummary(query[name], wanted[name], coarse);
          const masks = [0, 2].map((phase) => formulaMask(HEIGHT, WIDTH, phase));
          const two = (x: tf.Tensor4D) => tf.concat([x, x], 0);
          const others = tf.concat([masks[1], masks[0]], 0);
          const memory = network.memorise(two(picture), [tf.concat(masks, 0), others], two(query.r4));
          const values = rows(memory.value);
          const ownKeys = memory.key ? rows(memory.key) : [query.key, query.key];
          expect(memory.key === undefined).to.equal(keys === 'image');
          values.forEach((value, k) => expectSummary(value, wanted.memoryValue[k], coarse));
          ownKeys.forEach((key, k) => expectSummary(key, wanted.memoryKey[k], coarse));
          const later = network.query(tf.reverse(picture, 2));
          const reads = values.map((value, k) => readOne(later, ownKeys[k], value, keys));
          const doubled = { value: two(later.value), s3: two(later.s3), s2: two(later.s2) };
          const logits = network.decode(tf.concat(reads, 0), doubled);
          rows(logits).forEach((own, k) =>
            expectSummary(own, wanted.logits[k], [
              [0, 0, 0],
              [20, 33, 0],
            ]),
          );
          const odds = aggregate(tf.transpose(logits, [3, 1, 2, 0]));
          expectSummary(tf.softmax(odds, -1) as tf.Tensor4D, wanted.probabilities, [
            [20, 33, 0],
            [20, 33, 1],
            [20, 33, 2],
          ]);
          network.dispose();
        });
      }
    });
  }

  describe('objects', () => {
    let network: MemoryNetwork;
    before(async function () {
      await startOrSkip(this, 'wasm');
      const architecture = { trunk: 'resnet18', keys: 'masked' } as const;
      network = MemoryNetwork.from(formulaWeights(memoryShapes(architecture)), architecture, 'formula');
    });
    beforeEach(() => tf.engine().startScope());
    afterEach(() => tf.engine().endScope());
    after(() => network.dispose());

    /** Probabilities of background and objects in a later frame, from one frame of memory. */
    function probabilities(phases: number[], together: boolean): number[] {
      const picture = formulaPicture(32, 48);
      const query = network.query(picture);
      const masks = phases.map((phase) => tf.mul<tf.Tensor4D>(formulaMask(32, 48, phase), 1 / phases.length));
      const all = masks.reduce((sum, mask) => tf.add(sum, mask));
      const others = masks.map((mask) => tf.sub<tf.Tensor4D>(all, mask));
      const groups = together ? [masks.map((_, k) => k)] : masks.map((_, k) => [k]);
      const logits = groups.flatMap((group) => {
        const own = (x: tf.Tensor4D[]) => tf.concat(group.map((k) => x[k]), 0); // prettier-ignore
        const repeated = (x: tf.Tensor4D) => tf.tile(x, [group.length, 1, 1, 1]);
        const memory = network.memorise(repeated(picture), [own(masks), own(others)]);
        const keys = rows(memory.key!);
        const reads = rows(memory.value).map((value, i) => readOne(query, keys[i], value, 'masked'));
        const seen = { value: repeated(query.value), s3: repeated(query.s3), s2: repeated(query.s2) };
        return rows(network.decode(tf.concat(reads, 0), seen));
      });
      const odds = aggregate(tf.transpose(tf.concat(logits, 0), [3, 1, 2, 0]));
      return [...tf.softmax(odds, -1).dataSync()];
    }

    it('are the same one by one as in one batch', () => {
      const apart = probabilities([0, 2, 4], false);
      probabilities([0, 2, 4], true).forEach((p, i) => expect(p).to.be.closeTo(apart[i], 1e-5));
    });

    it('swap their outputs when they are swapped', () => {
      const one = probabilities([0, 2], true);
      const other = probabilities([2, 0], true);
      const swapped = one.map((_, i) => one[i - (i % 3) + [0, 2, 1][i % 3]]);
      other.forEach((p, i) => expect(p).to.be.closeTo(swapped[i], 1e-5));
      expect(one.some((p, i) => Math.abs(p - other[i]) > 1e-3)).to.equal(true);
    });
  });

  it('sees 480×854, padded, on grids of 30×54, 60×108 and 120×216 cells', async function () {
    await startOrSkip(this, 'torch');
    const architecture = { trunk: 'resnet18', keys: 'masked' } as const;
    const zeros: Weights = new Map();
    for (const [name, shape] of memoryShapes(architecture))
      zeros.set(
        name,
        numbers([...shape], () => 0),
      );
    const network = MemoryNetwork.from(zeros, architecture, 'zeros');
    tf.tidy(() => {
      const picture = tf.zeros<tf.Rank.R4>([1, 480, 864, 3]);
      const query = network.query(picture);
      expect(query.r4.shape).to.deep.equal([1, 30, 54, 256]);
      expect(query.key.shape).to.deep.equal([1, 30, 54, 64]);
      expect(query.value.shape).to.deep.equal([1, 30, 54, 256]);
      expect(query.s3.shape).to.deep.equal([1, 60, 108, 128]);
      expect(query.s2.shape).to.deep.equal([1, 120, 216, 128]);
    });
    network.dispose();
  });
});
