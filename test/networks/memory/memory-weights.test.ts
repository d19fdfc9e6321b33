import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { registerKernels } from '../../../src/engine/kernels/register.js';
import type { MemoryReadOptions } from '../../../src/networks/memory/memory-read.js';
import { readMemory } from '../../../src/networks/memory/memory-read.js';
import { memoryWeights, type MemoryWeights } from '../../../src/networks/memory/memory-weights.js';
import { createRandom } from '../../../src/random.js';

/**
 * Reads of the small golden memory, worked out elsewhere in double precision: two frames of 2×3 cells, keys
 * kM[c,t,y,x] = 2 sin(.7(c+1) + 1.3t + .9y + .4x(c+1)), kQ[c,y,x] = 2 sin(.7(c+1) + .5 + .9y + .4x(c+1)), values
 * vM[v,t,y,x] = cos(.3(v+1) + .5t − .8y + .6x), two channels each.
 */
const [FRAMES, HEIGHT, WIDTH, CHANNELS] = [2, 2, 3, 2];
const CELLS = HEIGHT * WIDTH;
const goldenReads: { name: string; sigma?: number; topK?: number; reads: number[][] }[] = [
  {
    name: 'plain',
    reads: [
      [0.7589539351, 0.691838053, 0.5288033658, 0.6782509097, 0.4854483227, 0.3753696071],
      [0.6435678371, 0.5574162564, 0.3377322247, 0.5362692562, 0.2841374201, 0.1505191122],
    ],
  },
  {
    name: 'kernel of 7 cells',
    sigma: 7,
    reads: [
      [0.7590435557, 0.6921420307, 0.5290312348, 0.6788090591, 0.4852713841, 0.3744143037],
      [0.6437036915, 0.5577748039, 0.3377409491, 0.5370931805, 0.2841076199, 0.1495445734],
    ],
  },
  {
    name: 'kernel of 1 cell',
    sigma: 1,
    reads: [
      [0.7593705347, 0.7092930927, 0.5342143517, 0.686769555, 0.4765396176, 0.3354279371],
      [0.6447442424, 0.5781291794, 0.3284814619, 0.5499913896, 0.2826370057, 0.1100838528],
    ],
  },
  {
    name: 'best 3',
    topK: 3,
    reads: [[0.8131488335, 0.7489317624, 0.5937856415, 0.7464196451, 0.2350762789, 0.305836259]],
  },
  {
    name: 'kernel of 1 cell, best 3',
    sigma: 1,
    topK: 3,
    reads: [[0.8131488335, 0.8180604488, 0.630648003, 0.7464196451, 0.382396554, 0.1823887845]],
  },
];
const goldenMatches = [
  [0, 0, 0, 0, 1, 2],
  [0, 2, 5, 5, 5, 5],
];

function grid2d(value: (y: number, x: number, c: number) => number): tf.Tensor2D {
  const data = Array.from({ length: CELLS * CHANNELS }, (_, i) => {
    const cell = Math.floor(i / CHANNELS);
    return value(Math.floor(cell / WIDTH), cell % WIDTH, i % CHANNELS);
  });
  return tf.tensor2d(data, [CELLS, CHANNELS]);
}

const goldenQuery = () =>
  grid2d((y, x, c) => 2 * Math.sin(0.7 * (c + 1) + 0.5 + 0.9 * y + 0.4 * x * (c + 1)));
const goldenKeys = (t: number) =>
  grid2d((y, x, c) => 2 * Math.sin(0.7 * (c + 1) + 1.3 * t + 0.9 * y + 0.4 * x * (c + 1)));
const goldenValue = (v: number, t: number, y: number, x: number) =>
  Math.cos(0.3 * (v + 1) + 0.5 * t - 0.8 * y + 0.6 * x);

/** Σ weight · value over the golden memory. */
function readWith({ frames }: MemoryWeights, channel: number): number {
  let sum = 0;
  frames.forEach(({ weights }, t) =>
    weights.forEach((weight, p) => {
      sum += weight * goldenValue(channel, t, Math.floor(p / WIDTH), p % WIDTH);
    }),
  );
  return sum;
}

interface Case {
  query: number[][];
  memory: number[][][];
  options: MemoryReadOptions;
}

/** The weights by the formulas, cell by cell, in double precision. */
function plainWeights({ query, memory, options }: Case, cell: number): number[] {
  const { sigma, topK, grid } = options;
  const { width } = grid;
  const scale = Math.sqrt(query[0].length);
  const score = (q: number[], k: number[]) => {
    const terms = q.map((value, c) => (options.keys === 'image' ? -((value - k[c]) ** 2) : value * k[c]));
    return terms.reduce((a, b) => a + b, 0) / scale;
  };
  const keys = memory.flat();
  const scores = keys.map((k) => {
    const all = query.map((q) => score(q, k));
    const match = all.indexOf(Math.max(...all));
    const [dy, dx] = [Math.floor(match / width) - Math.floor(cell / width), (match % width) - (cell % width)];
    return all[cell] - (sigma === undefined ? 0 : (dy * dy + dx * dx) / (2 * sigma * sigma));
  });
  const kept = new Set(
    scores
      .map((_, p) => p)
      .sort((a, b) => scores[b] - scores[a])
      .slice(0, topK),
  );
  const exponentials = scores.map((value, p) => (kept.has(p) ? Math.exp(value) : 0));
  const norm = exponentials.reduce((a, b) => a + b, 0);
  return exponentials.map((value) => value / norm);
}

function randomCase(seed: number, options: Omit<MemoryReadOptions, 'grid'>): Case {
  const random = createRandom(seed);
  const key = () => Array.from({ length: 5 }, () => 1.5 * random.normal());
  const cells = (count: number) => Array.from({ length: count }, key);
  return {
    query: cells(20),
    memory: [cells(20), cells(20), cells(12)],
    options: { ...options, grid: { height: 4, width: 5 } },
  };
}

async function weightsOf({ query, memory, options }: Case, cells: number[]): Promise<MemoryWeights> {
  const tensors = [query, ...memory].map((rows) => tf.tensor2d(rows));
  const [first, ...rest] = tensors;
  const before = tf.memory().numTensors;
  const weights = await memoryWeights(first, rest, cells, options);
  expect(tf.memory().numTensors).to.equal(before);
  tf.dispose(tensors);
  return weights;
}

const all = ({ frames }: MemoryWeights) => frames.flatMap(({ weights }) => [...weights]);
const forms: { name: string; options: Omit<MemoryReadOptions, 'grid'> }[] = (
  ['masked', 'image'] as const
).flatMap((keys) => [
  { name: `${keys} keys`, options: { keys } },
  { name: `${keys} keys, kernel`, options: { keys, sigma: 1.3 } },
  { name: `${keys} keys, best 7`, options: { keys, topK: 7 } },
  { name: `${keys} keys, kernel, best 7`, options: { keys, sigma: 1.3, topK: 7 } },
]);

describe('weights of a memory', () => {
  before(async () => {
    registerKernels('cpu');
    await tf.setBackend('cpu');
  });

  for (const { name, sigma, topK, reads } of goldenReads) {
    it(`sum values to the golden reads: ${name}`, async () => {
      const query = goldenQuery();
      const memory = Array.from({ length: FRAMES }, (_, t) => goldenKeys(t));
      const options: MemoryReadOptions = {
        keys: 'masked',
        grid: { height: HEIGHT, width: WIDTH },
        sigma,
        topK,
      };
      for (let cell = 0; cell < CELLS; cell++) {
        const weights = await memoryWeights(query, memory, [cell], options);
        reads.forEach((channel, v) => expect(readWith(weights, v)).to.be.closeTo(channel[cell], 2e-6));
      }
      const cells = [...Array(CELLS).keys()];
      const mean = await memoryWeights(query, memory, cells, options);
      reads.forEach((channel, v) => {
        const expected = channel.reduce((a, b) => a + b, 0) / CELLS;
        expect(readWith(mean, v)).to.be.closeTo(expected, 2e-6);
      });
      expect(mean.frames.map(({ matches }) => matches && [...matches])).to.deep.equal(
        sigma === undefined ? [undefined, undefined] : goldenMatches,
      );
      tf.dispose([query, ...memory]);
    });
  }

  for (const { name, options } of forms) {
    it(`are those of the formulas: ${name}`, async () => {
      const given = randomCase(3, options);
      const cells = [0, 7, 8, 19];
      const expected = given.memory.flat().map((_, p) => {
        return cells.reduce((sum, cell) => sum + plainWeights(given, cell)[p], 0) / cells.length;
      });
      const weights = await weightsOf(given, cells);
      expect(weights.frames.map((frame) => frame.weights.length)).to.deep.equal([20, 20, 12]);
      all(weights).forEach((weight, p) => expect(weight).to.be.closeTo(expected[p], 1e-6));
    });

    it(`have shares of sum 1, which belong to their frames: ${name}`, async () => {
      for (let seed = 1; seed <= 5; seed++) {
        const { frames } = await weightsOf(randomCase(seed, options), [seed, 2 * seed, 19]);
        expect(frames.reduce((sum, { share }) => sum + share, 0)).to.be.closeTo(1, 1e-9);
        for (const { share, weights } of frames) {
          expect(share).to.be.closeTo(
            weights.reduce((a, b) => a + b, 0),
            1e-6,
          );
        }
      }
    });

    it(`read what readMemory reads: ${name}`, async () => {
      const given = randomCase(11, options);
      const random = createRandom(12);
      const values = given.memory.map((keys) =>
        tf.tensor2d(keys.map(() => [random.normal(), random.normal()])),
      );
      const query = tf.tensor2d(given.query);
      const keys = given.memory.map((rows) => tf.tensor2d(rows));
      const blocks = keys.map((own, i) => ({ keys: own, values: values[i] }));
      const read = readMemory(query, blocks, given.options).arraySync();
      for (const cell of [0, 6, 13]) {
        const { frames } = await memoryWeights(query, keys, [cell], given.options);
        const sums = [0, 1].map((channel) =>
          frames.reduce((sum, { weights }, t) => {
            const rows = values[t].arraySync();
            return sum + weights.reduce((own, weight, p) => own + weight * rows[p][channel], 0);
          }, 0),
        );
        sums.forEach((sum, channel) => expect(sum).to.be.closeTo(read[cell][channel], 2e-6));
      }
      tf.dispose([query, ...keys, ...values]);
    });
  }

  it('tell of a kernel both directions of matching, and where the best cell points', async () => {
    const given = randomCase(5, { keys: 'masked', sigma: 1.3 });
    const cells = [6, 7, 12];
    const { frames, kernel } = await weightsOf(given, cells);
    const bare = { ...given, options: { ...given.options, sigma: undefined } };
    const without = cells.map((cell) => plainWeights(bare, cell));
    const places = [0, 1, 2].flatMap((frame) => given.memory[frame].map((_, cell) => ({ frame, cell })));
    // query to memory: the largest weight that a cell would give without a kernel
    expect(kernel!.found).to.deep.equal(without.map((row) => places[row.indexOf(Math.max(...row))]));
    const mean = places.map((_, p) => without.reduce((sum, row) => sum + row[p], 0) / cells.length);
    const best = mean.indexOf(Math.max(...mean));
    expect(kernel!.best).to.deep.equal(places[best]);
    frames
      .flatMap(({ plain }) => [...plain!])
      .forEach((weight, p) => expect(weight).to.be.closeTo(mean[p], 1e-6));
    // memory to query: among all cells of the query, asked for or not
    const key = given.memory.flat()[best];
    const products = given.query.map((row) => row.reduce((sum, value, c) => sum + value * key[c], 0));
    const centre = products.indexOf(Math.max(...products));
    expect(kernel!.centre).to.equal(centre);
    kernel!.gaussian.forEach((value, cell) => {
      const [dy, dx] = [Math.floor(cell / 5) - Math.floor(centre / 5), (cell % 5) - (centre % 5)];
      expect(value).to.be.closeTo(Math.exp(-(dy ** 2 + dx ** 2) / (2 * 1.3 ** 2)), 1e-6);
    });
  });

  it('count the first of equal scores as the best', async () => {
    const options: MemoryReadOptions = { keys: 'masked', grid: { height: 1, width: 1 }, topK: 2 };
    const given: Case = { query: [[1, 0]], memory: [[[1, 0], [2, 0]], [[1, 0], [1, 0]]], options }; // prettier-ignore
    const { frames } = await weightsOf(given, [0]);
    const least = 1 / (1 + Math.exp(Math.SQRT1_2));
    expect(frames[0].weights[0]).to.be.closeTo(least, 1e-6);
    expect(frames[1].share).to.equal(0);
  });

  for (const { name, options } of forms) {
    it(`are the same in parts, which take no more than they may: ${name}`, async () => {
      const { query, memory, options: own } = randomCase(7, options);
      const tensors = [query, ...memory].map((rows) => tf.tensor2d(rows));
      const [first, ...rest] = tensors;
      const cells = [1, 4, 9, 16, 18];
      const whole = await memoryWeights(first, rest, cells, own);
      const parts = await memoryWeights(first, rest, cells, own, 2 * 52 * 4); // two cells of the query, ten of the memory
      all(parts).forEach((weight, p) => expect(weight).to.be.closeTo(all(whole)[p], 1e-7));
      expect(parts.kernel?.found).to.deep.equal(whole.kernel?.found);
      expect(parts.frames.map(({ matches }) => matches)).to.deep.equal(
        whole.frames.map(({ matches }) => matches),
      );
      tf.dispose(tensors);
    });
  }

  it('take more of the best than there are cells for all', async () => {
    const some = randomCase(2, { keys: 'image' });
    const many = { ...some, options: { ...some.options, topK: 1000 } };
    expect(all(await weightsOf(many, [4]))).to.deep.equal(all(await weightsOf(some, [4])));
  });
});
