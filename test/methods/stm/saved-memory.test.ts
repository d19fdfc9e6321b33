import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { readMemories, saveMemories } from '../../../src/methods/stm/saved-memory.js';
import type { RememberedFrame } from '../../../src/methods/stm/space-time-memory.js';
import { numbers } from '../../weights/trunk-file.js';

const widths = { key: 3, value: 2 };
const filled = (cells: number, width: number, start: number) =>
  tf.tensor2d(
    Array.from({ length: cells * width }, (_, i) => start + i),
    [cells, width],
  );

describe('methods/stm/saved-memory', () => {
  before(() => tf.setBackend('cpu'));
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  function expectSame(read: RememberedFrame[], written: RememberedFrame[]): void {
    expect(read.map(({ ids }) => ids)).to.deep.equal(written.map(({ ids }) => ids));
    read.forEach(({ keys, values }, n) => {
      for (const [own, other] of [
        [keys, written[n].keys],
        [values, written[n].values],
      ]) {
        expect(own.map((x) => x.arraySync())).to.deep.equal(other.map((x) => x.arraySync()));
      }
    });
  }

  it('gives back keys of objects and keys that all of them share, frames in their order', async () => {
    const frames: RememberedFrame[] = [
      {
        ids: [1, 4],
        keys: [filled(5, 3, 0), filled(5, 3, 50)],
        values: [filled(5, 2, 100), filled(5, 2, 150)],
      },
      { ids: [2, 12], keys: [filled(4, 3, 200)], values: [filled(4, 2, 300), filled(4, 2, 350)] },
      { ids: [7], keys: [filled(2, 3, 400)], values: [filled(2, 2, 450)] },
    ];
    const state = await saveMemories(frames);
    expect([...state.keys()]).to.include.members([
      'memory.0.object.4.key',
      'memory.1.key',
      'memory.1.object.12.value',
    ]);
    expectSame(readMemories(state, widths), frames);
    // in whatever order a file holds them, more than ten of them too
    const many = Array.from({ length: 12 }, (_, n) => ({
      ids: [1],
      keys: [filled(1, 3, n)],
      values: [filled(1, 2, n)],
    }));
    expectSame(readMemories(new Map([...(await saveMemories(many))].reverse()), widths), many);
  });

  it('keeps what it saved when the tensors are gone', async () => {
    const key = filled(2, 3, 0);
    const value = filled(2, 2, 9);
    const state = await saveMemories([{ ids: [1], keys: [key], values: [value] }]);
    tf.dispose([key, value]);
    const [{ values }] = readMemories(state, widths);
    expect([...values[0].dataSync()]).to.deep.equal([9, 10, 11, 12]);
  });

  for (const [what, names, message] of [
    [
      'another kind of state',
      { 'object.1.side.0.weight': [3, 3] },
      /no memory: it holds object\.1\.side\.0\.weight/,
    ],
    ['a value of no object', { 'memory.0.value': [4, 2] }, /no memory: it holds memory\.0\.value/],
    ['a memory without keys', { 'memory.0.object.3.value': [4, 2] }, /lacks a key of object 3/],
    ['a memory without values', { 'memory.0.object.3.key': [4, 3] }, /lacks a value of object 3/],
    [
      'a memory of wider keys',
      { 'memory.0.object.3.key': [4, 64], 'memory.0.object.3.value': [4, 2] },
      /another network: memory\.0\.object\.3\.key is \[4, 64\], not \[cells, 3\]/,
    ],
    [
      'a memory that is no table',
      { 'memory.0.key': [4, 3, 1], 'memory.0.object.3.value': [4, 2] },
      /memory\.0\.key is \[4, 3, 1\]/,
    ],
  ] as [string, Record<string, number[]>, RegExp][])
    it(`refuses ${what}, and leaves no tensors behind`, () => {
      const state = new Map(Object.entries(names).map(([name, shape]) => [name, numbers(shape, () => 0)]));
      const before = tf.memory().numTensors;
      expect(() => readMemories(state, widths))
        .to.throw(message)
        .with.property('exit', 4);
      expect(tf.memory().numTensors).to.equal(before);
    });
});
