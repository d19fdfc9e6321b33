import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import type { Precision } from '../../../src/engine/engine.js';
import { readBlockwise } from '../../../src/engine/kernels/blockwise-read.js';
import { memoryReadKernel } from '../../../src/engine/kernels/memory-read.js';
import { BLOCK_BYTES, type ReadOptions } from '../../../src/engine/kernels/memory-scores.js';
import { startEngine } from '../../../src/engine/start.js';
import type { Addon } from '../../../src/engine/torch/addon.js';
import { plainRead } from '../../networks/memory/plain-read.js';
import { apart, goldenCase, randomCase, read, tiedCase } from '../../networks/memory/read-cases.js';
import { addonOrSkip, expectSame, given, relativeError, run, type Given, type Got } from './against-cpu.js';

const TOLERANCE = 2e-5;
const BF16_ERROR = 0.01;

const GRID = { height: 15, width: 27 };
const CELLS = GRID.height * GRID.width;
const FRAMES = 6;
const [KEY, VALUES] = [24, 40];
/** Of the keys: as sharp as a trained network's affinities. */
const SCALE = 2.5;

const combinations: Omit<ReadOptions, 'grid'>[] = (['product', 'distance'] as const).flatMap((similarity) =>
  [{}, { sigma: 3.5 }].flatMap((kernel) =>
    [{}, { topK: 20 }].map((best) => ({ similarity, ...kernel, ...best })),
  ),
);

const inputs: Given[] = [
  given([CELLS, KEY]),
  ...Array.from({ length: FRAMES }, (_, t) => [
    given([CELLS, KEY], 2 * t + 1),
    given([CELLS, VALUES], 2 * t),
  ]).flat(),
];

const memoryOf = (tensors: tf.Tensor[]) =>
  Array.from({ length: tensors.length / 2 }, (_, t) => ({
    keys: tf.mul<tf.Tensor2D>(tensors[2 * t], SCALE),
    values: tensors[2 * t + 1] as tf.Tensor2D,
  }));

const operation =
  (options: ReadOptions, form = memoryReadKernel) =>
  (query: tf.Tensor, ...memory: tf.Tensor[]) =>
    form(tf.mul<tf.Tensor2D>(query, SCALE), memoryOf(memory), options);

describe('engine torch, the read of a space-time memory', function () {
  this.timeout(60_000);
  let addon: Addon;
  before(function () {
    addon = addonOrSkip(this);
  });

  for (const combination of combinations) {
    const options = { ...combination, grid: GRID };

    describe(JSON.stringify(combination), () => {
      let cpu: Got[];
      before(async () => {
        await startEngine({ engine: 'cpu' });
        cpu = run(operation(options), inputs);
      });

      interface Way {
        precision?: Precision;
        ownLoops?: boolean;
        threads?: number;
      }
      async function onTorch(work: ReturnType<typeof operation>, way: Way = {}): Promise<Got[]> {
        const { precision = 'f32', ownLoops = true, threads = 1 } = way;
        await startEngine({ engine: 'torch', precision, threads });
        addon.poison(true);
        addon.useOwnLoops(ownLoops);
        try {
          return run(work, inputs);
        } finally {
          addon.useOwnLoops(true);
          addon.poison(false);
        }
      }

      it('as on cpu, with loops of our own and as on a card', async () => {
        for (const ownLoops of [true, false])
          expectSame(await onTorch(operation(options), { ownLoops }), cpu, TOLERANCE);
      });

      it('as the same in the library’s operations', async () => {
        const [own, composed] = [
          await onTorch(operation(options)),
          await onTorch(operation(options, readBlockwise)),
        ];
        expectSame(own, composed, TOLERANCE);
      });

      it('in small parts as in large ones', async () => {
        for (const ownLoops of [true, false]) {
          const parts = operation({ ...options, blockBytes: 200_000 });
          expectSame(await onTorch(parts, { ownLoops }), cpu, TOLERANCE);
        }
      });

      it(`within ${BF16_ERROR * 100} % in bf16`, async () => {
        for (const ownLoops of [true, false]) {
          const [{ data }] = await onTorch(operation(options), { precision: 'bf16', ownLoops });
          expect(relativeError(data, cpu[0].data)).to.be.below(BF16_ERROR);
        }
      });

      it('the same bytes each time', async () => {
        for (const precision of ['f32', 'bf16'] as const) {
          for (const threads of [1, 2]) {
            const once = await onTorch(operation(options), { precision, threads });
            expect(await onTorch(operation(options), { precision, threads })).to.deep.equal(once);
          }
        }
      });
    });
  }

  describe('as it runs on a card', () => {
    before(async () => {
      await startEngine({ engine: 'torch', precision: 'f32', threads: 1 });
      addon.poison(true);
      addon.useOwnLoops(false);
    });
    after(() => {
      addon.useOwnLoops(true);
      addon.poison(false);
    });

    for (const keys of ['masked', 'image'] as const) {
      for (const options of [{}, { sigma: 1 }, { topK: 3 }, { sigma: 2, topK: 5 }, { topK: 100 }]) {
        it(`agrees with the oracle: ${keys}, ${JSON.stringify(options)}`, async () => {
          for (const drawn of [goldenCase(2, 2), goldenCase(4, 3), randomCase({ frames: 4 }), tiedCase()]) {
            const wanted = plainRead(drawn, { keys, ...options });
            for (const blockBytes of [BLOCK_BYTES, 1, 3000]) {
              const found = await read(drawn, { keys, ...options, blockBytes });
              expect(apart(found, wanted)).to.be.below(TOLERANCE);
            }
          }
        });
      }
    }
  });

  it('takes values that are bfloat16 already, and the scores stay float32', async () => {
    // of a convolution with one filter that passes all through, a map of numbers that bfloat16 holds exactly
    await startEngine({ engine: 'torch', precision: 'bf16', threads: 1 });
    for (const options of [{}, { topK: 3 }, { sigma: 1 }]) {
      const drawn = tiedCase(3);
      const wanted = plainRead(drawn, { keys: 'image', ...options });
      const found = tf.tidy(() => {
        const pass = (rows: number[][]) => {
          const channels = rows[0].length;
          const filter = tf.reshape<tf.Rank.R4>(tf.eye(channels), [1, 1, channels, channels]);
          const map = tf.tensor4d(rows.flat(), [1, rows.length, 1, channels]);
          return tf.reshape<tf.Rank.R2>(tf.conv2d(map, filter, 1, 'same'), [rows.length, channels]);
        };
        const blocks = drawn.blocks.map(({ keys, values }) => ({ keys: pass(keys), values: pass(values) }));
        return memoryReadKernel(pass(drawn.query), blocks, {
          similarity: 'distance',
          grid: drawn.grid,
          ...options,
        }).arraySync();
      });
      expect(apart(found, wanted), JSON.stringify(options)).to.be.below(0.02);
    }
  });

  it('takes no more memory than it is allowed, however long the memory', async () => {
    const grid = { height: 30, width: 54 };
    const cells = 30 * 54;
    const [key, width] = [8, 16];
    const blockBytes = 2_000_000;
    const takenBy = async (frames: number, precision: Precision, options: Partial<ReadOptions>) => {
      await startEngine({ engine: 'torch', precision, threads: 1 });
      const tensor = (columns: number, phase: number) => {
        const { data, shape } = given([cells, columns], phase);
        const x = tf.tensor2d(data as Float32Array, shape as [number, number]);
        return tf.tidy(() => tf.clone(tf.add<tf.Tensor2D>(x, 0)));
      };
      const query = tensor(key, 0);
      const blocks = Array.from({ length: frames }, (_, t) => ({
        keys: tensor(key, 2 * t + 1),
        values: tensor(width, 2 * t),
      }));
      addon.emptyCache();
      const before = addon.memory().reserved;
      const result = memoryReadKernel(query, blocks, {
        similarity: 'distance',
        grid,
        blockBytes,
        ...options,
      });
      // what was asked of the system and is kept: no block was given back meanwhile
      const taken = addon.memory().reserved - before;
      tf.dispose([query, result, ...blocks.flatMap(({ keys, values }) => [keys, values])]);
      return taken;
    };
    for (const precision of ['f32', 'bf16'] as const) {
      for (const options of [{}, { sigma: 7 }, { sigma: 7, topK: 20 }]) {
        const short = await takenBy(2, precision, options);
        expect(await takenBy(9, precision, options)).to.be.at.most(short);
        const queryAndResult = 4 * cells * (4 * (key + 2) + 3 * width);
        expect(short).to.be.within(0.5 * blockBytes, blockBytes + queryAndResult);
      }
    }
  });

  it('refuses shapes that do not fit instead of reading past their ends', () => {
    const upload = (shape: number[]) => addon.upload(given(shape).data, shape, 'float32');
    const refused = (query: number[], keys: number[], values: number[], grid: number[]) => () =>
      addon.memoryRead(
        upload(query),
        query,
        1,
        upload(keys),
        keys,
        upload(values),
        values,
        false,
        grid,
        0,
        0,
        1,
      );
    expect(refused([6, 4], [6, 4], [6, 2], [2, 4])).to.throw('the grid [2, 4] for 6 cells');
    expect(refused([6, 4], [6, 3], [6, 2], [2, 3])).to.throw('do not fit their memory');
    expect(refused([6, 4], [6, 4], [5, 2], [2, 3])).to.throw('do not fit their memory');
  });
});
