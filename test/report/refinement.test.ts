import { expect } from 'chai';
import type { ComparedMethod, Comparison } from '../../src/report/comparison.js';
import { refinementRows } from '../../src/report/refinement.js';
import { scoreObject, scoreSet } from '../../src/scores/evaluation.js';

/** J of the frames a to e; F is the same. */
function method(label: string, of: string, count: number, J: number[], frames: string[]): ComparedMethod {
  const objects = { clip_1: scoreObject(J.map((value) => ({ J: value, F: value }))) };
  const series = { of, name: 'annotations', value: String(count) };
  const annotated = { clip: frames };
  return { ...{ label, kind: 'run', series, annotated, folders: [], warnings: [] }, objects, scores: scoreSet(objects).global }; // prettier-ignore
}

const sequences = [{ name: 'clip', frames: ['0', ...'abcde', '6'], scored: [...'abcde'], attributes: [] }];
const methods = [
  method('x', 'x', 1, [0.5, 0.2, 0.8, 0.9, 0.6], []),
  method('x@annotations=2', 'x', 2, [0.7, 1, 0.8, 0.9, 0.6], ['b']),
  method('x@annotations=3', 'x', 3, [0.8, 1, 0.8, 0.9, 1], ['b', 'e']),
  method('y', 'y', 1, [0.1, 0.1, 0.1, 0.1, 0.6], []),
];
const comparison: Comparison = { version: 1, set: 'val', protocol: 'davis-2016', sequences, methods };

describe('refinement by annotations', () => {
  it('tells J of all frames, and of those that were never given', () => {
    const rows = refinementRows(comparison);
    expect(rows.map(({ of, count }) => [of, count])).to.deep.equal([['x', 1], ['x', 2], ['x', 3], ['y', 1]]); // prettier-ignore
    const close = (values: (number | null)[], expected: number[]) =>
      values.forEach((value, i) => expect(value).to.be.closeTo(expected[i], 1e-12));
    close(rows.map(({ J }) => J), [3 / 5, 4 / 5, 4.5 / 5, 1 / 5]); // prettier-ignore
    close(rows.map(({ unseenJ }) => unseenJ), [2.2 / 3, 2.4 / 3, 2.5 / 3, 1 / 5]); // prettier-ignore
  });

  it('has no rows where nothing was refined', () => {
    const plain = { ...comparison, methods: methods.map((each) => ({ ...each, series: undefined })) };
    expect(refinementRows(plain)).to.deep.equal([]);
  });
});
