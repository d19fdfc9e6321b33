import { expect } from 'chai';
import { passIndices, planPasses, stretches, type AnnotatedFrame } from '../../src/jobs/segment-passes.js';

/** Frames with the objects that their masks show, the first alone when none are named. */
function annotated(...frames: [index: number, ...objects: number[]][]): AnnotatedFrame[] {
  return frames.map(([index, ...objects]) => ({ index, objects: objects.length > 0 ? objects : [1] }));
}

describe('the order of frames', () => {
  it('is the clip’s for methods that see each frame alone', () => {
    const passes = planPasses({ family: 'online', annotations: 'all-before-start' }, annotated([4]), 2, 9);
    expect(passes).to.deep.equal([{ learn: [4], from: 2, to: 9 }]);
  });

  it('goes forwards and backwards from the annotation for methods that remember', () => {
    const passes = planPasses({ family: 'offline', annotations: 'all-before-start' }, annotated([4]), 2, 6);
    expect(passes.map(passIndices)).to.deep.equal([
      [4, 5, 6],
      [3, 2],
    ]);
  });

  it('has no backward pass where nothing lies before the first annotation', () => {
    const passes = planPasses({ family: 'offline', annotations: 'all-before-start' }, annotated([0]), 0, 3);
    expect(passes.map(passIndices)).to.deep.equal([[0, 1, 2, 3]]);
  });

  it('reads what is missing in stretches', () => {
    expect(stretches([0, 1, 2, 5, 7, 8])).to.deep.equal([
      [0, 2],
      [5, 5],
      [7, 8],
    ]);
    expect(stretches([])).to.deep.equal([]);
  });
});

describe('the order of frames where annotations come as they go', () => {
  const plan = (frames: AnnotatedFrame[], first: number, last: number) =>
    planPasses({ family: 'offline', annotations: 'as-they-come' }, frames, first, last);

  it('gives each frame to the nearer annotation, the earlier one where both are equally far', () => {
    const passes = plan(annotated([1], [5], [8]), 0, 9);
    expect(passes.map((pass) => [pass.start, passIndices(pass)])).to.deep.equal([
      [1, [1, 2, 3]],
      [1, [0]],
      [5, [5, 6]],
      [5, [4]],
      [8, [8, 9]],
      [8, [7]],
    ]);
  });

  it('learns all of them before every pass', () => {
    const passes = plan(annotated([1], [5, 2], [8]), 0, 9);
    expect(passes.map(({ learn }) => learn)).to.deep.equal(passes.map(() => [1, 5, 8]));
  });

  // objects of each annotated frame → [start, from, to, joined, objects that are looked for backwards]
  const table: [string, AnnotatedFrame[], unknown[][]][] = [
    [
      'an object that enters alone joins the pass, which goes on to the end',
      annotated([0, 1], [10, 2]),
      [[0, 0, 20, [10], undefined]],
    ],
    [
      'a correction of one of two joins it too',
      annotated([4, 1, 2], [10, 2]),
      [
        [4, 4, 20, [10], undefined],
        [4, 3, 0, undefined, undefined],
      ],
    ],
    [
      'one with all of the earlier objects and a new one starts; backwards the new one is not looked for',
      annotated([0, 1], [10, 1, 2]),
      [
        [0, 0, 5, undefined, undefined],
        [10, 10, 20, undefined, undefined],
        [10, 9, 6, undefined, [1]],
      ],
    ],
    [
      'half of the way is between neighbours of either kind',
      annotated([0, 1], [8, 2], [16, 1, 2]),
      [
        [0, 0, 12, [8], undefined],
        [16, 16, 20, undefined, undefined],
        [16, 15, 13, undefined, [1, 2]],
      ],
    ],
    [
      'one that has left is still one of those that a start has to show',
      annotated([0, 1], [6, 2], [12, 2]),
      [[0, 0, 20, [6, 12], undefined]],
    ],
    [
      'a mask of none of the objects that are followed counts for nothing',
      [...annotated([0, 1]), { index: 10, objects: [] }],
      [[0, 0, 20, undefined, undefined]],
    ],
    [
      'the first one starts backwards too, whatever comes',
      [{ index: 2, objects: [] }, ...annotated([10, 3], [14, 1])],
      [
        [10, 10, 20, [14], undefined],
        [10, 9, 0, undefined, undefined],
      ],
    ],
  ];
  for (const [name, frames, passes] of table) {
    it(name, () => {
      const found = plan(frames, 0, 20).map(({ start, from, to, joined, objects }) => {
        return [start, from, to, joined, objects];
      });
      expect(found).to.deep.equal(passes);
    });
  }

  it('sees every frame once, given or not', () => {
    for (const frames of [annotated([3, 1], [7, 2], [9, 1, 2, 3], [15, 3], [19, 1, 2, 3])]) {
      const indices = plan(frames, 0, 20).flatMap(passIndices);
      expect(indices.sort((a, b) => a - b)).to.deep.equal([...Array(21).keys()]);
    }
  });
});
