import { expect } from 'chai';
import { OsvosError } from '../../src/errors.js';
import { asFloat32, fromHalf, toHalf } from '../../src/weights/half.js';

/** Value and bits, from the examples of IEEE 754 binary16 in the literature. */
const known: [number, number][] = [
  [0, 0x0000],
  [-0, 0x8000],
  [1, 0x3c00],
  [-2, 0xc000],
  [0.5, 0x3800],
  [1 / 3, 0x3555],
  [0.1, 0x2e66],
  [Math.PI, 0x4248],
  [65504, 0x7bff], // largest
  [2 ** -14, 0x0400], // smallest normal
  [1023 * 2 ** -24, 0x03ff], // largest subnormal
  [2 ** -24, 0x0001], // smallest subnormal
  [Infinity, 0x7c00],
  [-Infinity, 0xfc00],
];

describe('half precision', () => {
  it('gives the known bit patterns', () => {
    expect([...toHalf(Float32Array.from(known, ([value]) => value))]).to.deep.equal(
      known.map(([, bits]) => bits),
    );
  });

  it('reads the known bit patterns', () => {
    const exact = known.filter(([value]) => value !== 1 / 3 && value !== 0.1 && value !== Math.PI);
    const values = fromHalf(Uint16Array.from(exact, ([, bits]) => bits));
    expect([...values]).to.deep.equal(exact.map(([value]) => value));
    expect(fromHalf(Uint16Array.of(0x3555))[0]).to.equal(0.333251953125);
  });

  it('rounds to the nearest, ties to even', () => {
    const step = 2 ** -10; // between 1 and 2
    const ties = [
      1 + step / 2,
      1 + 1.5 * step,
      1 + step * 0.51,
      1 + step * 0.49,
      2 - step / 2,
      2.5 * 2 ** -24,
      2 ** -25,
    ];
    expect([...toHalf(Float32Array.from(ties))]).to.deep.equal([
      0x3c00, 0x3c02, 0x3c01, 0x3c00, 0x4000, 0x0002, 0,
    ]);
  });

  it('keeps NaN, and rounds a subnormal up into the normal range', () => {
    expect(toHalf(Float32Array.of(NaN))[0] & 0x7fff).to.be.above(0x7c00);
    expect(fromHalf(Uint16Array.of(0x7e01))[0]).to.be.NaN;
    expect(toHalf(Float32Array.of(1023.6 * 2 ** -24))[0]).to.equal(0x0400);
  });

  it('comes back unchanged for every bit pattern that is a number', () => {
    const bits = Uint16Array.from({ length: 0x10000 }, (_, i) => i).filter((b) => (b & 0x7fff) <= 0x7c00);
    expect(Buffer.from(toHalf(fromHalf(bits)).buffer).equals(Buffer.from(bits.buffer))).to.be.true;
  });

  it('lets 65519 round down to the largest number and refuses 65520, naming the tensor', () => {
    expect(toHalf(Float32Array.of(65519))[0]).to.equal(0x7bff);
    expect(() => toHalf(Float32Array.of(0, -65520), 'conv1.bias'))
      .to.throw(
        OsvosError,
        'value -65520 at index 1 is too large for half precision: conv1.bias: store this tensor as F32',
      )
      .with.property('exit', 4);
  });

  it('gives a single-precision tensor its own array', () => {
    const data = Float32Array.of(1, 2);
    expect(asFloat32({ dtype: 'F32', shape: [2], data })).to.equal(data);
    expect([...asFloat32({ dtype: 'F16', shape: [1], data: Uint16Array.of(0xc000) })]).to.deep.equal([-2]);
  });
});
