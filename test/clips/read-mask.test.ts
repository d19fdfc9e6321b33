import { encode } from 'fast-png';
import { expect } from 'chai';
import sharp from 'sharp';
import { encodeIndexedPng } from '../../src/clips/indexed-png.js';
import { davisPalette } from '../../src/clips/palette.js';
import { chooseObjects, fitMask, readMask, requireObjects } from '../../src/clips/read-mask.js';
import { idsOf, type LabelMap } from '../../src/label-map.js';
import { failureOf, save, temporaryFolder } from './test-pictures.js';

const SIDE = 40;

/** A square picture of `channels` values from a function of the pixel. */
function paint(channels: number, colour: (x: number, y: number) => number[], side = SIDE): Uint8Array {
  const data: number[] = [];
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) data.push(...colour(x, y));
  return encode({ width: side, height: side, channels, data: Uint8Array.from(data) });
}

const inSquare = (x: number, y: number) => x >= 10 && x < 25 && y >= 10 && y < 25;
const inSecond = (x: number, y: number) => x >= 28 && x < 38 && y >= 10 && y < 25;
const SQUARE = 15 * 15;

function count(labels: LabelMap, id: number): number {
  return labels.data.filter((label) => label === id).length;
}

describe('readMask', () => {
  const folder = temporaryFolder();
  const read = async (bytes: Uint8Array, name = 'first.png') => readMask(await save(folder.at(name), bytes));

  it('takes the indices of an indexed PNG as ids, whatever their colours', async () => {
    const data = Uint8Array.from([0, 1, 3, 0]);
    const palette = [
      [0, 0, 0],
      [9, 9, 9],
      [9, 9, 9],
      [1, 2, 3],
    ];
    const { labels, kind, notes } = await read(encode({ width: 2, height: 2, channels: 1, palette, data }));
    expect([...labels.data]).to.deep.equal([0, 1, 3, 0]);
    expect(kind).to.equal('first.png: indexed PNG, objects 1, 3');
    expect(notes).to.deep.equal([]);
  });

  it('takes an indexed PNG of 0 and 255 as one object', async () => {
    const { labels, kind } = await read(
      encodeIndexedPng({ width: 2, height: 2, data: Uint8Array.from([0, 255, 255, 0]) }),
    );
    expect([...labels.data]).to.deep.equal([0, 1, 1, 0]);
    expect(kind).to.equal('first.png: indexed PNG, object 1');
  });

  it('says when index 0 is not black', async () => {
    const palette = [
      [255, 255, 255],
      [0, 0, 0],
    ];
    const { notes } = await read(
      encode({ width: 2, height: 1, channels: 1, palette, data: Uint8Array.from([0, 1]) }),
    );
    expect(notes).to.deep.equal(['index 0 is background, though its colour is (255,255,255)']);
  });

  it('takes black and white as one object, also with one bit', async () => {
    const eight = await read(paint(1, (x, y) => [inSquare(x, y) ? 255 : 0]));
    expect([eight.kind, count(eight.labels, 1)]).to.deep.equal([
      'first.png: black and white PNG, object 1',
      SQUARE,
    ]);
    const one = await read(
      encode({ width: 8, height: 1, channels: 1, depth: 1, data: Uint8Array.from([0b01100000]) }),
    );
    expect([...one.labels.data]).to.deep.equal([0, 1, 1, 0, 0, 0, 0, 0]);
    expect(one.kind).to.equal('first.png: black and white PNG, object 1');
  });

  it('takes small grey numbers as ids and 255 beside them as void', async () => {
    const { labels, kind, notes } = await read(
      paint(1, (x, y) => [inSquare(x, y) ? 2 : inSecond(x, y) ? 7 : y === 0 ? 255 : 0]),
    );
    expect(idsOf(labels)).to.deep.equal([2, 7]);
    expect([count(labels, 2), count(labels, 255)]).to.deep.equal([SQUARE, SIDE]);
    expect(kind).to.equal('first.png: grey PNG, objects 2, 7');
    expect(notes).to.deep.equal([`255 means "ignore": ${SIDE} pixels count for nothing`]);
  });

  it('keeps a grey id that is only a line', async () => {
    const { labels } = await read(paint(1, (x, y) => [inSquare(x, y) ? 2 : y === 30 ? 1 : 0]));
    expect([count(labels, 1), count(labels, 2)]).to.deep.equal([SIDE, SQUARE]);
  });

  it('cuts a soft edge of many values at 128', async () => {
    const blob = (x: number, y: number) => {
      const distance = Math.hypot(x - 50.3, y - 50.7) - 40;
      return Math.round(255 * Math.min(Math.max(0.5 - distance / 2, 0), 1));
    };
    const { labels, kind, notes } = await read(paint(1, (x, y) => [blob(x, y)], 120));
    let bright = 0;
    for (let y = 0; y < 120; y++) for (let x = 0; x < 120; x++) if (blob(x, y) >= 128) bright++;
    expect(kind).to.equal('first.png: soft-edged grey PNG, object 1');
    expect(count(labels, 1)).to.equal(bright);
    expect(notes[0]).to.match(/^soft edge: \d+ pixels between black and white were cut at 128$/);
  });

  it('cuts a soft edge of few values too', async () => {
    const edge = (x: number, y: number) =>
      inSquare(x, y) ? 255 : inSquare(x + 1, y) ? 90 : inSquare(x - 1, y) ? 200 : 0;
    const { labels, kind } = await read(paint(1, (x, y) => [edge(x, y)]));
    expect(idsOf(labels)).to.deep.equal([1]);
    expect(count(labels, 1)).to.equal(SQUARE + 15); // the column of 200 belongs to the object, that of 90 does not
    expect(kind).to.equal('first.png: soft-edged grey PNG, object 1');
  });

  it('gives smooth edges between grey ids to the nearest id', async () => {
    const grey = (x: number, y: number) =>
      inSquare(x, y) ? 80 : inSecond(x, y) ? 160 : inSecond(x + 1, y) ? 120 : 0;
    const { labels, notes } = await read(paint(1, (x, y) => [grey(x, y)]));
    expect(idsOf(labels)).to.deep.equal([80, 160]);
    expect(count(labels, 160)).to.equal(150 + 15);
    expect(notes[0]).to.contain('smooth edges: 1 in-between colours (15 pixels)');
  });

  it('takes a JPEG as black and white with soft edges', async () => {
    const png = paint(1, (x, y) => [inSquare(x >> 2, y >> 2) ? 255 : 0], 160);
    const { labels, kind } = await read(await sharp(png).jpeg({ quality: 90 }).toBuffer(), 'first.jpg');
    expect(idsOf(labels)).to.deep.equal([1]);
    expect(count(labels, 1)).to.equal(60 * 60);
    expect(kind).to.equal('first.jpg: soft-edged grey JPEG, object 1');
  });

  it('takes three equal bands as grey', async () => {
    const { kind, notes } = await read(paint(3, (x, y) => (inSquare(x, y) ? [255, 255, 255] : [0, 0, 0])));
    expect(kind).to.equal('first.png: black and white PNG, object 1');
    expect(notes).to.deep.equal(['three equal bands, read as grey']);
  });

  it('takes DAVIS colours as their palette numbers', async () => {
    const colour = (x: number, y: number) => davisPalette[inSquare(x, y) ? 3 : inSecond(x, y) ? 1 : 0];
    const { labels, kind, notes } = await read(paint(3, (x, y) => [...colour(x, y)]));
    expect([count(labels, 3), count(labels, 1)]).to.deep.equal([SQUARE, 150]);
    expect(kind).to.equal('first.png: RGB PNG, objects 1, 3');
    expect(notes).to.deep.equal(['colours as ids: (128,0,0) is 1, (128,128,0) is 3']);
  });

  it('counts other colours as they appear', async () => {
    const colour = (x: number, y: number) =>
      inSquare(x, y) ? [0, 255, 0] : inSecond(x, y + 5) ? [255, 0, 0] : [0, 0, 0];
    const { labels, notes } = await read(paint(3, colour));
    expect([labels.data[5 * SIDE + 30], labels.data[15 * SIDE + 15]]).to.deep.equal([1, 2]);
    expect(notes).to.deep.equal(['colours as ids: (255,0,0) is 1, (0,255,0) is 2']);
  });

  it('gives colours that occur only along borders to the nearest real one', async () => {
    // two coloured squares on black, enlarged smoothly: dozens of in-between colours
    const sharpEdges = paint(3, (x, y) =>
      inSquare(x, y) ? [255, 0, 0] : inSecond(x, y) ? [0, 0, 255] : [0, 0, 0],
    );
    const smooth = await sharp(sharpEdges)
      .resize(160, 160, { kernel: 'linear' })
      .png({ palette: false })
      .toBuffer();
    const { data } = await sharp(smooth).raw().toBuffer({ resolveWithObject: true });
    const colours = new Set(
      Array.from({ length: 160 * 160 }, (_, i) => `${data[3 * i]},${data[3 * i + 1]},${data[3 * i + 2]}`),
    );
    expect(colours.size).to.be.above(5);
    const { labels, notes } = await read(smooth);
    expect(idsOf(labels)).to.deep.equal([1, 2]);
    expect(count(labels, 1)).to.be.closeTo(60 * 60, 4 * 60 * 0.6); // within about half a pixel along the border
    expect(notes[0]).to.contain('occur only along borders');
  });

  it('takes a painting on a transparent ground as the object, even a black one', async () => {
    const { labels, kind } = await read(paint(4, (x, y) => [0, 0, 0, inSquare(x, y) ? 255 : 0]));
    expect([kind, count(labels, 1)]).to.deep.equal(['first.png: alpha-channel PNG, object 1', SQUARE]);
  });

  it('takes a cut-out photograph as its alpha channel', async () => {
    const { labels, kind } = await read(
      paint(4, (x, y) => [x * 6, y * 6, (x * y) % 255, inSquare(x, y) ? 255 : 0]),
    );
    expect([kind, count(labels, 1)]).to.deep.equal(['first.png: cut-out PNG, object 1', SQUARE]);
  });

  it('takes several colours on a transparent ground as ids', async () => {
    const { labels, notes } = await read(
      paint(4, (x, y) =>
        inSquare(x, y) ? [255, 0, 0, 255] : inSecond(x, y) ? [0, 255, 0, 200] : [40, 50, 60, 10],
      ),
    );
    expect(idsOf(labels)).to.deep.equal([1, 2]);
    expect(notes).to.include('transparent pixels are background');
  });

  it('ignores an alpha channel that is opaque all over, as in grey and alpha', async () => {
    const { labels, kind } = await read(paint(2, (x, y) => [inSquare(x, y) ? 255 : 0, 255]));
    expect([kind, count(labels, 1)]).to.deep.equal(['first.png: black and white PNG, object 1', SQUARE]);
  });

  it('reads 16-bit grey: white is one object, small numbers are ids', async () => {
    const deep = (values: number[]) =>
      encode({ width: 4, height: 1, channels: 1, depth: 16, data: Uint16Array.from(values) });
    const white = await read(deep([0, 65535, 65535, 0]));
    expect([...white.labels.data]).to.deep.equal([0, 1, 1, 0]);
    expect(white.notes).to.deep.equal(['16-bit picture, read as 8 bits']);
    const ids = await read(deep([0, 1, 3, 0]));
    expect([...ids.labels.data]).to.deep.equal([0, 1, 3, 0]);
  });

  it('refuses more than 20 grey ids with their counts', async () => {
    const error = await failureOf(read(paint(1, (x, y) => [Math.floor(x / 8) * 5 + Math.floor(y / 8)])));
    expect(error).to.include({ code: 'too-many-ids', exit: 3 });
    expect(error.message)
      .to.contain('25 grey values')
      .and.to.contain('0 (64 pixels), 1 (64)')
      .and.to.contain(folder.at('first.png'));
    expect(error.message).to.contain('and 5 more').and.to.contain('indexed PNG without smoothing');
  });

  it('refuses more than 20 indices', async () => {
    const data = Uint8Array.from({ length: 22 }, (_, i) => i);
    const error = await failureOf(read(encodeIndexedPng({ width: 22, height: 1, data })));
    expect(error).to.include({ code: 'too-many-ids', exit: 3 });
    expect(error.message).to.contain('22 palette indices');
  });

  it('refuses photographs and colour masks without black', async () => {
    const photo = await failureOf(read(paint(3, (x, y) => [x * 6, y * 6, 0])));
    expect(photo).to.include({ code: 'too-many-ids' });
    expect(photo.message).to.contain('1600 different colours');
    const white = await failureOf(read(paint(3, (x, y) => (inSquare(x, y) ? [255, 0, 0] : [255, 255, 255]))));
    expect(white).to.include({ code: 'mask-unreadable', exit: 3 });
    expect(white.message).to.contain(
      `no black background: (255,255,255) (${SIDE * SIDE - SQUARE} pixels), (255,0,0) (${SQUARE})`,
    );
  });

  it('names a mask that is missing, damaged or no picture', async () => {
    expect(await failureOf(readMask(folder.at('gone.png')))).to.include({
      code: 'mask-unreadable',
      exit: 3,
      where: folder.at('gone.png'),
    });
    const whole = paint(1, (x, y) => [(x * y) % 2]);
    expect((await failureOf(read(whole.subarray(0, whole.length - 40)))).message).to.contain(
      'damaged or no picture',
    );
    expect((await failureOf(read(Buffer.from('text')))).message).to.contain('save it again as PNG');
  });

  it('reads masks from odd paths', async () => {
    const file = folder.at('Ö 视频', 'erste Maske.png');
    await save(
      file,
      paint(1, (x, y) => [inSquare(x, y) ? 255 : 0]),
    );
    expect((await readMask(file)).kind).to.equal('erste Maske.png: black and white PNG, object 1');
  });
});

describe('requireObjects', () => {
  it('refuses masks without an object, also those that only have void', async () => {
    const blank = { width: 2, height: 1, data: Uint8Array.from([0, 0]) };
    const error = await failureOf(() => requireObjects(blank, 'first.png'));
    expect(error).to.include({ code: 'mask-empty', exit: 3, where: 'first.png' });
    const ignored = { width: 2, height: 1, data: Uint8Array.from([0, 255]) };
    expect((await failureOf(() => requireObjects(ignored, 'first.png'))).message).to.contain('only 255');
  });
});

describe('fitMask', () => {
  const labels = { width: 2, height: 2, data: Uint8Array.from([1, 0, 0, 2]) };

  it('names both sizes, the mask and the frame', async () => {
    const error = await failureOf(() =>
      fitMask(labels, { width: 4, height: 4 }, { fit: false }, 'first.png', '00000'),
    );
    expect(error).to.include({ code: 'mask-size', exit: 3 });
    expect(error.message)
      .to.contain('the mask is 2×2, its frame 4×4: first.png, frame 00000')
      .and.to.contain('--fit-mask');
  });

  it('rescales the same aspect to the nearest pixel, in both directions', () => {
    const larger = fitMask(labels, { width: 4, height: 4 }, { fit: true }, 'first.png', '00000');
    expect([...larger.data]).to.deep.equal([1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 2, 2, 0, 0, 2, 2]);
    expect(fitMask(larger, labels, { fit: true }, 'first.png', '00000')).to.deep.equal(labels);
  });

  it('takes 1920×1080 and 854×480 as the same aspect, and refuses 640×480', async () => {
    const blank = (width: number, height: number) => ({
      width,
      height,
      data: new Uint8Array(width * height),
    });
    const frame = { width: 854, height: 480 };
    expect(fitMask(blank(1920, 1080), frame, { fit: true }, 'm.png', '0')).to.include(frame);
    const error = await failureOf(() => fitMask(blank(640, 480), frame, { fit: true }, 'm.png', '0'));
    expect(error.message)
      .to.contain('the mask is 640×480, its frame 854×480')
      .and.to.contain('make it at 854×480');
  });
});

describe('chooseObjects', () => {
  const labels = { width: 4, height: 1, data: Uint8Array.from([0, 1, 3, 255]) };

  it('keeps the ids asked for and void', () => {
    expect([...chooseObjects(labels, [3]).data]).to.deep.equal([0, 0, 3, 255]);
  });

  it('refuses ids that are not there', async () => {
    expect((await failureOf(() => chooseObjects(labels, [2, 3]))).message)
      .to.contain('no object 2')
      .and.to.contain('objects 1, 3');
  });
});
