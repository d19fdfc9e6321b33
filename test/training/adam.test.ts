import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { createAdam, type AdamOptions } from '../../src/training/adam.js';
import { startOrSkip } from '../engine/kernels/engines.js';

/** Three steps of Kingma & Ba's algorithm 1 in double precision, θ₀ = (1, −2), rate 0.1, λ = 0.01, default β and ε. */
const GRADIENTS = [[0.1, -0.2], [0.3, 0.4], [-0.5, 0.25]]; // prettier-ignore
const DECOUPLED = [
  [0.89900001, -1.898000005],
  [0.8063229022, -1.9327123565],
  [0.8216080092, -1.9866634649],
];
const COUPLED = [
  [0.9000000091, -1.9000000045],
  [0.8074301555, -1.9309563188],
  [0.8209084885, -1.9818260099],
];

for (const engine of ['cpu', 'webgpu'] as const) {
  describe(`Adam on ${engine}`, () => {
    let weight: tf.Variable;

    before(async function () {
      await startOrSkip(this, engine);
    });
    beforeEach(() => {
      weight = tf.variable(tf.tensor1d([1, -2]));
    });
    afterEach(() => tf.disposeVariables());

    const group = (rest: object = {}) => [{ variables: new Map([['w', weight]]), ...rest }];
    const gradient = (values: number[], of: tf.Variable = weight) => ({ [of.name]: tf.tensor1d(values) });

    async function expectRun(options: Omit<AdamOptions, 'groups'>, expected: number[][]): Promise<void> {
      const adam = createAdam({ groups: group({ weightDecay: 0.01 }), ...options });
      for (const [step, values] of GRADIENTS.entries()) {
        await adam.step(gradient(values), 0.1);
        (await weight.data()).forEach((value, i) => expect(value).to.be.closeTo(expected[step][i], 3e-7));
      }
    }

    it('follows the numbers of AdamW with decay beside the moments', () => expectRun({}, DECOUPLED));

    it('follows the numbers of Adam with decay inside the gradient', () =>
      expectRun({ decay: 'coupled' }, COUPLED));

    it('takes first steps of the rate, whatever the size of the gradient', async () => {
      const adam = createAdam({ groups: group() });
      await adam.step(gradient([1e-3, 1e3]), 0.25);
      expect([...(await weight.data())].map((value) => value.toFixed(4))).to.deep.equal([
        '0.7500',
        '-2.2500',
      ]);
    });

    it('keeps rates of groups apart, which scaled gradients could not', async () => {
      const head = tf.variable(tf.tensor1d([0]));
      const adam = createAdam({ groups: [...group(), { variables: new Map([['head', head]]), rate: 10 }] });
      await adam.step({ ...gradient([1, 1]), ...gradient([1], head) }, 0.01);
      expect((await weight.data())[0]).to.be.closeTo(0.99, 1e-6);
      expect((await head.data())[0]).to.be.closeTo(-0.1, 1e-6);
    });

    it('starts a parameter that gets its first gradient late like a fresh one', async () => {
      const late = tf.variable(tf.tensor1d([0]));
      const adam = createAdam({ groups: [...group(), { variables: new Map([['late', late]]) }] });
      for (let i = 0; i < 20; i++) await adam.step(gradient([1, 1]), 0.1);
      await adam.step({ ...gradient([1, 1]), ...gradient([5], late) }, 0.1);
      expect((await late.data())[0]).to.be.closeTo(-0.1, 1e-6);
    });

    it('goes on from a saved state with the same numbers', async () => {
      const first = createAdam({ groups: group({ weightDecay: 0.01 }) });
      await first.step(gradient(GRADIENTS[0]), 0.1);
      await first.step(gradient(GRADIENTS[1]), 0.1);
      const state = await first.save();
      expect([...state.keys()]).to.deep.equal(['w.first', 'w.second', 'w.steps']);
      const second = createAdam({ groups: group({ weightDecay: 0.01 }) });
      second.restore(state);
      await second.step(gradient(GRADIENTS[2]), 0.1);
      (await weight.data()).forEach((value, i) => expect(value).to.be.closeTo(DECOUPLED[2][i], 3e-7));
    });

    it('hands out a copy of its state, which later steps do not change', async () => {
      const adam = createAdam({ groups: group() });
      await adam.step(gradient([1, 2]), 0.1);
      const state = await adam.save();
      await adam.step(gradient([7, 7]), 0.1);
      expect([...state.get('w.first')!.data].map((value) => value.toFixed(6))).to.deep.equal([
        '0.100000',
        '0.200000',
      ]);
    });

    it('gives the direction of the clipped gradient to its moments', async () => {
      const adam = createAdam({ groups: group(), clipNorm: 1 });
      expect(await adam.step(gradient([30, 40]), 0.1)).to.be.closeTo(50, 1e-5);
      const [first, second] = (await adam.save()).get('w.first')!.data;
      expect(first).to.be.closeTo(0.06, 1e-6);
      expect(second).to.be.closeTo(0.08, 1e-6);
    });
  });
}
