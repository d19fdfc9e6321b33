import { expect } from 'chai';
import fc from 'fast-check';
import { OsvosError } from '../../src/errors.js';
import { clearVote, voteLabels, type VoteOptions } from '../../src/snapping/vote.js';
import { drawnRegions } from './drawn-contours.js';
import { drawing, drawn } from './drawn-labels.js';

const superpixels = drawnRegions('aabb', 'aabb', 'cccd');
const vote = (rows: string[], options?: VoteOptions) =>
  drawing(voteLabels(superpixels, drawn(...rows), options));

describe('voting by superpixels', () => {
  it('gives each the label of most of its pixels', () => {
    expect(vote(['111.', '1...', '1.11'])).to.deep.equal(['11..', '11..', '1111']);
  });

  it('gives a tie to the background, or to the object of the lower number', () => {
    expect(vote(['1111', '..11', '....'])).to.deep.equal(['..11', '..11', '....']);
    expect(vote(['2322', '3211', '32..'])).to.deep.equal(
      ['2211', '2211', '....'].map((row, y) => (y < 2 ? row : '....')),
    );
  });

  it('lets several objects vote at once: the most frequent wins, without more than half', () => {
    const one = drawnRegions('aaaaaab', 'aaaaaab');
    expect(drawing(voteLabels(one, drawn('5577..3', '557993.')))).to.deep.equal(['555555.', '555555.']);
  });

  it('leaves void pixels out of the vote, and void', () => {
    expect(vote(['1v22', 'vvv2', 'vvvv'])).to.deep.equal(['1v22', 'vvv2', 'vvvv']);
    expect(vote(['.v..', '1v..', '....'])).to.deep.equal(['.v..', '.v..', '....']);
  });

  it('leaves the labels as they are where one region is the whole frame', () => {
    const one = drawnRegions('aaaa', 'aaaa', 'aaaa');
    for (const rows of [
      ['111.', '1111', '1111'],
      ['1...', '....', '....'],
      ['12v.', '....', '3333'],
    ]) {
      const labels = drawn(...rows);
      const result = voteLabels(one, labels);
      expect(drawing(result)).to.deep.equal(rows);
      expect(result.data).to.not.equal(labels.data);
    }
  });

  it('changes neither an empty mask nor a full one', () => {
    expect(vote(['....', '....', '....'])).to.deep.equal(['....', '....', '....']);
    expect(vote(['4444', '4444', '4444'])).to.deep.equal(['4444', '4444', '4444']);
  });

  it('refuses labels of another size', () => {
    expect(() => voteLabels(superpixels, drawn('11', '11')))
      .to.throw(OsvosError, 'the labels are 2×2, the superpixels 4×3')
      .with.property('exit', 3);
  });

  describe('with a clear majority', () => {
    const row = drawnRegions('aaaaaaaaaab');
    const voted = (text: string, options: VoteOptions) => drawing(voteLabels(row, drawn(text), options))[0];

    it('fills or clears where there is one, and keeps what is there elsewhere', () => {
      const options = { clearMajority: 0.7 };
      expect(voted('1111111.1..', options)).to.equal('1111111111.');
      expect(voted('1111111....', options)).to.equal('1111111....'); // 0.7 is not more than 0.7
      expect(voted('111........', options)).to.equal('111........');
      expect(voted('11........1', options)).to.equal('..........1');
      expect(voted('1111222...1', options)).to.equal('1111222...1');
    });

    it('drops what is too small a part of its object', () => {
      // a: 4 of 84 pixels of the object are less than 5 %; 5 of 85 are more
      const regions = drawnRegions('aaaaaaaaaa' + 'b'.repeat(80));
      const far = '1'.repeat(80);
      const snapped = (near: string) => drawing(voteLabels(regions, drawn(near + far), clearVote))[0];
      expect(snapped('1111......')).to.equal('..........' + far);
      expect(snapped('11111.....')).to.equal('11111.....' + far);
    });
  });

  const scene = fc
    .record({ width: fc.integer({ min: 1, max: 6 }), height: fc.integer({ min: 1, max: 6 }) })
    .chain(({ width, height }) => {
      const size = { minLength: width * height, maxLength: width * height };
      return fc.record({
        map: fc.array(fc.nat(5), size),
        labels: fc.array(fc.constantFrom(0, 0, 1, 1, 2, 254, 255), size),
        sides: fc.array(fc.constantFrom(0, 1, 7), { minLength: 6, maxLength: 6 }),
        options: fc.constantFrom<VoteOptions>({}, { clearMajority: 0.7 }, clearVote),
        size: fc.constant({ width, height }),
      });
    });

  it('changes nothing in masks that are made of whole superpixels', () => {
    fc.assert(
      fc.property(scene, ({ map, sides, options, size }) => {
        const labels = { ...size, data: Uint8Array.from(map, (region) => sides[region]) };
        // the objects of this size keep all of themselves, whatever part a superpixel is
        const result = voteLabels({ ...size, count: 6, map: Int32Array.from(map) }, labels, options);
        expect(result).to.deep.equal(labels);
      }),
    );
  });

  it('gives only labels that are there, the same again when voted again, and leaves its input alone', () => {
    fc.assert(
      fc.property(scene, ({ map, labels: values, size }) => {
        const regions = { ...size, count: 6, map: Int32Array.from(map) };
        const labels = { ...size, data: Uint8Array.from(values) };
        const once = voteLabels(regions, labels);
        for (const label of once.data) expect(values).to.include(label);
        expect(voteLabels(regions, once)).to.deep.equal(once);
        expect([...labels.data]).to.deep.equal(values);
      }),
    );
  });
});
