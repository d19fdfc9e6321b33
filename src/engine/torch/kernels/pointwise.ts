import * as tf from '@tensorflow/tfjs';
import { borrow } from './borrowed.js';
import { defineKernel, of } from './kernel.js';

/** Functions of one number whose result has its type. */
const sameType = [...['Abs', 'Ceil', 'Floor', 'Neg', 'Relu', 'Relu6', 'Round', 'Sign', 'Square']] as const;
/** … is a float32. */
const toFloat = [
  ...['Cos', 'Elu', 'Erf', 'Exp', 'Expm1', 'Log', 'Log1p', 'Reciprocal', 'Rsqrt', 'Sigmoid', 'Sin'],
  ...['Softplus', 'Sqrt', 'Tanh'],
] as const;
const toBool = ['IsFinite', 'IsInf', 'IsNan', 'LogicalNot'] as const;

const arithmetic = [
  ...['Add', 'Maximum', 'Minimum', 'Mod', 'Multiply', 'Pow', 'RealDiv', 'SquaredDifference', 'Sub'],
] as const;
const comparisons = ['Equal', 'Greater', 'GreaterEqual', 'Less', 'LessEqual', 'NotEqual'] as const;
const logic = ['LogicalAnd', 'LogicalOr'] as const;

export function definePointwise(): void {
  defineUnary(sameType, ({ dtype }) => dtype);
  defineUnary(toFloat, () => 'float32');
  defineUnary(toBool, () => 'bool');
  defineBinary(arithmetic, ({ dtype }) => dtype);
  defineBinary(comparisons, () => 'bool');
  defineBinary(logic, () => 'bool', 'bool');

  defineKernel('Step', ({ x }, { alpha }, backend) =>
    backend.take(backend.addon.step(...of(backend, x), (alpha as number | undefined) ?? 0), x.shape, x.dtype),
  );
  defineKernel('ClipByValue', ({ x }, { clipValueMin, clipValueMax }, backend) => {
    const y = backend.addon.clamp(...of(backend, x), clipValueMin as number, clipValueMax as number);
    return backend.take(y, x.shape, x.dtype);
  });
  defineKernel('Select', ({ condition, t, e }, _attributes, backend) => {
    const y = backend.addon.select(...of(backend, condition), ...of(backend, t), ...of(backend, e));
    return backend.take(y, t.shape, t.dtype);
  });
  defineKernel('AddN', (inputs, _attributes, backend) => {
    const list = Object.values(inputs);
    if (list.some(({ dtype }) => dtype !== 'float32')) return borrow('AddN')(inputs, {}, backend);
    const sum = backend.addon.addAll(list.length, ...list.flatMap((x) => of(backend, x)));
    return backend.take(sum, list[0].shape, list[0].dtype);
  });
}

function defineUnary(names: readonly string[], result: (x: tf.TensorInfo) => tf.DataType): void {
  for (const name of names) {
    defineKernel(name, ({ x }, _attributes, backend) =>
      // of whole numbers and truth values little is asked: TensorFlow.js' own rules for them hold
      x.dtype === 'float32'
        ? backend.take(backend.addon.unary(name, ...of(backend, x)), x.shape, result(x))
        : borrow(name)({ x }, _attributes, backend),
    );
  }
}

function defineBinary(
  names: readonly string[],
  result: (a: tf.TensorInfo) => tf.DataType,
  takes: tf.DataType = 'float32',
): void {
  for (const name of names) {
    defineKernel(name, ({ a, b }, attributes, backend) => {
      if (a.dtype !== takes || b.dtype !== takes) return borrow(name)({ a, b }, attributes, backend);
      const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
      const c = backend.addon.binary(name, ...of(backend, a), ...of(backend, b));
      return backend.take(c, shape, result(a));
    });
  }
}
