/** Numbers of cells as heat over a darkened picture. */
import { heatColour, heatColours } from '../heat-colours.js';
import type { SheetGrid, SheetPicture } from './content.js';

/** What is left of the picture's light under the heat, and of its colours. */
const LIGHT = 0.8;
const COLOURS = 0.25;
/**
 * How much the heat hides of the picture: where there is little, and at the most. It rises only from where the colours
 * are no longer darker than the picture: else a little heat would look like less than none.
 */
const COVER = [0.4, 0.9] as const;
const RISES_FROM = 0.3;

/**
 * Where on the scale a share of the largest weight stands. The root: weights of a few hundredths of the largest are
 * many and count together, and would all look like none.
 */
export function onScale(share: number): number {
  return Math.sqrt(Math.max(0, share));
}

/**
 * @param values of each cell, row by row, 0–1
 * @returns `[height, width, 3]`
 */
export function drawHeat(picture: SheetPicture, grid: SheetGrid, values: ArrayLike<number>): Uint8Array {
  const { width, height } = picture;
  const drawn = darken(picture);
  const columns = cellsAlong(width, grid.x, grid.width, grid.columns);
  const rows = cellsAlong(height, grid.y, grid.height, grid.rows);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 3) {
      const value = values[rows[y] * grid.columns + columns[x]];
      const colour = heatColour(value);
      const rise = Math.max(0, (value - RISES_FROM) / (1 - RISES_FROM));
      const cover = COVER[0] + rise * (COVER[1] - COVER[0]);
      for (let c = 0; c < 3; c++) drawn[i + c] = (1 - cover) * drawn[i + c] + cover * colour[c];
    }
  }
  return drawn;
}

/** The picture with less light and colour, so that what is drawn over it stands out. */
export function darken({ rgb }: SheetPicture): Uint8Array {
  const drawn = new Uint8Array(rgb.length);
  for (let i = 0; i < rgb.length; i += 3) {
    const grey = 0.299 * rgb[i] + 0.587 * rgb[i + 1] + 0.114 * rgb[i + 2];
    for (let c = 0; c < 3; c++) drawn[i + c] = LIGHT * (grey + COLOURS * (rgb[i + c] - grey));
  }
  return drawn;
}

/** All colours from left to right, `[height, width, 3]`. */
export function drawColours(width: number, height: number): Uint8Array {
  const drawn = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) {
    drawn.set(heatColours[Math.floor(((i % width) / width) * heatColours.length)], 3 * i);
  }
  return drawn;
}

/** The cell's row or column for each pixel along a side. */
function cellsAlong(pixels: number, start: number, length: number, cells: number): Int32Array {
  return Int32Array.from({ length: pixels }, (_, i) => {
    const cell = Math.floor((((i + 0.5) / pixels - start) / length) * cells);
    return Math.min(cells - 1, Math.max(0, cell));
  });
}
