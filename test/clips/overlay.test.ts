import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import sharp from 'sharp';
import { drawOverlay, writeOverlay } from '../../src/clips/overlay.js';
import { temporaryFolder } from './test-pictures.js';

/** 7×7 of grey 100 with a 5×5 object in the middle. */
const frame = { index: 0, name: '0', width: 7, height: 7, rgb: new Uint8Array(7 * 7 * 3).fill(100) };
function square(id: number) {
  const data = Uint8Array.from({ length: 49 }, (_, i) => {
    const [x, y] = [i % 7, Math.floor(i / 7)];
    return x >= 1 && x <= 5 && y >= 1 && y <= 5 ? id : 0;
  });
  return { width: 7, height: 7, data };
}
const at = (rgb: Uint8Array, x: number, y: number) => [...rgb.subarray(3 * (7 * y + x), 3 * (7 * y + x) + 3)];

describe('drawOverlay', () => {
  it('mixes the palette colour at half and draws a bright contour', () => {
    const rgb = drawOverlay(frame, square(1));
    expect(at(rgb, 3, 3)).to.deep.equal([114, 50, 50]); // half of 100 and half of (128, 0, 0)
    expect(at(rgb, 1, 3)).to.deep.equal([255, 0, 0]);
    expect(at(rgb, 0, 3)).to.deep.equal([100, 100, 100]);
  });

  it('leaves void and the frame itself alone', () => {
    expect(drawOverlay(frame, square(255))).to.deep.equal(frame.rgb);
    expect([...new Set(frame.rgb)]).to.deep.equal([100]);
  });

  it('draws a contour between two objects, and none along the edge of the frame', () => {
    const halves = {
      width: 7,
      height: 7,
      data: Uint8Array.from({ length: 49 }, (_, i) => (i % 7 < 3 ? 1 : 2)),
    };
    const rgb = drawOverlay(frame, halves);
    expect([at(rgb, 2, 3), at(rgb, 3, 3)]).to.deep.equal([
      [255, 0, 0],
      [0, 255, 0],
    ]);
    expect([at(rgb, 0, 0), at(rgb, 6, 6)]).to.deep.equal([
      [114, 50, 50],
      [50, 114, 50],
    ]);
  });
});

describe('writeOverlay', () => {
  const folder = temporaryFolder();

  it('writes a JPEG of the frame’s size', async () => {
    await writeOverlay(folder.at('overlays', '0.jpg'), frame, square(2));
    const { format, width, height } = await sharp(await readFile(folder.at('overlays', '0.jpg'))).metadata();
    expect([format, width, height]).to.deep.equal(['jpeg', 7, 7]);
  });
});
