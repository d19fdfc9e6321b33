import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import sharp from 'sharp';
import type { MemorySheet, SheetFrame, SheetPicture } from '../../src/report/memory-sheet/content.js';
import { drawHeat } from '../../src/report/memory-sheet/heat.js';
import { canDrawText } from '../../src/report/memory-sheet/fonts.js';
import { percent, wrapped } from '../../src/report/memory-sheet/marks.js';
import { drawMemorySheet, largestPicture } from '../../src/report/memory-sheet/memory-sheet.js';

const [ROWS, COLUMNS] = [3, 4];
const grid = { rows: ROWS, columns: COLUMNS, x: 0, y: 0, width: 1, height: 1 };

function grey({ width, height } = { width: 80, height: 60 }, value = 128): SheetPicture {
  return { width, height, rgb: new Uint8Array(3 * width * height).fill(value) };
}

/** A frame of which one cell has all the weight. */
function frame(name: string, share: number, cell = 0, picture = grey()): SheetFrame {
  const weights = new Float32Array(ROWS * COLUMNS);
  weights[cell] = share;
  return { name, annotated: name === '0', picture, weights, share };
}

function sheetOf(frames: SheetFrame[], picture = grey()): MemorySheet {
  return { title: 'Frame & <cells>', name: 'query', picture, grid, cells: [5], frames };
}

async function pixelsOf(png: Uint8Array) {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, at: (x: number, y: number) => data.subarray(3 * (y * info.width + x), 3 * (y * info.width + x) + 3) }; // prettier-ignore
}

describe('heat over a picture', () => {
  const brightness = (rgb: Uint8Array, x: number, y: number) => {
    const [r, g, b] = rgb.subarray(3 * (y * 80 + x));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };

  it('lies on the cells, the brighter the larger their numbers are', () => {
    const values = Array.from({ length: ROWS * COLUMNS }, (_, cell) => cell / (ROWS * COLUMNS - 1));
    const drawn = drawHeat(grey(undefined, 200), grid, values);
    let last = -1;
    for (let row = 0; row < ROWS; row++) {
      for (let column = 0; column < COLUMNS; column++) {
        const corners = [
          [20 * column, 20 * row],
          [20 * column + 19, 20 * row + 19],
        ].map(([x, y]) => brightness(drawn, x, y));
        expect(corners[0]).to.equal(corners[1]);
        expect(corners[0]).to.be.above(last);
        last = corners[0];
      }
    }
  });

  it('follows a grid that stands out of the picture', () => {
    // half a cell beyond on each side: the picture shows the halves of the outer cells
    const wide = { ...grid, x: -0.5 / 3, y: -0.5 / 2, width: 4 / 3, height: 3 / 2 };
    const values = new Float32Array(ROWS * COLUMNS);
    values[0] = 1;
    const drawn = drawHeat(grey(), wide, values);
    const hot = (x: number, y: number) => brightness(drawn, x, y) > 150;
    expect([hot(0, 0), hot(12, 14), hot(15, 0), hot(0, 16)]).to.deep.equal([true, true, false, false]);
  });
});

describe('report/memory-sheet', () => {
  it('is a PNG of at most 1600 pixels across, however many frames there are', async () => {
    const picture = grey({ width: largestPicture.width, height: 216 });
    for (const count of [1, 3, 12]) {
      const frames = Array.from({ length: count }, (_, i) => frame(String(i), 1 / count, i % 12, picture));
      const png = await drawMemorySheet(sheetOf(frames, picture));
      const { width, height, format } = await sharp(png).metadata();
      expect(format).to.equal('png');
      expect(width).to.equal(Math.min(4, 1 + count) * (largestPicture.width + 12) + 20);
      expect(width).to.be.at.most(1600);
      expect(height).to.be.within(216, 900);
    }
  });

  it('shows the frames with the largest shares, in their own order', async () => {
    // frames 3 and 8 are the least; each frame has a grey of its own
    const shares = [9, 8, 7, 1, 6, 5, 4, 3, 0.5].map((share) => share / 43.5);
    const frames = shares.map((share, i) => ({
      ...frame(String(i), share, 0, grey(undefined, 60 + 20 * i)),
      weights: new Float32Array(ROWS * COLUMNS).fill(share / 1e6),
    }));
    frames[0].weights[0] = 1;
    const { at } = await pixelsOf(await drawMemorySheet(sheetOf(frames)));
    // the lower right corner of each picture of two rows, but for the query's; captions of two lines below 80 pixels
    const corners = Array.from({ length: 7 }, (_, k) => {
      const [row, column] = [Math.floor((k + 1) / 4), (k + 1) % 4];
      return at(16 + column * 92 + 70, 38 + row * 116 + 50)[1];
    });
    expect(corners).to.deep.equal([...corners].sort((a, b) => a - b));
    // 0, 1, 2 are steps of one grey, between 2 and 4 there are two
    const steps = corners.slice(1).map((value, i) => value - corners[i]);
    expect(steps.indexOf(Math.max(...steps))).to.equal(2);
  });

  it('outlines the cells that are asked about', async () => {
    const { at } = await pixelsOf(await drawMemorySheet(sheetOf([frame('0', 1)])));
    // cell 5 of the query: from 20, 20 to 40, 40
    const bright = (x: number, y: number) => at(16 + x, 38 + y)[2] > 200;
    expect([bright(20, 30), bright(40, 30), bright(30, 20), bright(30, 40)]).to.deep.equal([
      true,
      true,
      true,
      true,
    ]);
    expect([bright(30, 30), bright(60, 30), bright(10, 10)]).to.deep.equal([false, false, false]);
  });

  it('draws the kernel, and arrows from strong cells to what they match, kept and lost ones', async () => {
    const cells = ROWS * COLUMNS;
    const [plain, weights, matches] = [
      new Float32Array(cells),
      new Float32Array(cells),
      new Int32Array(cells),
    ];
    // cell 4 points two cells to the right and keeps its weight; 8 points as far and loses it
    plain.set([0.5, 0, 0, 0, 0.5], 4);
    weights[4] = 1;
    matches[4] = 6;
    matches[8] = 10;
    const own: SheetFrame = { ...frame('0', 1), weights, plain, matches };
    const gaussian = Float32Array.from({ length: cells }, (_, cell) => (cell === 6 ? 1 : 0));
    const kernel = {
      sigma: 2,
      found: [{ frame: 0, cell: 3 }],
      best: { frame: 0, cell: 1 },
      centre: 0,
      gaussian,
    };
    const bare = await sharp(await drawMemorySheet(sheetOf([own]))).metadata();
    const { at, height } = await pixelsOf(await drawMemorySheet({ ...sheetOf([own]), kernel }));
    expect(height).to.be.above(bare.height + 60);
    // the kernel's row begins where the sheet without it ends, but for its margin; its title takes two lines
    const top = bare.height - 16 + 62;
    const green = ([r, g, b]: Uint8Array) => g > r + 60 && g > b + 60;
    const orange = ([r, g, b]: Uint8Array) => r > g + 60 && g > b;
    expect(green(at(16 + 92 + 35, top + 30)), 'kept').to.equal(true);
    expect(orange(at(16 + 92 + 35, top + 50)), 'lost').to.equal(true);
    // heat on cell 6 of the query
    expect(at(16 + 50, top + 34)[0]).to.be.above(200);
  });

  it('draws frames without pictures, names with signs of SVG, and portraits', async () => {
    const blank = { ...frame('<&">', 1), picture: undefined };
    const { width } = await sharp(await drawMemorySheet(sheetOf([blank]))).metadata();
    expect(width).to.equal(2 * 80 + 12 + 32);
    const portrait = grey({ width: 240, height: 426 });
    const { height } = await sharp(
      await drawMemorySheet(sheetOf([frame('0', 1, 0, portrait)], portrait)),
    ).metadata();
    expect(height).to.be.above(426);
  });

  it('writes shares with as many digits as they need, and breaks long lines', () => {
    expect([0, 0.00042, 0.0042, 0.042, 0.42, 1].map(percent)).to.deep.equal([
      '0 %',
      '0.04 %',
      '0.4 %',
      '4.2 %',
      '42 %',
      '100 %',
    ]);
    const lines = wrapped('one two three four', 100, 20);
    expect(lines.join(' ')).to.equal('one two three four');
    expect(lines.length).to.be.above(1);
    expect(wrapped('indivisible', 10, 20)).to.deep.equal(['indivisible']);
  });

  it('knows where there is no font', async function () {
    if (!(await canDrawText())) this.skip(); // then there is none here either
    const folder = await mkdtemp(path.join(tmpdir(), 'osvos-fonts-'));
    const config = path.join(folder, 'fonts.conf');
    await writeFile(
      config,
      `<fontconfig><dir>${folder}</dir><cachedir>${folder}/cache</cachedir></fontconfig>`,
    );
    const module = new URL('../../src/report/memory-sheet/fonts.ts', import.meta.url).href;
    const script = `console.log(await (await import('${module}')).canDrawText())`;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env: { ...process.env, FONTCONFIG_FILE: config },
    });
    await rm(folder, { recursive: true });
    expect(stdout.trim()).to.equal('false');
  });
});
