import * as tf from '@tensorflow/tfjs';
import type { TorchBackend } from '../backend.js';
import { borrow } from './borrowed.js';
import { defineKernel, of } from './kernel.js';

const numeric = new Set<unknown>(['float32', 'int32', 'bool']);

export function defineLayout(): void {
  defineViews();
  defineFilled();
  defineParts();
}

/** Other tensors on the same numbers. */
function defineViews(): void {
  defineKernel('Identity', ({ x }, _attributes, backend) => backend.share(x, x.shape));
  defineKernel('Reshape', ({ x }, { shape }, backend) =>
    backend.share(x, tf.util.inferFromImplicitShape(shape as number[], tf.util.sizeFromShape(x.shape))),
  );
  defineKernel('ExpandDims', ({ input }, { dim }, backend) => {
    const shape = input.shape.slice();
    const place = dim as number;
    shape.splice(place < 0 ? place + shape.length + 1 : place, 0, 1);
    return backend.share(input, shape);
  });
  defineKernel('Cast', ({ x }, attributes, backend) => {
    const dtype = attributes.dtype as tf.DataType;
    if (dtype === x.dtype) return backend.share(x, x.shape);
    if (!numeric.has(dtype) || !numeric.has(x.dtype)) return borrow('Cast')({ x }, attributes, backend);
    return backend.take(backend.addon.cast(...of(backend, x), dtype), x.shape, dtype);
  });
}

function defineFilled(): void {
  const filled = (backend: TorchBackend, shape: number[], value: number, dtype: tf.DataType) =>
    backend.take(backend.addon.fill(shape, value, dtype), shape, dtype);
  defineKernel('Fill', (_inputs, attributes, backend) => {
    const { shape, value } = attributes as { shape: number[]; value: number | string | boolean };
    const dtype = (attributes.dtype as tf.DataType | undefined) ?? tf.util.inferDtype(value);
    if (!numeric.has(dtype)) return borrow('Fill')({}, attributes, backend);
    return filled(backend, shape, Number(value), dtype);
  });
  for (const [name, value] of [
    ['ZerosLike', 0],
    ['OnesLike', 1],
  ] as const) {
    defineKernel(name, ({ x }, attributes, backend) =>
      numeric.has(x.dtype)
        ? filled(backend, x.shape, value, x.dtype)
        : borrow(name)({ x }, attributes, backend),
    );
  }
}

/** Tensors cut, joined and turned. */
function defineParts(): void {
  defineKernel('Transpose', ({ x }, { perm }, backend) => {
    const order = perm as number[];
    const shape = order.map((axis) => x.shape[axis]);
    return backend.take(backend.addon.transpose(...of(backend, x), order), shape, x.dtype);
  });
  const slice = (backend: TorchBackend, x: tf.TensorInfo, begin: number[], size: number[]) =>
    backend.take(backend.addon.slice(...of(backend, x), begin, size), size, x.dtype);
  defineKernel('Slice', ({ x }, attributes, backend) => {
    if (!numeric.has(x.dtype)) return borrow('Slice')({ x }, attributes, backend);
    const [begin, size] = tf.slice_util.parseSliceParams(
      x,
      attributes.begin as number[],
      attributes.size as number[],
    );
    return slice(backend, x, begin, size);
  });
  defineKernel('SplitV', ({ x }, { numOrSizeSplits, axis }, backend) => {
    const [along] = tf.util.parseAxisParam(axis as number, x.shape);
    const sizes = tf.backend_util.prepareSplitSize(x, numOrSizeSplits as number[], along);
    let from = 0;
    return sizes.map((size) => {
      const begin = x.shape.map((_, i) => (i === along ? from : 0));
      from += size;
      return slice(backend, x, begin, x.shape.map((n, i) => (i === along ? size : n))); // prettier-ignore
    });
  });
  defineKernel('Unpack', ({ value }, { axis }, backend) => {
    const [along] = tf.util.parseAxisParam(axis as number, value.shape);
    const shape = value.shape.filter((_, i) => i !== along);
    return Array.from({ length: value.shape[along] }, (_, n) => {
      const begin = value.shape.map((_, i) => (i === along ? n : 0));
      const part = slice(backend, value, begin, value.shape.map((size, i) => (i === along ? 1 : size))); // prettier-ignore
      return { ...part, shape };
    });
  });
  const join = (backend: TorchBackend, list: tf.TensorInfo[], axis: number, shape: number[]) => {
    const parts = list.flatMap((x) => of(backend, x));
    return backend.take(backend.addon.concatenate(list.length, ...parts, axis), shape, list[0].dtype);
  };
  defineKernel('Concat', (inputs, attributes, backend) => {
    const all = Object.values(inputs);
    if (!numeric.has(all[0].dtype)) return borrow('Concat')(inputs, attributes, backend);
    const [axis] = tf.util.parseAxisParam(attributes.axis as number, all[0].shape);
    const shape = tf.backend_util.computeOutShape(all.map((x) => x.shape), axis); // prettier-ignore
    const list = all.filter((x) => tf.util.sizeFromShape(x.shape) > 0);
    if (list.length === 0)
      return backend.take(backend.addon.fill(shape, 0, all[0].dtype), shape, all[0].dtype);
    return join(backend, list, axis, shape);
  });
  defineKernel('Pack', (inputs, { axis }, backend) => {
    const list = Object.values(inputs);
    const place = axis as number;
    const along = place < 0 ? place + list[0].shape.length + 1 : place;
    const widened = list.map((x) => ({ ...x, shape: [...x.shape.slice(0, along), 1, ...x.shape.slice(along)] })); // prettier-ignore
    const shape = [...list[0].shape.slice(0, along), list.length, ...list[0].shape.slice(along)];
    return join(backend, widened, along, shape);
  });
  defineKernel('PadV2', ({ x }, { paddings, constantValue }, backend) => {
    const sides = paddings as [number, number][];
    const shape = x.shape.map((n, i) => n + sides[i][0] + sides[i][1]);
    const y = backend.addon.pad(...of(backend, x), sides.flat(), constantValue as number);
    return backend.take(y, shape, x.dtype);
  });
  defineKernel('Tile', ({ x }, { reps }, backend) => {
    const repetitions = reps as number[];
    const shape = x.shape.map((n, i) => n * repetitions[i]);
    return backend.take(backend.addon.tile(...of(backend, x), repetitions), shape, x.dtype);
  });
  defineKernel('Reverse', ({ x }, { dims }, backend) => {
    const axes = tf.util.parseAxisParam(dims as number[], x.shape);
    return backend.take(backend.addon.reverse(...of(backend, x), axes), x.shape, x.dtype);
  });
  defineKernel('GatherV2', ({ x, indices }, attributes, backend) => {
    if (attributes.batchDims) return borrow('GatherV2')({ x, indices }, attributes, backend);
    const [axis] = tf.util.parseAxisParam(attributes.axis as number, x.shape);
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    const y = backend.addon.gather(...of(backend, x), ...of(backend, indices), axis);
    return backend.take(y, shape, x.dtype);
  });
  defineKernel('UnsortedSegmentSum', ({ x, segmentIds }, { numSegments }, backend) => {
    const count = numSegments as number;
    const sums = backend.addon.segmentSum(...of(backend, x), ...of(backend, segmentIds), count);
    return backend.take(sums, [count, ...x.shape.slice(1)], x.dtype);
  });
}
