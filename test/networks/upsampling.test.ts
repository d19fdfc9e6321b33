import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { Upsampling, bilinearMatrix, cropOffset } from '../../src/networks/upsampling.js';

/** Golden crop table: size → cells of stages 2–5 → offset of `center` for factors 2, 4, 8, 16. */
const CROPS: [size: number, cells: number[], offsets: number[]][] = [
  [480, [240, 120, 60, 30], [1, 2, 4, 8]],
  [854, [427, 214, 107, 54], [1, 3, 5, 13]],
  [427, [214, 107, 54, 27], [1, 2, 6, 10]],
  [213, [107, 54, 27, 14], [1, 3, 5, 13]],
  [53, [27, 14, 7, 4], [1, 3, 5, 13]],
  [37, [19, 10, 5, 3], [1, 3, 5, 13]],
  [97, [49, 25, 13, 7], [1, 3, 7, 15]],
  [16, [8, 4, 2, 1], [1, 2, 4, 8]],
  [1, [1, 1, 1, 1], [1, 3, 7, 15]],
];

describe('networks/upsampling', () => {
  before(() => tf.setBackend('cpu'));

  it('cuts where the golden crop table says', () => {
    for (const [size, cells, offsets] of CROPS) {
      const factors = [2, 4, 8, 16];
      expect(factors.map((f, i) => cropOffset('center', cells[i], f, size))).to.deep.equal(offsets);
      expect(factors.map((f, i) => cropOffset('fixed', cells[i], f, size))).to.deep.equal([1, 2, 4, 8]);
    }
  });

  it('doubles [[1, 2], [3, 4]] to the golden map', async () => {
    const upsampling = new Upsampling('fixed');
    const map = tf.tidy(() => upsampling.run(tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]), 2, 4, 4));
    expect(Array.from(await map.data())).to.deep.equal([
      0.5625, 0.9375, 1.3125, 1.125, 1.125, 1.75, 2.25, 1.875, 1.875, 2.75, 3.25, 2.625, 1.6875, 2.4375,
      2.8125, 2.25,
    ]);
    map.dispose();
    upsampling.dispose();
  });

  it('holds the fixed kernels: one cell spreads to .25 .75 .75 .25 at factor 2, and to sums of the factor', () => {
    expect(Array.from(bilinearMatrix(3, 2, 6, 'fixed').filter((_, i) => i % 3 === 1))).to.deep.equal([
      0, 0.25, 0.75, 0.75, 0.25, 0,
    ]);
    for (const f of [4, 8, 16]) {
      const column = bilinearMatrix(3, f, 3 * f, 'fixed').filter((_, i) => i % 3 === 1);
      expect(column.reduce((a, b) => a + b, 0)).to.equal(f);
    }
  });

  it('treats each picture of a batch alike', async () => {
    const upsampling = new Upsampling('fixed');
    const difference = tf.tidy(() => {
      const maps = tf.randomNormal<tf.Rank.R4>([3, 4, 5, 1], 0, 1, 'float32', 7);
      const together = upsampling.run(maps, 4, 16, 20);
      const single = tf.concat(tf.split(maps, 3).map((map) => upsampling.run(map as tf.Tensor4D, 4, 16, 20)));
      return tf.max(tf.abs(tf.sub(together, single)));
    });
    expect((await difference.data())[0]).to.be.below(1e-6);
    difference.dispose();
    upsampling.dispose();
  });
});
