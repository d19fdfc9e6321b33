import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Addon } from '../../../src/engine/torch/addon.js';
import { borrowedCalls } from '../../../src/engine/torch/kernels/borrowed.js';
import { addonOrSkip, both, expectSame, given, type Given } from './against-cpu.js';

/** Sums of some thousand float32 numbers, in another order. */
const TOLERANCE = 2e-5;

type Operation = Parameters<typeof both>[0];

const t4 = (x: tf.Tensor) => x as tf.Tensor4D;
const positive = (x: tf.Tensor) => tf.add(tf.abs(x), 0.1);

/** Operations of one tensor of any shape. */
const unary: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  abs: tf.abs,
  ceil: (x) => tf.ceil(tf.mul(x, 5)),
  clipByValue: (x) => tf.clipByValue(x, -0.3, 0.4),
  cos: tf.cos,
  elu: tf.elu,
  erf: tf.erf,
  exp: tf.exp,
  expm1: tf.expm1,
  floor: (x) => tf.floor(tf.mul(x, 5)),
  isFinite: (x) => tf.isFinite(tf.div(x, tf.relu(x))),
  isInf: (x) => tf.isInf(tf.div(x, tf.relu(x))),
  isNaN: (x) => tf.isNaN(tf.div(x, tf.relu(x))),
  log: (x) => tf.log(positive(x)),
  log1p: (x) => tf.log1p(positive(x)),
  logicalNot: (x) => tf.logicalNot(tf.greater(x, 0)),
  neg: tf.neg,
  onesLike: tf.onesLike,
  reciprocal: (x) => tf.reciprocal(positive(x)),
  relu: tf.relu,
  relu6: (x) => tf.relu6(tf.mul(x, 9)),
  reshape: (x) => tf.reshape(tf.neg(x), [-1]),
  round: (x) => tf.round(tf.mul(x, 5)),
  rsqrt: (x) => tf.rsqrt(positive(x)),
  sigmoid: tf.sigmoid,
  sign: tf.sign,
  sin: tf.sin,
  softmax: (x) => tf.softmax(x),
  logSoftmax: (x) => tf.logSoftmax(x),
  softplus: tf.softplus,
  sqrt: (x) => tf.sqrt(positive(x)),
  square: tf.square,
  step: (x) => tf.step(x, -0.5),
  'to int': (x) => tf.cast(tf.mul(x, 7), 'int32'),
  'to bool': (x) => tf.cast(tf.relu(x), 'bool'),
  'to float': (x) => tf.cast(tf.cast(tf.mul(x, 7), 'int32'), 'float32'),
  tanh: tf.tanh,
  zerosLike: tf.zerosLike,
};

const binary: Record<string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor> = {
  add: tf.add,
  div: (a, b) => tf.div(a, positive(b)),
  equal: (a, b) => tf.equal(tf.round(a), tf.round(b)),
  floorDiv: (a, b) => tf.floorDiv(tf.mul(a, 9), positive(b)),
  greater: tf.greater,
  greaterEqual: (a, b) => tf.greaterEqual(tf.round(a), tf.round(b)),
  less: tf.less,
  lessEqual: tf.lessEqual,
  'logical and of floats': (a, b) => tf.logicalAnd(tf.greater(a, 0), tf.greater(b, 0)),
  'logical or of floats': (a, b) => tf.logicalOr(tf.greater(a, 0), tf.greater(b, 0)),
  maximum: tf.maximum,
  minimum: tf.minimum,
  mod: (a, b) => tf.mod(a, positive(b)),
  mul: tf.mul,
  notEqual: (a, b) => tf.notEqual(tf.round(a), tf.round(b)),
  pow: (a, b) => tf.pow(positive(a), b),
  squaredDifference: tf.squaredDifference,
  sub: tf.sub,
  'add of ints': (a, b) => tf.add(tf.cast(tf.mul(a, 9), 'int32'), tf.cast(tf.mul(b, 9), 'int32')),
};

const reductions: Record<string, (x: tf.Tensor, axes: number[], keep: boolean) => tf.Tensor> = {
  sum: tf.sum,
  mean: tf.mean,
  max: tf.max,
  min: tf.min,
  any: (x, axes, keep) => tf.any(tf.greater(x, 0.9), axes, keep),
  all: (x, axes, keep) => tf.all(tf.greater(x, -0.9), axes, keep),
};

const size = fc.integer({ min: 1, max: 9 });
const shapes = fc.array(size, { minLength: 1, maxLength: 4 });

/** Each with the addon's own loops, and without them, as it runs on a card. */
describe('engine torch, kernel by kernel, as on cpu', () => {
  let addon: Addon;
  before(function () {
    addon = addonOrSkip(this);
  });

  async function same(operation: Operation, inputs: Given[], tolerance = TOLERANCE): Promise<void> {
    for (const ownLoops of [true, false]) {
      const { torch, cpu } = await both(operation, inputs, { addon, ownLoops });
      expectSame(torch, cpu, tolerance);
    }
  }
  const forAll = <T>(values: fc.Arbitrary<T>, test: (value: T) => Promise<void>, numRuns = 8) =>
    fc.assert(fc.asyncProperty(values, test), { numRuns, seed: 1 });

  for (const [name, operation] of Object.entries(unary)) {
    it(name, () => forAll(shapes, (shape) => same((x) => operation(x), [given(shape)])));
  }

  for (const [name, operation] of Object.entries(binary)) {
    it(`${name}, also broadcast`, () =>
      forAll(fc.tuple(shapes, fc.infiniteStream(fc.boolean())), ([shape, ones]) => {
        const other = shape.map((n) => (ones.next().value ? 1 : n));
        const less = other.slice(ones.next().value ? 1 : 0);
        return same((a, b) => operation(a, b), [given(shape), given(less, 1)]);
      }));
  }

  for (const [name, operation] of Object.entries(reductions)) {
    it(`${name} over some axes`, () =>
      forAll(fc.tuple(shapes, fc.infiniteStream(fc.boolean())), ([shape, coins]) => {
        const axes = shape.map((_, axis) => axis).filter(() => coins.next().value);
        const keep = coins.next().value as boolean;
        return same((x) => operation(x, axes, keep), [given(shape)]);
      }));
  }

  it('argMax and argMin', () =>
    forAll(shapes, (shape) => same((x) => [tf.argMax(x, -1), tf.argMin(x, 0)], [given(shape)])));

  it('topk', () =>
    forAll(shapes, (shape) =>
      same(
        (x) => {
          const { values, indices } = tf.topk(x, Math.ceil(shape[shape.length - 1] / 2));
          return [values, indices];
        },
        [given(shape)],
      ),
    ));

  it('matMul, transposed or not, also of stacks', () =>
    forAll(fc.tuple(size, size, size, size, fc.boolean(), fc.boolean()), ([n, a, b, c, left, right]) =>
      same(
        (x, y) => tf.matMul(x, y, left, right),
        [given([n, ...(left ? [b, a] : [a, b])]), given([n, ...(right ? [c, b] : [b, c])], 1)],
      ),
    ));

  it('transpose', () =>
    forAll(fc.tuple(shapes, fc.infiniteStream(fc.nat())), ([shape, keys]) => {
      const order = shape.map((_, i) => ({ i, key: keys.next().value as number })).sort((a, b) => a.key - b.key).map(({ i }) => i); // prettier-ignore
      return same((x) => tf.transpose(x, order), [given(shape)]);
    }));

  it('slice and pad, tile and reverse', () =>
    forAll(fc.tuple(shapes, fc.infiniteStream(fc.nat())), ([shape, draws]) => {
      const draw = (below: number) => (draws.next().value as number) % below;
      const begin = shape.map((n) => draw(n));
      const sizes = shape.map((n, i) => 1 + draw(n - begin[i]));
      const sides = shape.map((): [number, number] => [draw(3), draw(3)]);
      const times = shape.map(() => 1 + draw(3));
      const axes = shape.map((_, i) => i).filter(() => draw(2) === 1);
      return same(
        (x) => [tf.slice(x, begin, sizes), tf.pad(x, sides, 0.25), tf.tile(x, times), tf.reverse(x, axes)],
        [given(shape)],
      );
    }));

  it('concat, stack, unstack and split', () =>
    forAll(fc.tuple(shapes, fc.nat()), ([shape, draw]) => {
      const axis = draw % shape.length;
      const wider = shape.map((n, i) => (i === axis ? n + 2 : n));
      return same(
        (x, y, z) => [
          tf.concat([x, y], axis),
          tf.stack([x, z], axis),
          ...tf.unstack(x, axis),
          ...tf.split(y, [2, shape[axis]], axis),
        ],
        [given(shape), given(wider, 1), given(shape, 2)],
      );
    }));

  it('gather, and its gradient', () =>
    forAll(fc.tuple(shapes, fc.array(fc.nat(), { minLength: 1, maxLength: 6 })), ([shape, draws]) => {
      const indices = { shape: [draws.length], data: Int32Array.from(draws, (draw) => draw % shape[0]) };
      return same(
        (x, places) => [
          tf.gather(x, places),
          tf.grad((y) => tf.sum(tf.square(tf.gather(y, places as tf.Tensor1D))))(x),
        ],
        [given(shape), indices],
      );
    }));

  it('where', () =>
    forAll(shapes, (shape) =>
      same((x, y) => tf.where(tf.greater(x, y), x, tf.neg(y)), [given(shape), given(shape, 1)]),
    ));

  it('addN, fill, and tensors of one number', () =>
    same(
      (x, y) => [tf.addN([x, y, x]), tf.fill([2, 3], 0.5), tf.add(tf.scalar(2), tf.sum(x))],
      [given([4]), given([4], 1)],
    ));

  const map = fc.record({
    batch: fc.integer({ min: 1, max: 2 }),
    height: fc.integer({ min: 7, max: 17 }),
    width: fc.integer({ min: 7, max: 17 }),
    channels: fc.constantFrom(1, 3, 16, 19),
    output: fc.constantFrom(1, 2, 16, 21),
    filter: fc.constantFrom(1, 2, 3, 5, 7),
    stride: fc.constantFrom(1, 2, 3),
    padding: fc.constantFrom<'same' | 'valid' | number>('same', 'valid', 0, 1, 3),
    dilation: fc.constantFrom(1, 2),
  });

  it('conv2d and both gradients, on random geometries', () =>
    forAll(
      map.filter(
        ({ filter, dilation, stride }) => (filter - 1) * dilation < 7 && (dilation === 1 || stride === 1),
      ),
      ({ batch, height, width, channels, output, filter, stride, padding, dilation }) =>
        same(
          (x, w) => {
            const apply = (a: tf.Tensor, b: tf.Tensor) =>
              tf.conv2d(
                t4(a),
                t4(b),
                stride,
                padding,
                'NHWC',
                dilation,
                typeof padding === 'number' ? 'floor' : undefined,
              );
            if (dilation > 1) return apply(x, w); // the library knows no gradients of these
            const [dx, dw] = tf.grads((a, b) => tf.sum(tf.square(apply(a, b))))([x, w]);
            return [apply(x, w), dx, dw];
          },
          [given([batch, height, width, channels]), given([filter, filter, channels, output], 1)],
        ),
      40,
    ));

  it('maxPool and its gradient, windows that overlap or not', () =>
    forAll(
      map,
      ({ batch, height, width, channels, filter, stride, padding }) => {
        const pad = typeof padding === 'number' ? Math.min(padding, Math.floor(filter / 2)) : padding;
        return same(
          (x) => {
            const apply = (a: tf.Tensor) =>
              tf.maxPool(t4(a), filter, stride, pad, typeof pad === 'number' ? 'floor' : undefined);
            return [apply(x), tf.grad((a) => tf.sum(tf.square(apply(a))))(x)];
          },
          [given([batch, height, width, channels])],
        );
      },
      30,
    ));

  it('maxPool of equal cells: the first gets the gradient', () =>
    same(
      (x) => tf.grad((a) => tf.sum(tf.maxPool(t4(a), 3, 2, 'valid')))(tf.zerosLike(x)),
      [given([1, 7, 9, 300])],
    ));

  it('avgPool and its gradient', () =>
    forAll(
      map,
      ({ batch, height, width, channels, filter, stride, padding }) => {
        const pad = typeof padding === 'number' ? Math.min(padding, Math.floor(filter / 2)) : 'valid';
        return same(
          (x) => {
            const apply = (a: tf.Tensor) =>
              tf.avgPool(t4(a), filter, stride, pad, typeof pad === 'number' ? 'floor' : undefined);
            // where cells lie outside, the gradient of `cpu` divides by more cells than its average does
            return pad === 0 || pad === 'valid' ? [apply(x), tf.grad((a) => tf.sum(tf.square(apply(a))))(x)] : apply(x); // prettier-ignore
          },
          [given([batch, height, width, channels])],
        );
      },
      20,
    ));

  it('resizeBilinear and its gradient, larger and smaller, by each rule', () =>
    forAll(
      fc.tuple(map, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), fc.constantFrom([false, false], [true, false], [false, true])), // prettier-ignore
      ([{ batch, height, width, channels }, h, w, [corners, centres]]) =>
        same(
          (x) => {
            const apply = (a: tf.Tensor) => tf.image.resizeBilinear(t4(a), [h, w], corners, centres);
            return [apply(x), tf.grad((a) => tf.sum(tf.square(apply(a))))(x)];
          },
          [given([batch, height, width, channels])],
        ),
      30,
    ));

  it('none of these is borrowed from cpu, but for whole numbers', () => {
    expect([...borrowedCalls().keys()].filter((name) => !['Add', 'Cast', 'FloorDiv', 'Multiply', 'RealDiv'].includes(name))).to.deep.equal([]); // prettier-ignore
  });
});
