import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { startEngine } from '../../../src/engine/start.js';
import type { Addon } from '../../../src/engine/torch/addon.js';
import { createAdam } from '../../../src/training/adam.js';
import { createSgd } from '../../../src/training/sgd.js';
import { addonOrSkip } from './against-cpu.js';

const ITERATIONS = 1000;

describe('engine torch, tensors', () => {
  let addon: Addon;
  before(async function () {
    addon = addonOrSkip(this);
    await startEngine({ engine: 'torch', precision: 'f32', threads: 1 });
  });

  it('of any type come back as they were', async () => {
    const tensors = [
      tf.tensor([1.5, -2, NaN, Infinity], [2, 2]),
      tf.tensor([1, -2147483648], [2], 'int32'),
      tf.tensor([true, false], [2], 'bool'),
      tf.tensor(['a', 'ü'], [2], 'string'),
      tf.zeros([0, 3]),
    ];
    const copies = tensors.slice(0, 3).map((x) => tf.reshape(tf.concat([tf.reshape(x, [-1])]), x.shape));
    expect(copies.map((x) => x.dtype)).to.deep.equal(['float32', 'int32', 'bool']);
    expect(copies.map((x) => [...x.dataSync()])).to.deep.equal([
      [1.5, -2, NaN, Infinity],
      [1, -2147483648],
      [1, 0],
    ]);
    expect([...tensors[3].dataSync()]).to.deep.equal(['a', 'ü']);
    expect(tensors[4].dataSync()).to.have.length(0);
    tf.dispose([...tensors, ...copies]);
  });

  it('on the same numbers live until the last of them is disposed', () => {
    const before = addon.memory().tensors;
    const a = tf.neg(tf.ones([100]));
    const b = tf.reshape(a, [10, 10]);
    a.dispose();
    expect(b.dataSync()[99]).to.equal(-1);
    b.dispose();
    expect(addon.memory().tensors).to.be.at.most(before + 1); // what `ones` made
    tf.disposeVariables();
  });

  for (const [rule, create] of [
    ['Adam', createAdam],
    ['momentum', (options: Parameters<typeof createSgd>[0]) => createSgd({ ...options, momentum: 0.9 })],
  ] as const) {
    it(`${rule} changes a parameter in place, but not what shares its numbers`, async () => {
      const variable = tf.variable(tf.tensor([1, 2, 3]));
      const before = tf.clone(variable);
      const optimizer = create({ groups: [{ variables: new Map([['v', variable]]) }] });
      await optimizer.step({ [variable.name]: tf.tensor([1, 1, -1]) }, 0.1);
      expect([...before.dataSync()]).to.deep.equal([1, 2, 3]);
      const after = [...variable.dataSync()];
      expect(after[0]).to.be.closeTo(0.9, 1e-5);
      expect(after[2]).to.be.closeTo(3.1, 1e-5);
      before.dispose();
      await optimizer.step({ [variable.name]: tf.tensor([1, 1, -1]) }, 0.1);
      expect(variable.dataSync()[0]).to.be.below(0.81);
      optimizer.dispose();
      variable.dispose();
    });
  }

  it('a filter that an optimizer changes is used as it is then', async () => {
    for (const precision of ['f32', 'bf16'] as const) {
      await startEngine({ engine: 'torch', precision, threads: 1 });
      const filter = tf.variable(tf.ones<tf.Rank.R4>([1, 1, 1, 1]));
      const x = tf.ones<tf.Rank.R4>([1, 1, 1, 1]);
      const result = () =>
        tf.tidy(() => tf.conv2d(x, filter as unknown as tf.Tensor4D, 1, 'valid').dataSync()[0]);
      const optimizer = createSgd({ groups: [{ variables: new Map([['f', filter]]) }] });
      expect(result()).to.equal(1);
      await optimizer.step({ [filter.name]: tf.ones([1, 1, 1, 1]) }, 0.5);
      expect(result(), precision).to.equal(0.5);
      filter.assign(tf.fill([1, 1, 1, 1], 4));
      expect(result(), precision).to.equal(4);
      optimizer.dispose();
      tf.dispose([filter, x]);
    }
  });

  it(`take no more memory after ${ITERATIONS} training steps, and ask the system for none`, async () => {
    await startEngine({ engine: 'torch', precision: 'f32', threads: 1 });
    const x = tf.randomUniform<tf.Rank.R4>([1, 64, 64, 8], -1, 1, 'float32', 1);
    const filter = tf.variable(tf.randomNormal([3, 3, 8, 16], 0, 0.2, 'float32', 2));
    const optimizer = createAdam({ groups: [{ variables: new Map([['f', filter]]) }] });
    const step = async () => {
      const { value, grads } = tf.variableGrads(
        () => tf.mean(tf.square(tf.maxPool(tf.relu(tf.conv2d(x, filter as unknown as tf.Tensor4D, 1, 'same')), 2, 2, 'same'))), // prettier-ignore
        [filter],
      );
      value.dispose();
      await optimizer.step(grads, 0.001);
    };
    for (let i = 0; i < 5; i++) await step();
    const before = addon.memory();
    for (let i = 0; i < ITERATIONS; i++) await step();
    const { tensors, alive, requests } = addon.memory();
    expect({ tensors, alive, requests }).to.deep.equal({
      tensors: before.tensors,
      alive: before.alive,
      requests: before.requests,
    });
    optimizer.dispose();
    tf.dispose([x, filter]);
  });

  describe('refuse wrong arguments with an error', () => {
    const wrong: Record<string, () => unknown> = {
      'a handle that is not in use': () => addon.copy(4_000_000_000, [1]),
      'a handle that is no number': () => addon.copy('x' as unknown as number, [1]),
      'too few arguments': () => (addon.copy as (x: number) => number)(0),
      'a shape of another size': () => withTensor([2, 3], (x) => addon.copy(x, [7])),
      'a shape that is no list': () => withTensor([2], (x) => addon.copy(x, 2 as unknown as number[])),
      'numbers of another type': () => addon.upload(new Int32Array(2), [2], 'float32'),
      'numbers of another count': () => addon.upload(new Float32Array(3), [2], 'float32'),
      'an array of another size': () => withTensor([2], (x) => addon.download(x, new Float32Array(3))),
      'a filter of other channels': () => convolve([1, 4, 4, 2], [3, 3, 3, 1], {}),
      'a filter larger than the map': () => convolve([1, 2, 2, 1], [7, 7, 1, 1], {}),
      'a bias of other channels': () => convolve([1, 4, 4, 2], [1, 1, 2, 3], { bias: [2] }),
      'a residual of another shape': () => convolve([1, 4, 4, 2], [1, 1, 2, 3], { residual: [1, 4, 4, 2] }),
      'a stride of zero': () => convolve([1, 4, 4, 2], [1, 1, 2, 3], { geometry: [0, 1, 0, 0, 0, 0, 1, 1] }),
      'a geometry of too few numbers': () => convolve([1, 4, 4, 2], [1, 1, 2, 3], { geometry: [1, 1] }),
      'a gradient of another shape': () =>
        withTensor([1, 4, 4, 3], (dy) =>
          withTensor([1, 1, 2, 3], (f) =>
            addon.inputGradient(dy, [1, 4, 4, 3], f, [1, 1, 2, 3], [1, 5, 4, 2], PLAIN),
          ),
        ),
      'pooling to other channels': () => withTensor([1, 4, 4, 2], (x) => addon.maxPool(x, [1, 4, 4, 2], [2, 2, 2, 2, 0, 0], [1, 2, 2, 3])), // prettier-ignore
      'pooling outside the map': () => withTensor([1, 4, 4, 2], (x) => addon.maxPool(x, [1, 4, 4, 2], [2, 2, 2, 2, 0, 0], [1, 9, 2, 2])), // prettier-ignore
      'shapes that do not broadcast': () => withTensor([2], (a) => withTensor([3], (b) => addon.binary('Add', a, [2], b, [3]))), // prettier-ignore
      'a function that is not there': () => withTensor([2], (x) => addon.unary('Conv2D', x, [2])),
      'an index outside': () =>
        withTensor([2], (x) => addon.gather(x, [2], addon.fill([1], 5, 'int32'), [1], 0)),
      'a slice outside': () => withTensor([2], (x) => addon.slice(x, [2], [1], [2])),
      'an axis that is not there': () => withTensor([2], (x) => addon.reduce('Sum', x, [2], [3], false)),
      'a gradient of another shape than the parameter': () =>
        withTensor([4], (x) => withTensor([1], (g) => addon.momentum(x, [4], g, [1], addon.fill([4], 0, 'float32'), 1, 0, 0, 1))), // prettier-ignore
      'a device that is not there': () => addon.configure('abacus', 1, false),
    };
    for (const [name, call] of Object.entries(wrong)) {
      it(name, () => {
        expect(call)
          .to.throw(Error)
          .with.property('message')
          .that.matches(/^[^\n]{5,300}/);
      });
    }

    const PLAIN = [1, 1, 0, 0, 0, 0, 1, 1];

    function withTensor<T>(shape: number[], use: (handle: number) => T): T {
      const handle = addon.fill(shape, 1, 'float32');
      try {
        return use(handle);
      } finally {
        addon.release(handle);
      }
    }

    function convolve(
      x: number[],
      filter: number[],
      { bias, residual, geometry = PLAIN }: { bias?: number[]; residual?: number[]; geometry?: number[] },
    ): number {
      const filled = (shape?: number[]) =>
        shape
          ? ([addon.fill(shape, 1, 'float32'), shape] as [number, number[]])
          : ([null, null] as [null, null]);
      return addon.convolve(
        ...(filled(x) as [number, number[]]),
        ...(filled(filter) as [number, number[]]),
        ...filled(bias),
        ...filled(residual),
        geometry,
        false,
      );
    }
  });
});
