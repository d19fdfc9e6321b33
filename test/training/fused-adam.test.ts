import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { createAdam } from '../../src/training/adam.js';
import { adamRule, type AdamSettings } from '../../src/training/adam-rule.js';
import { overArrays } from '../../src/training/array-arithmetic.js';
import { createOptimizer, type Optimizer, type ParameterGroup } from '../../src/training/optimizer.js';
import { numbers, startOrSkip } from '../engine/kernels/engines.js';

const STEPS = 20;
const CLIP_NORM = 20;
const SHAPES = { filter: [3, 3, 8, 16], bias: [16], fuse: [1, 1, 4, 1] };
const SETTINGS: AdamSettings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 'decoupled' };

type Name = keyof typeof SHAPES;
const names = Object.keys(SHAPES) as Name[];

/** One set of parameters, the same for each call, with a rate of its own for one of them. */
function createParameters() {
  const variables = Object.fromEntries(
    names.map((name, index) => [
      name,
      tf.tidy(() => tf.variable(tf.tensor(numbers(SHAPES[name], index), SHAPES[name]))),
    ]),
  ) as Record<Name, tf.Variable>;
  const select = (...of: Name[]) => new Map(of.map((name) => [name, variables[name]]));
  const groups: ParameterGroup[] = [
    { variables: select('filter', 'fuse'), weightDecay: 0.1 },
    { variables: select('bias'), rate: 10 },
  ];
  return { variables, groups };
}
type Parameters = ReturnType<typeof createParameters>;

/** Norms of 15 to 45: clipped at some steps only. `fuse` gets its first gradient at step 3. */
function gradientsOf({ variables }: Parameters, step: number, part = 0): tf.NamedTensorMap {
  const size = 1 + (step % 3);
  return Object.fromEntries(
    names
      .filter((name) => name !== 'fuse' || step >= 3)
      .map((name, index) => [
        variables[name].name,
        tf.tidy(() =>
          tf.mul(tf.tensor(numbers(SHAPES[name], 10 * step + index + part), SHAPES[name]), 0.6 * size),
        ),
      ]),
  );
}

/** Two examples at each third step, one at the others. */
async function advance(
  parameters: Parameters,
  optimizer: Optimizer,
  from: number,
  to: number,
): Promise<number[]> {
  const norms: number[] = [];
  for (let step = from; step < to; step++) {
    if (step % 3 === 1) await optimizer.accumulate(gradientsOf(parameters, step, 0.5));
    norms.push(await optimizer.step(gradientsOf(parameters, step), 0.01 / (1 + step)));
  }
  return norms;
}

/** Largest difference relative to the largest number. */
function distance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual).to.have.length(expected.length);
  let [difference, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    size = Math.max(size, Math.abs(expected[i]));
  }
  expect(size).to.be.above(0);
  return difference / size;
}

function expectSame(fast: Parameters, plain: Parameters): void {
  for (const name of names) {
    const [actual, expected] = [fast, plain].map(({ variables }) => variables[name].dataSync());
    expect(distance(actual, expected), name).to.be.below(1e-6);
  }
}

describe('Adam inside TensorFlow', () => {
  before(async function () {
    await startOrSkip(this, 'tensorflow');
  });
  const optimizers: Optimizer[] = [];
  const kept = (optimizer: Optimizer) => (optimizers.push(optimizer), optimizer);
  const createFast = ({ groups }: Parameters, settings = SETTINGS) =>
    kept(createAdam({ groups, clipNorm: CLIP_NORM, ...settings }));
  const createPlain = ({ groups }: Parameters, settings = SETTINGS) =>
    kept(createOptimizer(groups, overArrays(adamRule(settings)), CLIP_NORM));
  afterEach(() => {
    for (const optimizer of optimizers.splice(0)) optimizer.dispose();
    tf.disposeVariables();
  });

  it('keeps its state in tensors, so that this is not the twin itself', () => {
    const parameters = createParameters();
    const before = tf.memory().numTensors;
    createPlain(parameters);
    expect(tf.memory().numTensors).to.equal(before);
    createFast(parameters);
    expect(tf.memory().numTensors).to.be.above(before);
  });

  for (const decay of ['decoupled', 'coupled'] as const) {
    it(`equals the typed arrays over ${STEPS} steps with ${decay} decay, clipping, accumulation and a late parameter`, async () => {
      const [fast, plain] = [createParameters(), createParameters()];
      const [a, b] = [createFast(fast, { ...SETTINGS, decay }), createPlain(plain, { ...SETTINGS, decay })];
      const norms = await advance(fast, a, 0, STEPS);
      const expected = await advance(plain, b, 0, STEPS);
      expect(distance(norms, expected)).to.be.below(1e-6);
      expect(expected.some((norm) => norm > CLIP_NORM) && expected.some((norm) => norm < CLIP_NORM)).to.equal(
        true,
      );
      expectSame(fast, plain);
      const [actual, wanted] = [await a.save(), await b.save()];
      expect([...actual.keys()]).to.deep.equal([...wanted.keys()]);
      for (const [key, { data, shape }] of wanted) {
        expect(distance(actual.get(key)!.data, data), key).to.be.below(1e-6);
        expect(actual.get(key)!.shape).to.deep.equal(shape);
      }
    });
  }

  for (const [from, to, create, follow] of [
    ['TensorFlow', 'typed arrays', createFast, createPlain],
    ['typed arrays', 'TensorFlow', createPlain, createFast],
  ] as const) {
    it(`hands its state from ${from} to ${to}`, async () => {
      const [parts, whole] = [createParameters(), createParameters()];
      await advance(whole, createPlain(whole), 0, STEPS);
      const first = create(parts);
      await advance(parts, first, 0, STEPS / 2);
      const second = follow(parts);
      second.restore(await first.save());
      await advance(parts, second, STEPS / 2, STEPS);
      expectSame(parts, whole);
    });
  }

  it('hands out a copy of its state, which later steps do not change', async () => {
    const parameters = createParameters();
    const adam = createFast(parameters);
    await advance(parameters, adam, 0, 2);
    const data = (await adam.save()).get('filter.second')!.data;
    const before = data.slice();
    await advance(parameters, adam, 2, 4);
    expect([...data]).to.deep.equal([...before]);
    expect([...(await adam.save()).get('filter.second')!.data]).to.not.deep.equal([...before]);
  });

  it('goes on from values that were written to the parameters between two steps, and leaves older tensors alone', async () => {
    const [fast, plain] = [createParameters(), createParameters()];
    const [a, b] = [createFast(fast), createPlain(plain)];
    for (const [parameters, adam] of [
      [fast, a],
      [plain, b],
    ] as const) {
      await advance(parameters, adam, 0, 2);
      tf.tidy(() => parameters.variables.filter.assign(tf.tensor(numbers(SHAPES.filter, 7), SHAPES.filter)));
    }
    const older = tf.clone(fast.variables.filter);
    for (const [parameters, adam] of [
      [fast, a],
      [plain, b],
    ] as const)
      await advance(parameters, adam, 2, 4);
    expectSame(fast, plain);
    expect([...older.dataSync()]).to.deep.equal([...numbers(SHAPES.filter, 7)]);
    older.dispose();
  });

  it('changes nothing at a norm that is no finite number, and goes on afterwards', async () => {
    const [broken, whole] = [createParameters(), createParameters()];
    const [a, b] = [createFast(broken), createFast(whole)];
    const name = broken.variables.bias.name;
    for (const value of [NaN, Infinity]) {
      await a.accumulate(gradientsOf(broken, 0));
      expect(await a.step({ [name]: tf.fill([16], value) }, 1)).to.satisfy(
        (norm: number) => !Number.isFinite(norm),
      );
    }
    await advance(broken, a, 0, 3);
    await advance(whole, b, 0, 3);
    for (const key of names)
      expect([...broken.variables[key].dataSync()]).to.deep.equal([...whole.variables[key].dataSync()]);
  });

  it('refuses a state that does not fit and stays as it was', async () => {
    const parameters = createParameters();
    const adam = createFast(parameters);
    await advance(parameters, adam, 0, 2);
    const state = await adam.save();
    const wrong = new Map(state)
      .set('filter.first', state.get('bias.second')!)
      .set('bias.first', state.get('bias.second')!);
    expect(() => adam.restore(wrong)).to.throw('filter.first has 16 numbers, not 1152');
    expect([...(await adam.save()).get('bias.first')!.data]).to.deep.equal([
      ...state.get('bias.first')!.data,
    ]);
  });

  it('holds as many tensors after 50 steps as before, within a scope or without, and none when it is disposed', async () => {
    const parameters = createParameters();
    const count = () => [tf.memory().numTensors, tf.memory().numDataBuffers];
    const empty = count();
    const adam = createAdam({ groups: parameters.groups, clipNorm: CLIP_NORM });
    await advance(parameters, adam, 0, 1);
    const before = count();
    await advance(parameters, adam, 1, 50);
    tf.engine().startScope();
    await adam.accumulate(gradientsOf(parameters, 50));
    tf.engine().endScope();
    await advance(parameters, adam, 50, 51);
    adam.restore(await adam.save());
    expect(count()).to.deep.equal(before);
    await adam.accumulate(gradientsOf(parameters, 51));
    adam.dispose();
    expect(count()).to.deep.equal(empty);
  });
});
