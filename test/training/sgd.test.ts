import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import type { ParameterGroup } from '../../src/training/optimizer.js';
import { createSgd } from '../../src/training/sgd.js';
import { startOrSkip } from '../engine/kernels/engines.js';

/** Variables by name, their values, and gradients as `tf.variableGrads` names them. */
function parameters(values: Record<string, number[]>) {
  const variables = new Map(Object.entries(values).map(([name, v]) => [name, tf.variable(tf.tensor1d(v))]));
  return {
    variables,
    gradients: (of: Record<string, number[]>) =>
      Object.fromEntries(Object.entries(of).map(([name, g]) => [variables.get(name)!.name, tf.tensor1d(g)])),
    read: async (name: string) => [...(await variables.get(name)!.data())],
    group: (names: string[], rest: Omit<ParameterGroup, 'variables'> = {}): ParameterGroup => ({
      variables: new Map(names.map((name) => [name, variables.get(name)!])),
      ...rest,
    }),
  };
}

function expectNear(actual: number[], expected: number[], bound = 1e-6): void {
  expect(actual).to.have.length(expected.length);
  actual.forEach((value, i) => expect(value).to.be.closeTo(expected[i], bound));
}

for (const engine of ['cpu', 'webgpu'] as const) {
  describe(`stochastic gradient descent on ${engine}`, () => {
    before(async function () {
      await startOrSkip(this, engine);
    });
    beforeEach(() => tf.engine().startScope());
    afterEach(() => {
      tf.engine().endScope();
      tf.disposeVariables();
    });

    it('follows v ← μv + g + λθ, θ ← θ − rate·v over two steps and a change of rate', async () => {
      const p = parameters({ w: [1, -2] });
      const sgd = createSgd({ groups: [p.group(['w'], { weightDecay: 0.5 })], momentum: 0.9 });
      await sgd.step(p.gradients({ w: [1, 1] }), 0.1);
      expectNear(await p.read('w'), [0.85, -2]); // v = 1 + 0.5 = 1.5 and 1 − 1 = 0
      await sgd.step(p.gradients({ w: [0, 2] }), 0.01);
      // v = 1.35 + 0 + 0.425 = 1.775 and 0 + 2 − 1 = 1
      expectNear(await p.read('w'), [0.83225, -2.01]);
    });

    it('multiplies the rate of a group and decays only the groups that ask for it', async () => {
      const p = parameters({ weight: [1], bias: [1] });
      const sgd = createSgd({
        groups: [p.group(['weight'], { weightDecay: 0.1 }), p.group(['bias'], { rate: 2 })],
      });
      await sgd.step(p.gradients({ weight: [1], bias: [1] }), 0.5);
      expectNear(await p.read('weight'), [0.45]);
      expectNear(await p.read('bias'), [0]);
    });

    it('averages gathered gradients, so that the rate needs no division', async () => {
      const p = parameters({ w: [0, 0] });
      const sgd = createSgd({ groups: [p.group(['w'])] });
      await sgd.accumulate(p.gradients({ w: [1, 0] }));
      await sgd.accumulate(p.gradients({ w: [2, 0] }));
      const norm = await sgd.step(p.gradients({ w: [6, 12] }), 1);
      expectNear(await p.read('w'), [-3, -4]);
      expect(norm).to.be.closeTo(5, 1e-6);
      await sgd.step(p.gradients({ w: [1, 1] }), 1);
      expectNear(await p.read('w'), [-4, -5]);
    });

    it('cuts the norm of all gradients together and tells what it was', async () => {
      const p = parameters({ a: [0], b: [0] });
      const sgd = createSgd({ groups: [p.group(['a', 'b'])], clipNorm: 1 });
      expect(await sgd.step(p.gradients({ a: [3], b: [-4] }), 1)).to.be.closeTo(5, 1e-6);
      expectNear([...(await p.read('a')), ...(await p.read('b'))], [-0.6, 0.8]);
      expect(await sgd.step(p.gradients({ a: [0.3], b: [0.4] }), 1)).to.be.closeTo(0.5, 1e-6);
      expectNear([...(await p.read('a')), ...(await p.read('b'))], [-0.9, 0.4]);
    });

    it('changes nothing at a norm that is no finite number, and goes on afterwards', async () => {
      const p = parameters({ w: [1, 1] });
      const sgd = createSgd({ groups: [p.group(['w'])], momentum: 0.9 });
      await sgd.accumulate(p.gradients({ w: [1, 1] }));
      expect(await sgd.step(p.gradients({ w: [NaN, 1] }), 1)).to.be.NaN;
      expect(await sgd.step(p.gradients({ w: [Infinity, 1] }), 1)).to.equal(Infinity);
      expect(await p.read('w')).to.deep.equal([1, 1]);
      await sgd.step(p.gradients({ w: [1, 2] }), 0.5);
      expectNear(await p.read('w'), [0.5, 0]);
    });

    it('leaves a parameter without a gradient alone and refuses a gradient without a parameter', async () => {
      const p = parameters({ a: [1], b: [1], stranger: [1] });
      const sgd = createSgd({ groups: [p.group(['a', 'b'], { weightDecay: 1 })] });
      await sgd.step(p.gradients({ a: [1] }), 0.5);
      expectNear([...(await p.read('a')), ...(await p.read('b'))], [0, 1]);
      const error = await sgd.step(p.gradients({ stranger: [1] }), 1).catch((fault: Error) => fault);
      expect(error)
        .to.be.an('error')
        .with.property('message')
        .that.matches(/belongs to no parameter group/);
    });

    it('refuses a parameter that stands in two groups', () => {
      const p = parameters({ w: [1] });
      expect(() => createSgd({ groups: [p.group(['w']), p.group(['w'])] })).to.throw(
        'w stands in two parameter groups',
      );
    });

    it('goes on from a saved state as if it had never stopped', async () => {
      const whole = parameters({ w: [1, 2] });
      const parts = parameters({ w: [1, 2] });
      const first = createSgd({ groups: [whole.group(['w'])], momentum: 0.9 });
      const before = createSgd({ groups: [parts.group(['w'])], momentum: 0.9 });
      for (const [p, sgd] of [[whole, first], [parts, before]] as const) await sgd.step(p.gradients({ w: [1, -1] }), 0.1); // prettier-ignore
      const after = createSgd({ groups: [parts.group(['w'])], momentum: 0.9 });
      after.restore(await before.save());
      for (const [p, sgd] of [[whole, first], [parts, after]] as const) await sgd.step(p.gradients({ w: [2, 3] }), 0.1); // prettier-ignore
      expect(await parts.read('w')).to.deep.equal(await whole.read('w'));
      expectNear(await parts.read('w'), [1 - 0.1 - 0.29, 2 + 0.1 - 0.21]); // v = .9·1 + 2 and −.9 + 3
    });

    it('refuses the state of another rule or of other parameters and stays as it was', async () => {
      const p = parameters({ w: [1], longer: [1, 2] });
      const sgd = createSgd({ groups: [p.group(['w'])] });
      const other = createSgd({ groups: [p.group(['longer'])] });
      const state = await other.save();
      expect(() => sgd.restore(state)).to.throw("the optimizer's state lacks w.velocity");
      const wrong = new Map(await sgd.save()).set('w.velocity', state.get('longer.velocity')!);
      expect(() => sgd.restore(wrong)).to.throw('w.velocity has 2 numbers, not 1');
    });

    it('leaves no tensor behind', async () => {
      const p = parameters({ w: [1, 2] });
      const sgd = createSgd({ groups: [p.group(['w'])], momentum: 0.9 });
      const before = tf.memory().numTensors;
      for (let i = 0; i < 10; i++) {
        await sgd.accumulate(p.gradients({ w: [1, 1] }));
        await sgd.step(p.gradients({ w: [1, 1] }), 0.1);
      }
      expect(tf.memory().numTensors).to.equal(before);
    });
  });
}
