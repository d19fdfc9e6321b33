import { expect } from 'chai';
import { agreeOnColours, type ColouredMask } from '../../src/clips/agree-on-colours.js';
import { labelColours } from '../../src/clips/colour-mask.js';
import { davisPalette, packColour } from '../../src/clips/palette.js';

const red = packColour(255, 0, 0);
const green = packColour(0, 255, 0);
const blue = packColour(0, 0, 255);

/** Stripes of colours, each 4 pixels wide, on black: what one mask alone makes of them. */
function painted(...colours: number[]): ColouredMask {
  const row = [0, ...colours].flatMap((colour) => [colour, colour, colour, colour]);
  const width = row.length;
  const found = labelColours(
    Uint32Array.from({ length: 4 * width }, (_, i) => row[i % width]),
    width,
    4,
  );
  if ('refused' in found) throw new Error(found.refused);
  return { labels: { width, height: 4, data: found.data }, colours: found.colours };
}

/** Id of each stripe but the ground. */
function ids(mask: ColouredMask): number[] {
  return Array.from({ length: mask.labels.width / 4 - 1 }, (_, k) => mask.labels.data[4 * k + 4]);
}

describe('agreeing on colours', () => {
  it('gives a colour the id that it has in the masks before', () => {
    const { masks, notes } = agreeOnColours([painted(red, green), painted(green), painted(blue, red)]);
    expect(masks.map(ids)).to.deep.equal([[1, 2], [2], [3, 1]]);
    expect(notes).to.deep.equal([
      undefined,
      'colours as in the other masks: (0,255,0) is 2',
      'colours as in the other masks: (0,0,255) is 3, (255,0,0) is 1',
    ]);
  });

  it('leaves ids as they are where a colour only says "object"', () => {
    const { masks, notes } = agreeOnColours([painted(red), painted(blue)]);
    expect(masks.map(ids)).to.deep.equal([[1], [1]]);
    expect(notes).to.deep.equal([undefined, undefined]);
  });

  it('keeps numbers of the DAVIS palette', () => {
    const [two, five] = [2, 5].map((id) => packColour(...davisPalette[id]));
    const { masks } = agreeOnColours([painted(two, five), painted(five)]);
    expect(masks.map(ids)).to.deep.equal([[2, 5], [5]]);
  });

  it('does not touch masks whose ids stand in the file', () => {
    const indexed = { labels: { width: 2, height: 1, data: Uint8Array.of(1, 7) } };
    const { masks } = agreeOnColours<ColouredMask>([indexed, painted(red, green), painted(green)]);
    expect([...masks[0].labels.data]).to.deep.equal([1, 7]);
    expect(masks.slice(1).map(ids)).to.deep.equal([[1, 2], [2]]);
  });
});
