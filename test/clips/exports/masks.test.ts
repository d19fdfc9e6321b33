import { mkdir, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { encode } from 'fast-png';
import { binaryMask } from '../../../src/clips/exports/binary-mask.js';
import { cutOut, encodeCutOut, faultOfCutOut } from '../../../src/clips/exports/cut-out.js';
import { describeFrames } from '../../../src/clips/exports/describe-frames.js';
import { chooseIds, idsOfAll, listMasks, scanMasks } from '../../../src/clips/exports/mask-folder.js';
import { labelsWith, writeGreyMask } from '../../jobs/small-clip.js';
import { failureOf, temporaryFolder } from '../test-pictures.js';

describe('folders of masks', () => {
  const folder = temporaryFolder();

  it('are of one clip, or of sequences; other files and folders are passed over', async () => {
    for (const file of ['a/b10.png', 'a/b9.png', 'c/1.png'])
      await writeGreyMask(folder.at('set', file), [[1, 0, 0, 3, 3]]);
    await mkdir(folder.at('set', 'overlays', 'a'), { recursive: true });
    await writeFile(folder.at('set', 'run.json'), '{}');
    await writeFile(folder.at('set', 'preview-a.jpg'), '');
    const listing = await listMasks(folder.at('set'));
    expect(listing.flat).to.equal(false);
    expect(listing.sequences.map(({ name, frames }) => [name, frames])).to.deep.equal([
      ['a', ['b9', 'b10']],
      ['c', ['1']],
    ]);
    const flat = await listMasks(folder.at('set', 'a'));
    expect([flat.flat, flat.sequences[0].name]).to.deep.equal([true, 'a']);
  });

  it('without a mask are refused', async () => {
    const error = await failureOf(listMasks(folder.path));
    expect(error).to.include({ code: 'results-incomplete', where: folder.path });
    expect(await failureOf(listMasks(folder.at('nowhere')))).to.include({ code: 'results-incomplete' });
  });

  it('in colours have one id for each colour, in all frames', async () => {
    const colours = [
      [0, 0, 0],
      [10, 200, 30],
      [250, 20, 130],
    ];
    const save = async (name: string, labels: Uint8Array) => {
      const data = Uint8Array.from([...labels].flatMap((label) => colours[label]));
      await writeFile(folder.at(name), encode({ width: 48, height: 32, data, channels: 3, depth: 8 }));
    };
    await save('0.png', labelsWith([[1, 0, 0, 5, 5], [2, 20, 20, 5, 5]])); // prettier-ignore
    await save('1.png', labelsWith([[2, 10, 10, 5, 5]]));
    const [listed] = (await listMasks(folder.path)).sequences;
    const masks = await scanMasks(listed, listed.frames);
    expect(masks.map(({ ids }) => ids)).to.deep.equal([[1, 2], [2]]);
    expect((await masks[1].read()).data).to.deep.equal(labelsWith([[2, 10, 10, 5, 5]]));
    expect(idsOfAll(masks)).to.deep.equal([1, 2]);
    expect(chooseIds(masks, [2], 'here')).to.deep.equal([2]);
    expect(() => chooseIds(masks, [4], 'here'))
      .to.throw('no mask has object 4: --object, here: objects that are there: 1, 2')
      .with.property('exit', 2);
  });

  it('are named in messages by runs of frames', () => {
    const all = ['0', '1', '2', '3', '4', '5', '6'];
    expect(describeFrames(['0', '2', '3', '4', '6'], all)).to.equal('0, 2 … 4, 6');
    expect(describeFrames(['1', '2'], all)).to.equal('1, 2');
    expect(describeFrames(all, all)).to.equal('all 7');
  });
});

describe('a black and white mask', () => {
  const one = { width: 7, height: 7, data: labelsWith([[5, 3, 3, 1, 1]], 7, 7) };
  const rows = (data: Uint8Array) =>
    Array.from({ length: 7 }, (_, y) =>
      [...data.subarray(7 * y, 7 * y + 7)].map((v) => (v === 255 ? '#' : v === 0 ? '.' : '?')).join(''),
    );

  it('has one object, as it is', () => {
    const labels = { width: 7, height: 7, data: labelsWith([[5, 0, 0, 2, 1], [6, 4, 4, 1, 1], [255, 6, 6, 1, 1]], 7, 7) }; // prettier-ignore
    expect(rows(binaryMask(labels, 5, 0))).to.deep.equal(['##.....', ...Array<string>(6).fill('.......')]);
    expect(rows(binaryMask(labels, 9, 3))).to.deep.equal(Array<string>(7).fill('.......'));
  });

  it('grows by a disk, not by a square', () => {
    expect(rows(binaryMask(one, 5, 2))).to.deep.equal([
      '.......',
      '...#...',
      '..###..',
      '.#####.',
      '..###..',
      '...#...',
      '.......',
    ]);
    expect(rows(binaryMask(one, 5, 3)).join('\n')).to.equal(
      // (1, 1) is at √8 < 3 from the middle, (0, 1) at √13 > 3
      ['...#...', '.#####.', '.#####.', '#######', '.#####.', '.#####.', '...#...'].join('\n'),
    );
  });

  it('grows as the definition says, whatever its shape', () => {
    const masks = fc.tuple(
      fc.uint8Array({ min: 0, max: 1, minLength: 63, maxLength: 63 }),
      fc.integer({ min: 0, max: 6 }),
    );
    fc.assert(
      fc.property(masks, ([data, radius]) => {
        const grown = binaryMask({ width: 9, height: 7, data }, 1, radius);
        return [...grown].every((value, i) => {
          const near = [...data].some(
            (label, k) =>
              label === 1 &&
              ((i % 9) - (k % 9)) ** 2 + (Math.floor(i / 9) - Math.floor(k / 9)) ** 2 <= radius ** 2,
          );
          return value === (near ? 255 : 0);
        });
      }),
    );
  });
});

describe('a cut-out', () => {
  const rgb = Uint8Array.from({ length: 4 * 2 * 3 }, (_, i) => (i * 37) % 256);
  const frame = { width: 4, height: 2, rgb };
  const labels = { width: 4, height: 2, data: Uint8Array.of(1, 0, 2, 255, 0, 1, 0, 0) };

  it('has the frame’s colours where an object is, and nothing elsewhere', () => {
    const { rgba, opaque } = cutOut(frame, labels, [1], false);
    expect(opaque).to.equal(2);
    for (let i = 0; i < 8; i++) {
      const inside = i === 0 || i === 5;
      const wanted = inside ? [...rgb.subarray(3 * i, 3 * i + 3), 255] : [0, 0, 0, 0];
      expect([...rgba.subarray(4 * i, 4 * i + 4)], `pixel ${i}`).to.deep.equal(wanted);
    }
    const kept = cutOut(frame, labels, [1], true).rgba;
    expect([...kept.subarray(4, 8)]).to.deep.equal([...rgb.subarray(3, 6), 0]);
  });

  it('is looked at again: a lost alpha, a changed colour, a missing pixel', async () => {
    const cut = cutOut(frame, labels, [1, 2], false);
    const png = await encodeCutOut(cut);
    expect(faultOfCutOut(png, frame, cut.opaque)).to.equal(undefined);
    expect(faultOfCutOut(png, frame, 4)).to.equal('3 opaque pixels instead of 4');
    expect(faultOfCutOut(png, { rgb: rgb.map((v) => v ^ 1) }, 3)).to.equal('a colour has changed');
    const flat = encode({ width: 4, height: 2, data: rgb, channels: 3, depth: 8 });
    expect(faultOfCutOut(flat, frame, 3)).to.equal('it has 3 channels of 8 bits');
    const half = cut.rgba.map((v, i) => (i % 4 === 3 && v === 255 ? 128 : v));
    expect(faultOfCutOut(await encodeCutOut({ ...cut, rgba: half }), frame, 3)).to.equal('an alpha of 128');
  });
});
