import { expect } from 'chai';
import type { LabelMap } from '../../src/label-map.js';
import {
  describeDegenerate,
  EMPTY_FRAMES,
  maskFacts,
  type MaskFacts,
} from '../../src/scores/degenerate-masks.js';
import { scoreFrame, type Protocol } from '../../src/scores/protocols.js';

const row = (...labels: number[]): LabelMap => ({
  width: labels.length,
  height: 1,
  data: Uint8Array.from(labels),
});

function facts(
  protocol: Protocol,
  mask: LabelMap,
  truth: LabelMap,
  ids = [1],
  first = row(1, 1, 0, 0),
): MaskFacts {
  return maskFacts(protocol, { mask, truth, first, ids, scores: scoreFrame(protocol, mask, truth, ids) });
}

describe('masks that look like a mistake', () => {
  it('are looked at object by object in 2017, void and other ids being background', () => {
    const { presence } = facts('davis-2017', row(1, 255, 0, 0), row(255, 1, 3, 9), [1, 2, 3]);
    expect(presence).to.deep.equal(['found', 'absent', 'missed']);
    const halved = facts('davis-2017', row(1, 0, 2, 2), row(1, 1, 0, 2), [1, 2]);
    expect(halved.presence).to.deep.equal(['found', 'found']);
    expect(facts('davis-2017', row(1, 255, 0, 0), row(1, 0, 9, 255), [1, 2]).equalsTruth).to.equal(true);
    const moved = facts('davis-2017', row(2, 1, 0, 0), row(1, 2, 0, 0), [1, 2]);
    expect([moved.equalsTruth, moved.equalsFirst]).to.deep.equal([false, false]);
  });

  it('are looked at as one object in 2016, all but 0', () => {
    const still = facts('davis-2016', row(7, 1, 0, 0), row(0, 255, 255, 0));
    expect(still).to.deep.equal({ presence: ['found'], full: false, equalsTruth: false, equalsFirst: true });
    expect(facts('davis-2016', row(1, 1, 1, 1), row(0, 255, 0, 0)).full).to.equal(true);
    expect(facts('davis-2016', row(1, 1, 1, 1), row(2, 2, 2, 2)).full).to.equal(false);
    expect(facts('davis-2016', row(0, 0, 0, 0), row(0, 0, 0, 0)).presence).to.deep.equal(['absent']);
    const other = facts('davis-2016', row(1, 1, 0, 0), row(0, 1, 0, 0), [1], row(1, 1));
    expect(other.equalsFirst, 'a first annotation of another size').to.equal(false);
  });

  it('equal the first one only where every pixel does', () => {
    const wide = (at?: number) => row(...Array.from({ length: 200 }, (_, x) => (x === at ? 1 : 0)));
    expect(facts('davis-2016', wide(), wide(), [1], wide()).equalsFirst).to.equal(true);
    for (const at of [0, 61, 62, 199])
      expect(facts('davis-2016', wide(at), wide(), [1], wide()).equalsFirst, `pixel ${at}`).to.equal(false);
  });

  const good: MaskFacts = { presence: ['found'], full: false, equalsTruth: false, equalsFirst: false };
  const sequence = (name: string, ...facts: Partial<MaskFacts>[]) => ({
    name,
    ids: [4],
    frames: facts.map((own, t) => ({ name: String(t + 1).padStart(5, '0'), facts: { ...good, ...own } })),
  });
  const missed: Partial<MaskFacts> = { presence: ['missed'] };

  it('are told of by sequence and frame', () => {
    const still = { equalsFirst: true };
    const truth = { equalsTruth: true };
    const lines = describeDegenerate([
      sequence('copies', truth, truth),
      sequence('of a still', { ...truth, ...still }, { ...truth, ...still }),
      sequence('repeated', still, still),
      sequence('nearly', truth, still, {}),
      sequence('full', {}, { full: true }, { full: true }),
      sequence('lost', missed, { presence: ['absent'] }, missed, missed),
      sequence('short'),
    ]);
    expect(lines).to.deep.equal([
      'the masks equal the annotations in every frame: copies, of a still: are these really results?',
      'the masks equal the first annotation in every frame: repeated: were these frames segmented?',
      'all of the frame is object in 2 frames: full, first in 00002',
      'object 4 is empty in 2 frames in a row, where the annotations have it: lost, frames 00003 to 00004',
    ]);
  });

  it('are not those of an object that is lost for a moment', () => {
    const long = (frames: number) =>
      sequence('lost', {}, ...Array.from({ length: frames }, () => missed), {});
    expect(describeDegenerate([long(EMPTY_FRAMES - 1)])).to.deep.equal([]);
    expect(describeDegenerate([long(EMPTY_FRAMES)])).to.deep.equal([
      'object 4 is empty in 10 frames in a row, where the annotations have it: lost, frames 00002 to 00011',
    ]);
    expect(describeDegenerate([sequence('one', missed)])[0]).to.match(
      /empty in 1 frame, .*: one, frame 00001$/,
    );
    expect(describeDegenerate([sequence('gone', { presence: ['absent'] })])).to.deep.equal([]);
  });
});
