import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { createAdam } from '../../src/training/adam.js';
import { averaged, type AveragingOptimizer } from '../../src/training/averaged.js';
import { createSgd } from '../../src/training/sgd.js';
import { startOrSkip } from '../engine/kernels/engines.js';

/** θ₀ = 1 and −2, and what it is after each update: one less by 0.1 and 0.2. */
const theta = (updates: number) => [1 - 0.1 * updates, -2 - 0.2 * updates];

for (const engine of ['cpu', 'wasm', 'torch', 'webgpu'] as const) {
  describe(`training/averaged on ${engine}`, () => {
    let weight: tf.Variable;
    let optimizer: AveragingOptimizer;

    before(async function () {
      await startOrSkip(this, engine);
    });
    beforeEach(() => {
      weight = tf.variable(tf.tensor1d([1, -2]));
      optimizer = make();
    });
    afterEach(() => {
      optimizer.dispose();
      tf.disposeVariables();
    });

    function make(decay = 0.9): AveragingOptimizer {
      const groups = [{ variables: new Map([['w', weight]]) }];
      return averaged(createSgd({ groups }), groups, decay);
    }

    const step = (of = optimizer) => of.step({ [weight.name]: tf.tensor1d([1, 2]) }, 0.1);
    const average = async (of = optimizer) => [...(await of.average()).get('w')!.data];

    /** a ← k·a + (1 − k)·θ with k = min(decay, (1 + n) / (10 + n))⁵ after every fifth update n. */
    function expected(updates: number, decay: number): number[] {
      let a = theta(0);
      const mix = (n: number, steps: number) => {
        const kept = Math.min(decay, (1 + n) / (10 + n)) ** steps;
        a = a.map((value, i) => kept * value + (1 - kept) * theta(n)[i]);
      };
      for (let n = 5; n <= updates; n += 5) mix(n, 5);
      if (updates % 5 > 0) mix(updates, updates % 5);
      return a;
    }

    it('forgets fast at first, then by its decay, and never lags behind', async () => {
      expect(await average()).to.deep.equal([1, -2]);
      for (let n = 1; n <= 103; n++) {
        await step();
        if (![1, 4, 5, 6, 10, 50, 99, 100, 103].includes(n)) continue;
        const found = await average();
        expected(n, 0.9).forEach((value, i) => expect(found[i], `update ${n}`).to.be.closeTo(value, 2e-5));
      }
      // 0.4⁵ of the start and the rest of −4 after five updates
      expect(expected(5, 0.9)[0]).to.be.closeTo(0.5 + 0.5 * 0.4 ** 5, 1e-12);
    });

    it('has numbers of its own, and changes no parameters', async () => {
      for (let n = 0; n < 5; n++) await step();
      const before = await average();
      expect([...(await weight.data())].map((x) => x.toFixed(5))).to.deep.equal(
        theta(5).map((x) => x.toFixed(5)),
      );
      weight.assign(tf.tensor1d([100, 100]));
      expect(await average()).to.deep.equal(before);
      (await optimizer.average()).get('w')!.data.fill(7);
      expect(await average()).to.deep.equal(before);
    });

    it('goes on from a saved state with the very same numbers', async () => {
      for (let n = 0; n < 7; n++) await step();
      const state = await optimizer.save();
      expect([...state.keys()]).to.include.members(['w.velocity', 'w.average', 'average.updates']);
      const other = make();
      other.restore(state);
      expect(await average(other)).to.deep.equal(await average());
      const there = [...(await weight.data())];
      for (let n = 0; n < 6; n++) await step();
      const wanted = await average();
      weight.assign(tf.tensor1d(there));
      for (let n = 0; n < 6; n++) await step(other);
      expect(await average(other)).to.deep.equal(wanted);
      other.dispose();
    });

    it('refuses the state of an optimizer that averages nothing, and changes nothing then', async () => {
      await step();
      const before = await average();
      const state = await createSgd({ groups: [{ variables: new Map([['w', weight]]) }] }).save();
      expect(() => optimizer.restore(state)).to.throw(/lacks w\.average/);
      expect(await average()).to.deep.equal(before);
    });

    it('gives back every tensor', async () => {
      const groups = [{ variables: new Map([['w', weight]]) }];
      const before = tf.memory().numTensors;
      const other = averaged(createAdam({ groups }), groups, 0.9);
      for (let n = 0; n < 6; n++) await step(other);
      await other.average();
      other.restore(await other.save());
      other.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });
  });
}
