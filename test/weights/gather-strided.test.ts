import { expect } from 'chai';
import fc from 'fast-check';
import { gatherStrided } from '../../src/weights/gather-strided.js';

/** Index by index, as strides are defined: the number at (i, j, …) lies at offset + i·s₀ + j·s₁ + … */
function plainly(
  numbers: readonly number[],
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
): number[] {
  if (shape.length === 0) return [numbers[offset]];
  return Array.from({ length: shape[0] }, (_, i) =>
    plainly(numbers, shape.slice(1), strides.slice(1), offset + i * strides[0]),
  ).flat();
}

describe('gathering numbers by strides', () => {
  const axis = fc.record({ length: fc.integer({ min: 1, max: 4 }), stride: fc.integer({ min: 0, max: 9 }) });

  it('does what the definition of strides says, for numbers of all sizes at any place', () => {
    fc.assert(
      fc.property(
        fc.array(axis, { maxLength: 5 }),
        fc.nat(5),
        fc.constantFrom(1, 2, 4, 8),
        fc.nat(3),
        (axes, offset, size, shift) => {
          const [shape, strides] = [axes.map(({ length }) => length), axes.map(({ stride }) => stride)];
          const end = axes.reduce((sum, { length, stride }) => sum + (length - 1) * stride, offset) + 1;
          const numbers = Array.from({ length: end }, (_, i) => (i * 37 + 11) % 251);
          const bytes = Uint8Array.from([
            ...new Array<number>(shift).fill(255),
            ...numbers.flatMap((n) => Array.from({ length: size }, (_, b) => (n + b) % 256)),
          ]).subarray(shift);
          const expected = plainly(numbers, shape, strides, offset).flatMap((n) =>
            Array.from({ length: size }, (_, b) => (n + b) % 256),
          );
          expect([...new Uint8Array(gatherStrided(bytes, size, { shape, strides, offset }))]).to.deep.equal(
            expected,
          );
        },
      ),
      { seed: 97, numRuns: 500 },
    );
  });

  it('gathers a transposed picture of a million numbers soon', () => {
    const numbers = Uint32Array.from({ length: 2 ** 20 }, (_, i) => i);
    const shape = [1, 1024, 1, 1024, 1];
    const turned = new Uint32Array(
      gatherStrided(new Uint8Array(numbers.buffer), 4, { shape, strides: [7, 1, 7, 1024, 7], offset: 0 }),
    );
    expect([turned[0], turned[1], turned[1023], turned[1024]]).to.deep.equal([0, 1024, 1023 * 1024, 1]);
  });
});
