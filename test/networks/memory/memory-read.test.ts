import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { engineNames } from '../../../src/engine/engine.js';
import { readMemory } from '../../../src/networks/memory/memory-read.js';
import { startOrSkip } from '../../engine/kernels/engines.js';
import { plainRead } from './plain-read.js';
import { apart, cutInto, goldenCase, randomCase, read, tiedCase, type Options } from './read-cases.js';

/** Single precision. */
const TOLERANCE = 3e-6;

// golden values in double precision, by an independent program: columns of the result
const golden: [name: string, options: Options, columns: number[][]][] = [
  ['STM', {}, [
    [0.7589539351, 0.6918380530, 0.5288033658, 0.6782509097, 0.4854483227, 0.3753696071],
    [0.6435678371, 0.5574162564, 0.3377322247, 0.5362692562, 0.2841374201, 0.1505191122],
  ]],
  ['KMN, σ 7', { sigma: 7 }, [
    [0.7590435557, 0.6921420307, 0.5290312348, 0.6788090591, 0.4852713841, 0.3744143037],
    [0.6437036915, 0.5577748039, 0.3377409491, 0.5370931805, 0.2841076199, 0.1495445734],
  ]],
  ['KMN, σ 1', { sigma: 1 }, [
    [0.7593705347, 0.7092930927, 0.5342143517, 0.6867695550, 0.4765396176, 0.3354279371],
    [0.6447442424, 0.5781291794, 0.3284814619, 0.5499913896, 0.2826370057, 0.1100838528],
  ]],
  ['STM, the best 3', { topK: 3 }, [[0.8131488335, 0.7489317624, 0.5937856415, 0.7464196451, 0.2350762789, 0.3058362590]]],
  ['KMN, σ 1, the best 3', { sigma: 1, topK: 3 }, [[0.8131488335, 0.8180604488, 0.6306480300, 0.7464196451, 0.3823965540, 0.1823887845]]],
]; // prettier-ignore

/** Sums over all numbers read, with four channels of keys and three of values. */
const goldenSums: [options: Options, sum: number][] = [
  [{}, 6.7170238904],
  [{ sigma: 7 }, 6.7172179872],
  [{ sigma: 1 }, 6.7992649955],
  [{ topK: 3 }, 7.2758521717],
  [{ sigma: 1, topK: 3 }, 8.0230283429],
];

/** The query's cell that each cell of the memory resembles most, by channels of the keys. */
const goldenBest: [channels: number, cells: number[]][] = [
  [2, [0, 0, 0, 0, 1, 2, 0, 2, 5, 5, 5, 5]],
  [4, [0, 1, 1, 0, 1, 2, 1, 4, 5, 4, 5, 5]],
];

const allOptions: Options[] = [{}, { sigma: 1 }, { topK: 3 }, { sigma: 2, topK: 5 }].flatMap((options) => [
  options,
  { ...options, keys: 'image' as const },
]);
const nameOf = (options: Options) => JSON.stringify(options);
const plain = (drawn: Parameters<typeof plainRead>[0], options: Options) =>
  plainRead(drawn, { keys: 'masked', ...options });

describe('the oracle of reads', () => {
  for (const [name, options, columns] of golden) {
    it(`agrees with the golden table: ${name}`, () => {
      const found = plain(goldenCase(2, 2), options);
      columns.forEach((column, v) =>
        found.forEach((row, q) => expect(row[v]).to.be.closeTo(column[q], 1e-9)),
      );
    });
  }
});

for (const engine of engineNames) {
  // a card that is a processor takes milliseconds for each operation: fewer seeds, parts and options
  const slow = engine === 'webgpu';
  const seeds = slow ? [1] : [1, 2, 3];
  describe(`the read of a space-time memory on ${engine}`, () => {
    before(async function () {
      await startOrSkip(this, engine);
    });

    for (const [name, options, columns] of golden) {
      it(`agrees with the golden table: ${name}`, async () => {
        const found = await read(goldenCase(2, 2), options);
        columns.forEach((column, v) =>
          found.forEach((row, q) => expect(row[v], `cell ${q}`).to.be.closeTo(column[q], TOLERANCE)),
        );
      });
    }

    it('agrees with the golden sums of four channels, and the first column of STM', async () => {
      for (const [options, wanted] of goldenSums) {
        const sum = (await read(goldenCase(4, 3), options)).flat().reduce((a, b) => a + b, 0);
        expect(sum, nameOf(options)).to.be.closeTo(wanted, 18 * TOLERANCE);
      }
      const first = [0.8105519007, 0.6698715229, 0.4521478595, 0.6760303302, 0.5788432277, 0.2195760838];
      (await read(goldenCase(4, 3))).forEach(([v0], q) => expect(v0).to.be.closeTo(first[q], TOLERANCE));
    });

    for (const [channels, cells] of goldenBest) {
      it(`finds the cell that each cell of the memory resembles most, as the golden table: ${channels} channels`, async () => {
        const drawn = goldenCase(channels, 2);
        // values that tell which cell of the memory was read, and a kernel of one cell
        const oneHot = (p: number) => cells.map((_, i) => Number(i === p));
        const blocks = drawn.blocks.map(({ keys }, t) => ({
          keys,
          values: keys.map((_, i) => oneHot(t * keys.length + i)),
        }));
        const weights = await read({ ...drawn, blocks }, { sigma: 0.1 });
        for (const q of new Set(cells)) {
          const readers = weights[q].map((weight, p) => (weight > 1e-6 ? p : -1)).filter((p) => p >= 0);
          expect(readers, `cell ${q}`).to.deep.equal(cells.flatMap((best, p) => (best === q ? [p] : [])));
        }
      });
    }

    for (const options of slow ? [{}, { sigma: 2, topK: 5 }] : allOptions) {
      it(`agrees with the oracle on random frames: ${nameOf(options)}`, async () => {
        for (const seed of seeds) {
          const drawn = randomCase({ grid: { height: 5, width: 7 }, frames: 4, key: 6, values: 5 }, seed);
          expect(apart(await read(drawn, options), plain(drawn, options))).to.be.below(TOLERANCE * 4);
        }
      });

      it(`takes the first of cells that score alike: ${nameOf(options)}`, async () => {
        for (const seed of seeds) {
          const drawn = tiedCase(seed);
          expect(apart(await read(drawn, options), plain(drawn, options))).to.be.below(TOLERANCE);
          const others = { ...options, blockBytes: slow ? 600 : 1 };
          expect(
            apart(await read(drawn, others), plain(drawn, options)),
            'cell by cell, or a few',
          ).to.be.below(TOLERANCE);
        }
      });

      it(`reads frames of 1, 5 or 12 cells, and parts of frames, as the whole: ${nameOf(options)}`, async () => {
        const drawn = randomCase({}, 4);
        const whole = await read(cutInto(36, drawn), options);
        for (const size of slow ? [5] : [1, 5, 12]) {
          expect(apart(await read(cutInto(size, drawn), options), whole), `frames of ${size}`).to.be.below(
            TOLERANCE,
          );
        }
        for (const blockBytes of slow ? [1000] : [1, 1000, 4000]) {
          const parts = await read(drawn, { ...options, blockBytes });
          expect(apart(parts, whole), `parts of ${blockBytes} bytes`).to.be.below(TOLERANCE);
        }
      });

      it(`does not depend on the order of frames: ${nameOf(options)}`, async () => {
        const { blocks, ...rest } = randomCase({ frames: 4 }, 5);
        const turned = [2, 0, 3, 1].map((i) => blocks[i]);
        expect(
          apart(await read({ ...rest, blocks }, options), await read({ ...rest, blocks: turned }, options)),
        ).to.be.below(TOLERANCE);
      });

      it(`reads constant values as the constant: ${nameOf(options)}`, async () => {
        const { blocks, ...rest } = randomCase({}, 6);
        const constant = blocks.map(({ keys }) => ({ keys, values: keys.map(() => [3, -0.25]) }));
        const found = await read({ ...rest, blocks: constant }, options);
        expect(
          apart(
            found,
            found.map(() => [3, -0.25]),
          ),
        ).to.be.below(TOLERANCE);
      });

      it(`reads objects side by side as each alone: ${nameOf(options)}`, async () => {
        const { blocks, ...rest } = randomCase({ values: 4 }, 7);
        const columns = (from: number, to: number) =>
          blocks.map(({ keys, values }) => ({ keys, values: values.map((row) => row.slice(from, to)) }));
        const together = await read({ ...rest, blocks }, options);
        const one = await read({ ...rest, blocks: columns(0, 2) }, options);
        const two = await read({ ...rest, blocks: columns(2, 4) }, options);
        expect(
          apart(
            together,
            one.map((row, q) => [...row, ...two[q]]),
          ),
        ).to.be.below(TOLERANCE);
      });

      it(`stays finite where all that is near scores low: ${nameOf(options)}`, async () => {
        // exponentials of what is far would be zero in single precision
        const drawn = randomCase({ deviation: 12 }, 8);
        const narrow = 'sigma' in options ? { ...options, sigma: 0.05 } : options;
        expect(apart(await read(drawn, narrow), plain(drawn, narrow))).to.be.below(5e-4);
      });
    }

    it('is STM with a very wide kernel', async () => {
      const drawn = goldenCase(2, 2);
      expect(apart(await read(drawn, { sigma: 1e6 }), await read(drawn))).to.be.below(TOLERANCE);
    });

    it('is all of the memory where the best are as many or more', async () => {
      const drawn = randomCase({}, 9);
      for (const topK of [36, 37, 1000]) {
        for (const options of [{}, { sigma: 1 }, { keys: 'image' as const }]) {
          expect(apart(await read(drawn, { ...options, topK }), await read(drawn, options))).to.be.below(
            TOLERANCE,
          );
        }
      }
    });

    it('reads one cell where one is the best', async () => {
      const drawn = randomCase({}, 10);
      const values = drawn.blocks.flatMap((block) => block.values);
      for (const row of await read(drawn, { topK: 1 })) {
        expect(Math.min(...values.map((other) => apart([row], [other])))).to.be.below(1e-6);
      }
    });

    it('does not change where the whole memory stands twice, but where one frame does', async () => {
      const drawn = goldenCase(2, 2);
      const { blocks } = drawn;
      const twice = await read({ ...drawn, blocks: [...blocks, ...blocks] });
      expect(apart(twice, await read(drawn))).to.be.below(TOLERANCE);
      expect(
        apart(await read({ ...drawn, blocks: [blocks[0], ...blocks] }), await read(drawn)),
      ).to.be.closeTo(0.0728359, 1e-5);
    });

    it('gives back all but its result', () => {
      const drawn = randomCase({ frames: 5 });
      const tensors = drawn.blocks.map(({ keys, values }) => ({
        keys: tf.tensor2d(keys),
        values: tf.tensor2d(values),
      }));
      const query = tf.tensor2d(drawn.query);
      const before = tf.memory();
      for (const options of allOptions) {
        readMemory(query, tensors, {
          keys: 'masked',
          grid: drawn.grid,
          ...options,
          blockBytes: 500,
        }).dispose();
      }
      const after = tf.memory();
      expect([after.numTensors, after.numDataBuffers]).to.deep.equal([
        before.numTensors,
        before.numDataBuffers,
      ]);
      tf.dispose([query, ...tensors.flatMap(({ keys, values }) => [keys, values])]);
    });

    it('refuses what does not fit', async () => {
      const drawn = randomCase();
      const bad = async (changed: Partial<typeof drawn>, options: Options = {}) =>
        read({ ...drawn, ...changed }, options).catch((error: Error) => error.message);
      const wider = drawn.query.map((row) => [...row, 0]);
      expect(await bad({ blocks: [] })).to.equal('a memory of no frames is read');
      expect(await bad({ query: wider })).to.equal('keys and values of a memory do not fit its query');
      expect(await bad({ grid: { height: 3, width: 5 } })).to.equal('12 cells are no grid of 3×5');
      expect(await bad({}, { topK: 0 })).to.equal('the best 0 cells are read');
      expect(await bad({}, { sigma: 0 })).to.equal('a kernel of 0 cells');
    });
  });
}
