import { expect } from 'chai';
import { memoryCost } from '../../../src/methods/stm/cost.js';
import { memoryDefaults, type MemoryOptions } from '../../../src/methods/stm/defaults.js';

const davis = { width: 854, height: 480 };

/** Five frames are read: four annotated ones, and the one before. */
function costOf(changes: Partial<MemoryOptions>, objects = 1, keys: 'masked' | 'image' = 'masked') {
  const options = { ...memoryDefaults, weights: '', memory: 'first-and-previous' as const, ...changes };
  return memoryCost(keys, options, davis, objects, 4);
}

const G = 1e9;

describe('what a memory method costs', () => {
  // counted in PyTorch for a network of the same shapes, 10⁹ multiply-adds
  const table = [
    ['resnet18', 480, 53.9],
    ['resnet18', 384, 33.4],
    ['resnet18', 240, 12.7],
    ['resnet50', 480, 188],
  ] as const;
  for (const [trunk, size, expected] of table) {
    it(`a frame with one object, five frames remembered: ${trunk} at ${size}`, () => {
      expect(costOf({ trunk, size }).frame.forward / G).to.be.closeTo(expected, 0.01 * expected);
    });
  }

  it('each further object costs its own encoder, read and decoder, not the query’s', () => {
    const more = costOf({ size: 480 }, 2).frame.forward - costOf({ size: 480 }).frame.forward;
    // 41.1 with all of the decoder; its skips at strides 8 (2.87) and 4 (9.55) are the query's
    expect(more / G).to.be.closeTo(41.1 - 2.87 - 9.55, 0.3);
  });

  it('objects with keys in common are compared once', () => {
    const read = (keys: 'masked' | 'image', objects: number) => {
      const four = costOf({ size: 480, memory: 'first' }, objects, keys).frame.forward;
      const options = { ...memoryDefaults, weights: '', size: 480, memory: 'first' as const };
      return (four - memoryCost(keys, options, davis, objects, 1).frame.forward) / 3 / G;
    };
    // 1620 cells each: keys of 64 channels, values of 256
    expect(read('masked', 3)).to.be.closeTo(3 * 0.8398, 1e-3);
    expect(read('image', 3)).to.be.closeTo((1620 ** 2 * (64 + 3 * 256)) / G, 1e-6);
  });

  it('a remembered frame takes 4·N·(key + value) bytes for each object', () => {
    const another = (changes: Partial<MemoryOptions>, objects: number) => {
      const every = { size: 480, memory: 'every' as const, ...changes };
      const bytes = (maxMemoryFrames: number) =>
        costOf({ ...every, maxMemoryFrames }, objects).segmentingBytes;
      return bytes(9) - bytes(8);
    };
    expect(another({}, 1)).to.equal(4 * 1620 * (64 + 256));
    expect(another({}, 3)).to.equal(3 * 4 * 1620 * (64 + 256));
    expect(another({ trunk: 'resnet50' }, 1)).to.equal(4 * 1620 * (128 + 512));
  });

  it('frames that are not remembered need not be encoded', () => {
    const without = costOf({ memory: 'first', size: 480 }).frame.forward;
    const withPrevious = costOf({ size: 480 }).frame.forward;
    // 13.4 of the encoder, .84 of one frame less to read
    expect((withPrevious - without) / G).to.be.closeTo(13.4 + 0.84, 0.2);
  });

  it('learning is the encoder, for each annotated frame and object', () => {
    const { start } = costOf({ size: 480 });
    expect(start.forward / G).to.be.closeTo(4 * 13.4, 4 * 0.15);
  });
});
