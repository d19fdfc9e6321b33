/** Where the numbers of a tensor lie in a row of numbers; all counted in numbers. */
export interface Strided {
  shape: readonly number[];
  strides: readonly number[];
  offset: number;
}

/**
 * Numbers of `size` bytes each, row by row, in a buffer of their own. They go byte by byte: the file's numbers need not
 * be aligned. All of the tensor must lie inside of `bytes`, and no size be 0.
 */
export function gatherStrided(
  bytes: Uint8Array,
  size: number,
  { shape, strides, offset }: Strided,
): ArrayBuffer {
  const count = shape.reduce((a, b) => a * b, 1);
  // the strides of axes of size 1 say nothing, and such axes would cost a turn at every number
  const axes = shape
    .map((length, axis) => ({ length, stride: strides[axis] }))
    .filter(({ length }) => length > 1);
  const gathered = new Uint8Array(count * size);
  if (isDense(axes)) {
    gathered.set(bytes.subarray(offset * size, (offset + count) * size));
    return gathered.buffer;
  }
  const inner = axes.pop()!;
  const index = axes.map(() => 0);
  let row = offset;
  for (let to = 0; to < gathered.length;) {
    for (let i = 0; i < inner.length; i++) {
      const from = (row + i * inner.stride) * size;
      for (let b = 0; b < size; b++) gathered[to++] = bytes[from + b];
    }
    // the next row: the last axis but one counts fastest
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      row += axes[axis].stride;
      if (++index[axis] < axes[axis].length) break;
      row -= axes[axis].length * axes[axis].stride;
      index[axis] = 0;
    }
  }
  return gathered.buffer;
}

/** Whether the numbers lie row by row without gaps. */
function isDense(axes: readonly { length: number; stride: number }[]): boolean {
  let step = 1;
  for (const { length, stride } of axes.toReversed()) {
    if (stride !== step) return false;
    step *= length;
  }
  return true;
}
