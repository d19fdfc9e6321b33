import { expect } from 'chai';
import fc from 'fast-check';
import { OsvosError } from '../../src/errors.js';
import { createBilateralGrid, type GridOptions } from '../../src/snapping/bilateral-grid.js';
import {
  defaultBilateralOptions,
  smoothProbabilities,
  solveOnGrid,
} from '../../src/snapping/bilateral-solver.js';
import { createWorkspace } from '../../src/snapping/workspace.js';

type Picture = { width: number; height: number; rgb: Uint8Array };

const grey = (width: number, height: number, value = 128): Picture => ({
  width,
  height,
  rgb: new Uint8Array(3 * width * height).fill(value),
});

function solve(
  picture: Picture,
  target: number[],
  confidence: number[],
  lambda: number,
  sigmaXy = 8,
): number[] {
  const grid = createBilateralGrid(picture, { ...defaultBilateralOptions, sigmaXy });
  const result = new Float32Array(target.length);
  solveOnGrid(grid, Float32Array.from(target), Float32Array.from(confidence), lambda, result);
  return [...result];
}

function expectClose(actual: number[], expected: number[], tolerance = 1e-4): void {
  expect(actual).to.have.length(expected.length);
  expected.forEach((value, i) => expect(actual[i], `pixel ${i}`).to.be.closeTo(value, tolerance));
}

describe('the bilateral grid', () => {
  const countOf = (rgb: number[], options: Partial<GridOptions> = {}) =>
    createBilateralGrid(
      { width: rgb.length / 3, height: 1, rgb: Uint8Array.from(rgb) },
      { ...defaultBilateralOptions, ...options },
    ).count;

  it('puts pixels together that are in one square and one step of colour', () => {
    expect(createBilateralGrid(grey(16, 9), defaultBilateralOptions).count).to.equal(4);
    expect(createBilateralGrid(grey(17, 8), defaultBilateralOptions).count).to.equal(3);
    expect(createBilateralGrid(grey(5, 3), { ...defaultBilateralOptions, sigmaXy: 1 }).count).to.equal(15);
    expect(createBilateralGrid(grey(5, 1), { ...defaultBilateralOptions, sigmaXy: 2.5 }).count).to.equal(2);
  });

  it('has its steps of brightness at 4, 8, 12 …', () => {
    expect(countOf([8, 8, 8, 11, 11, 11])).to.equal(1);
    expect(countOf([7, 7, 7, 8, 8, 8])).to.equal(2);
    expect(countOf([11, 11, 11, 12, 12, 12])).to.equal(2);
    expect(countOf([0, 0, 0, 255, 255, 255], { sigmaLuma: 256 })).to.equal(1);
  });

  it('has all greys in the middle of the colours', () => {
    // at 128 a step begins: none may fall below it by rounding
    const greys = Array.from({ length: 3 * 256 }, (_, k) => Math.floor(k / 3));
    expect(countOf(greys, { sigmaXy: 256, sigmaLuma: 256, sigmaChroma: 4 })).to.equal(1);
    expect(countOf([...greys, 100, 100, 108], { sigmaXy: 257, sigmaLuma: 256 })).to.equal(2);
  });

  it('has no neighbours across the ends of the colours', () => {
    // blue is one step from the greatest U; were steps one long row, its next would be the next brightness’ lowest
    const { neighbours } = createBilateralGrid(
      { width: 2, height: 1, rgb: Uint8Array.of(0, 0, 255, 255, 255, 0) },
      { sigmaXy: 8, sigmaLuma: 256, sigmaChroma: 128 },
    );
    expect(neighbours.list.length).to.equal(0);
  });
});

describe('the bilateral solver', () => {
  it('gives pixels of one vertex their mean, weighted by confidence, for any lambda', () => {
    for (const lambda of [0.1, 1, 128]) {
      expectClose(solve(grey(2, 1), [0, 1], [1, 3], lambda), [0.75, 0.75], 1e-6);
    }
  });

  it('draws neighbours together as the algebra says', () => {
    const two = (confidence: number[], lambda: number) => solve(grey(2, 1), [0, 1], confidence, lambda, 1);
    expectClose(two([1, 1], 11), [1 / 3, 2 / 3], 1e-6);
    expectClose(two([0, 1], 11), [1, 1], 1e-6);
    expectClose(two([1, 1], 128), [0.4794, 0.5206]);
  });

  it('keeps vertices apart whose colours are two steps apart', () => {
    const picture = { ...grey(2, 1), rgb: Uint8Array.of(100, 100, 100, 108, 108, 108) };
    expectClose(solve(picture, [0, 1], [1, 1], 128, 1), [0, 1], 1e-6);
    // one step in brightness and one in place are two
    picture.rgb.fill(104, 3);
    expectClose(solve(picture, [0, 1], [1, 1], 128, 1), [0, 1], 1e-6);
    // in one place they are neighbours, by the same algebra as above
    expectClose(solve(picture, [0, 1], [1, 1], 11, 8), [1 / 3, 2 / 3], 1e-6);
  });

  it('takes the mean where nothing is sure', () => {
    expectClose(solve(grey(2, 1), [0.5, 0.5], [0, 0], 128, 1), [0.5, 0.5], 1e-6);
    expectClose(solve(grey(4, 1), [0.2, 0.4, 0.3, 0.3], [0, 0, 0, 0], 128), Array<number>(4).fill(0.3), 1e-6);
  });

  it('solves the equation: compared with elimination on the dense matrix', () => {
    const errors: number[] = [];
    fc.assert(
      fc.property(scenes, ({ picture, target, confidence, lambda, sigmas }) => {
        const grid = createBilateralGrid(picture, sigmas);
        const result = new Float32Array(target.length);
        solveOnGrid(grid, Float32Array.from(target), Float32Array.from(confidence), lambda, result);
        const plain = solvePlainly(picture, target, confidence, lambda, sigmas);
        expectClose([...result], plain, 2e-2);
        errors.push(Math.max(...plain.map((value, i) => Math.abs(value - result[i]))));
      }),
      { numRuns: 60 },
    );
    // it ends after ten steps: of 6,000 scenes 15 were farther off than this, by .009 at most
    expect(errors.filter((error) => error > 2e-3)).to.have.length.at.most(3);
  });

  it('leaves a constant as it is, and never leaves the range of what it is given', () => {
    fc.assert(
      fc.property(
        scenes,
        fc.double({ min: 0, max: 1, noNaN: true }),
        ({ picture, target, confidence, lambda }, t) => {
          const constant = target.map(() => t);
          expectClose(solve(picture, constant, confidence, lambda), constant);
          const values = solve(picture, target, confidence, lambda);
          for (const value of values) {
            expect(value).to.be.within(Math.min(...target) - 2e-3, Math.max(...target) + 2e-3);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('smoothing probabilities along a frame', () => {
  /** Dark on the left, light on the right of column 20. */
  const frame = grey(40, 24);
  for (let i = 0; i < 40 * 24; i++) frame.rgb.fill(i % 40 < 20 ? 40 : 200, 3 * i, 3 * i + 3);
  /** An outline at column 23 instead, unsure on the way. */
  const rough = Float32Array.from({ length: 40 * 24 }, (_, i) =>
    Math.min(1, Math.max(0, (23 - (i % 40)) / 12 + 0.5)),
  );

  it('moves an outline to where colours change', () => {
    const p = { ids: [1], width: 40, height: 24, data: rough };
    const before = rough.slice();
    const { data, ids } = smoothProbabilities(p, frame);
    expect(ids).to.deep.equal([1]);
    expect(rough).to.deep.equal(before);
    expect([rough[12 * 40 + 21] > 0.5, data[12 * 40 + 21] > 0.5]).to.deep.equal([true, false]);
    for (let i = 0; i < data.length; i++) expect(data[i] > 0.5, `${i % 40}`).to.equal(i % 40 < 20);
  });

  it('treats each object as if it were alone, and the background like one', () => {
    const other = rough.map((value) => 1 - value);
    const both = new Float32Array(2 * rough.length);
    both.set(rough);
    both.set(other, rough.length);
    const size = { width: 40, height: 24 };
    const result = smoothProbabilities({ ids: [3, 7], ...size, data: both, background: other }, frame);
    const [first] = [rough, other].map(
      (data) => smoothProbabilities({ ids: [1], ...size, data }, frame).data,
    );
    const second = smoothProbabilities({ ids: [1], ...size, data: other }, frame).data;
    expect(result.data.subarray(0, rough.length)).to.deep.equal(first);
    expect(result.data.subarray(rough.length)).to.deep.equal(second);
    expect(result.background).to.deep.equal(second);
    expect(result.ids).to.deep.equal([3, 7]);
  });

  it('gives frame after frame the same with arrays that were used before', () => {
    const work = createWorkspace();
    fc.assert(
      fc.property(scenes, ({ picture, target }) => {
        const { width, height } = picture;
        const p = { ids: [1], width, height, data: Float32Array.from(target) };
        expect(smoothProbabilities(p, picture, {}, work)).to.deep.equal(smoothProbabilities(p, picture));
      }),
      { numRuns: 30 },
    );
  });

  it('leaves empty and full masks as they are', () => {
    for (const value of [0, 1]) {
      const p = { ids: [1], width: 40, height: 24, data: new Float32Array(40 * 24).fill(value) };
      for (const result of smoothProbabilities(p, frame).data) expect(result).to.be.closeTo(value, 1e-6);
    }
  });

  it('refuses a frame of another size, and probabilities that are no numbers', () => {
    const p = { ids: [1], width: 40, height: 24, data: rough.slice() };
    expect(() => smoothProbabilities(p, grey(24, 40)))
      .to.throw(OsvosError, 'the probabilities are 40×24, the frame 24×40')
      .with.property('exit', 3);
    p.data[41] = NaN;
    expect(() => smoothProbabilities(p, frame))
      .to.throw(OsvosError, 'the probability map holds NaN: column 1, row 1')
      .with.property('exit', 6);
  });
});

interface Scene {
  picture: Picture;
  target: number[];
  confidence: number[];
  lambda: number;
  sigmas: GridOptions;
}

/** Small pictures of few colours, so that vertices have neighbours in all directions. */
const scenes: fc.Arbitrary<Scene> = fc
  .record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 5 }) })
  .chain(({ width, height }) => {
    const all = { minLength: width * height, maxLength: width * height };
    return fc.record({
      picture: fc
        .array(fc.tuple(fc.integer({ min: 118, max: 134 }), fc.nat(12), fc.nat(12)), all)
        .map((colours) => ({
          width,
          height,
          rgb: Uint8Array.from(colours.flatMap(([r, g, b]) => [r, r + g - 6, r + b - 6])),
        })),
      target: fc.array(
        fc.nat(100).map((value) => value / 100),
        all,
      ),
      // with some confidence everywhere the plain matrix can be solved
      confidence: fc.array(
        fc.integer({ min: 1, max: 20 }).map((value) => value / 20),
        all,
      ),
      lambda: fc.constantFrom(1, 8, 128),
      sigmas: fc.record({
        sigmaXy: fc.constantFrom(1, 2, 2.5, 8),
        sigmaLuma: fc.constantFrom(2, 4, 7.5),
        sigmaChroma: fc.constantFrom(2, 4),
      }),
    });
  });

/** The same by dense matrices, as the formulas are written, to the end. */
function solvePlainly(
  { width, rgb }: Picture,
  target: number[],
  confidence: number[],
  lambda: number,
  { sigmaXy, sigmaLuma, sigmaChroma }: GridOptions,
): number[] {
  const keys = target.map((_, i) => {
    const [r, g, b] = rgb.subarray(3 * i, 3 * i + 3);
    // millionths, to stay with whole numbers
    const y = 299000 * r + 587000 * g + 114000 * b;
    const u = -168736 * r - 331264 * g + 500000 * b + 128e6;
    const v = 500000 * r - 418688 * g - 81312 * b + 128e6;
    const place = [(i % width) / sigmaXy, Math.floor(i / width) / sigmaXy];
    return [...place, y / 1e6 / sigmaLuma, u / 1e6 / sigmaChroma, v / 1e6 / sigmaChroma].map(Math.floor);
  });
  const points = [...new Map(keys.map((key) => [key.join(), key])).values()];
  const vertexOf = keys.map((key) => points.findIndex((point) => point.join() === key.join()));
  const blur = points.map((a, i) =>
    points.map((b, j) => {
      const distance = a.reduce((sum, value, k) => sum + Math.abs(value - b[k]), 0);
      return i === j ? 10 : distance === 1 ? 1 : 0;
    }),
  );
  const splat = (values: number[]) =>
    points.map((_, v) => values.reduce((sum, value, i) => sum + (vertexOf[i] === v ? value : 0), 0));
  const times = (matrix: number[][], x: number[]) =>
    matrix.map((row) => row.reduce((sum, value, j) => sum + value * x[j], 0));
  let m = splat(target.map(() => 1));
  let n = m.map(() => 1);
  for (let round = 0; round < 10; round++) {
    const blurred = times(blur, n);
    n = n.map((value, v) => Math.sqrt((value * m[v]) / blurred[v]));
  }
  m = times(blur, n).map((value, v) => n[v] * value);
  const weights = splat(confidence);
  const wanted = splat(target.map((value, i) => value * confidence[i]));
  const rows = blur.map((row, i) => [
    ...row.map((b, j) => (i === j ? lambda * m[i] + weights[i] : 0) - lambda * n[i] * b * n[j]),
    wanted[i],
  ]);
  // Gauß–Jordan; the matrix is positive definite and needs no other order
  for (const [i, row] of rows.entries()) {
    for (const [k, other] of rows.entries()) {
      if (k === i) continue;
      const factor = other[i] / row[i];
      for (let j = i; j < other.length; j++) other[j] -= factor * row[j];
    }
  }
  const solution = rows.map((row, i) => row[row.length - 1] / row[i]);
  return vertexOf.map((v) => solution[v]);
}
