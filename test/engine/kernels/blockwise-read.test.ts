import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { engineNames } from '../../../src/engine/engine.js';
import { readBlockwise } from '../../../src/engine/kernels/blockwise-read.js';
import type { ReadOptions } from '../../../src/engine/kernels/memory-scores.js';
import { numbers, startOrSkip } from './engines.js';

const GRID = { height: 12, width: 12 };
const CELLS = 144;
const [KEY, VALUES] = [8, 6];

for (const engine of engineNames) {
  describe(`the blockwise read on ${engine}`, () => {
    before(async function () {
      await startOrSkip(this, engine);
    });

    /** Bytes of tensors beside the memory, at most. */
    async function peakOf(frames: number, options: Partial<ReadOptions>): Promise<number> {
      const tensor = (columns: number, phase: number) =>
        tf.tensor2d(numbers([CELLS, columns], phase), [CELLS, columns]);
      const query = tensor(KEY, 0);
      const blocks = Array.from({ length: frames }, (_, t) => ({
        keys: tensor(KEY, 2 * t + 1),
        values: tensor(VALUES, 2 * t),
      }));
      const before = tf.memory().numBytes;
      const { peakBytes } = await tf.profile(() =>
        readBlockwise(query, blocks, { similarity: 'distance', grid: GRID, ...options }).dispose(),
      );
      tf.dispose([query, ...blocks.flatMap(({ keys, values }) => [keys, values])]);
      return peakBytes - before;
    }

    for (const [name, options] of [
      ['all', {}],
      ['kernel', { sigma: 3 }],
      ['best', { topK: 5 }],
      ['kernel, best', { sigma: 3, topK: 5 }],
    ] as const) {
      it(`takes no more for a longer memory: ${name}`, async () => {
        expect(await peakOf(12, options)).to.equal(await peakOf(3, options));
      });

      it(`takes what it is allowed, beside its result: ${name}`, async () => {
        // keys and values with their copies, and what is kept from block to block
        const small = 4 * CELLS * (3 * (KEY + 3) + 4 * (VALUES + 3));
        for (const blockBytes of [100_000, 200_000, 400_000]) {
          // a fifth more for distances along rows and columns, which count for less on larger grids
          expect(await peakOf(3, { ...options, blockBytes })).to.be.within(
            0.1 * blockBytes,
            1.2 * blockBytes + small,
          );
        }
      });
    }
  });
}
