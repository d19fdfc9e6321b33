/** A sheet that shows how the memory was read for some cells of a frame. */
import sharp from 'sharp';
import type { MemorySheet, SheetFrame, SheetKernel, SheetPicture } from './content.js';
import { darken, drawColours, drawHeat, onScale } from './heat.js';
import {
  captionHeight,
  drawCaption,
  drawCells,
  drawCross,
  drawSwatch,
  drawText,
  drawTicks,
  percent,
  svg,
  wrapped,
  type Place,
} from './marks.js';
import { drawMatches, matchLegend } from './matches.js';

/** Pictures in a row; the sheet's first one is the segmented frame. */
const COLUMNS = 4;
/** Frames of the memory that are shown, those with the largest shares: two full rows. */
const MOST_FRAMES = 2 * COLUMNS - 1;

/** Pixels. */
const WIDTH = 1600;
const MARGIN = 16;
const GAP = 12;
const LINE = 20;
const LEGEND_SIZE = 14;
const TITLE_SIZE = 17;
const TITLE_LINE = 24;
const TITLE_GAP = 14;
const SCALE = 14;

/** Most that a picture of a sheet may measure. */
export const largestPicture = {
  width: (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS,
  height: 292,
} as const;

/** What a sheet is made of: pictures and what is drawn over them. */
interface Canvas {
  width: number;
  /** Where the next part begins. */
  top: number;
  pictures: { place: Place; rgb: Uint8Array }[];
  marks: string[];
}

/** @returns a PNG, at most 1600 pixels wide */
export async function drawMemorySheet(sheet: MemorySheet): Promise<Uint8Array> {
  const { picture, frames, kernel } = sheet;
  const columns = Math.min(COLUMNS, 1 + frames.length);
  const width = 2 * MARGIN + columns * picture.width + (columns - 1) * GAP;
  const canvas: Canvas = { width, top: 0, pictures: [], marks: [] };
  drawWeights(canvas, sheet, columns);
  if (kernel) drawKernel(canvas, sheet, kernel, columns);
  const height = canvas.top + MARGIN;
  const layers = canvas.pictures.map(({ place: { left, top, ...size }, rgb }) => ({
    ...{ input: Buffer.from(rgb.map(rounded)), left, top },
    raw: { ...size, channels: 3 as const },
  }));
  const marks = { input: Buffer.from(svg(width, height, canvas.marks)), left: 0, top: 0 };
  return sharp({ create: { width, height, channels: 3, background: 'white' } })
    .composite([...layers, marks])
    .png({ compressionLevel: 6 })
    .toBuffer();
}

/** The segmented frame and the frames of the memory with their weights. */
function drawWeights(canvas: Canvas, sheet: MemorySheet, columns: number): void {
  const { picture, frames, grid, cells } = sheet;
  const shown = largestShares(frames, MOST_FRAMES);
  const largest = Math.max(...shown.map(({ weights }) => Math.max(...weights)));
  title(canvas, sheet.title);
  const { pictures, marks, top } = canvas;
  const query = placeOf(picture, top, 0, columns);
  pictures.push({ place: query, rgb: picture.rgb });
  marks.push(drawCells(query, grid, cells), drawCaption(query, { name: sheet.name, note: 'is segmented' }));
  shown.forEach((frame, k) => {
    const place = placeOf(picture, top, k + 1, columns);
    const values = frame.weights.map((weight) => onScale(weight / largest));
    pictures.push({ place, rgb: drawHeat(frame.picture ?? blank(picture), grid, values) });
    marks.push(drawCaption(place, { ...frame, note: frame.annotated ? 'mask given' : undefined }));
  });
  const rows = Math.ceil((1 + shown.length) / columns);
  canvas.top += rows * (picture.height + captionHeight(picture.width));
  const scale = { left: MARGIN, top: canvas.top + 6, width: picture.width, height: SCALE };
  pictures.push({ place: scale, rgb: drawColours(scale.width, scale.height) });
  marks.push(drawTicks(scale, largest));
  const left = MARGIN + picture.width + GAP;
  const rest = frames.filter((frame) => !shown.includes(frame));
  legend(canvas, left, [
    { text: 'Weight of each cell of the memory, mean over the outlined cells.' },
    { text: ['The bars: share of each frame.', describeRest(rest)].join(' ') },
  ]);
}

/** Where the kernel of the best cell stands, and what other cells of the memory match. */
function drawKernel(canvas: Canvas, sheet: MemorySheet, kernel: SheetKernel, columns: number): void {
  const { picture, grid, cells, frames } = sheet;
  const { sigma, gaussian, centre, best, found } = kernel;
  title(canvas, `Kernel, σ = ${sigma.toFixed(1)} cells`);
  const { pictures, marks, top } = canvas;
  const first = placeOf(picture, top, 0, columns);
  pictures.push({ place: first, rgb: drawHeat(picture, grid, gaussian) });
  marks.push(drawCells(first, grid, cells), drawCross(first, grid, centre));
  const origin = frames[best.frame];
  marks.push(drawCaption(first, { name: sheet.name, note: `kernel of × in ${origin.name}` }));
  const most = Math.max(...frames.map(({ plain = [] }) => Math.max(...plain)));
  largestShares(frames, columns - 1, origin).forEach((frame, k) => {
    const place = placeOf(picture, top, k + 1, columns);
    const own = found.filter((match) => frames[match.frame] === frame).map(({ cell }) => cell);
    pictures.push({ place, rgb: darken(frame.picture ?? blank(picture)) });
    marks.push(drawMatches(place, grid, frame, own, most));
    if (frame === origin) marks.push(drawCross(place, grid, best.cell));
    const note = `${own.length} of ${cells.length} match here`;
    marks.push(drawCaption(place, { name: frame.name, note }));
  });
  canvas.top += picture.height + captionHeight(picture.width);
  legend(canvas, MARGIN, matchLegend);
}

function title(canvas: Canvas, text: string): void {
  for (const line of wrapped(text, canvas.width - 2 * MARGIN, TITLE_SIZE, 'bold')) {
    canvas.marks.push(drawText(MARGIN, canvas.top + 26, line, { size: TITLE_SIZE, bold: true }));
    canvas.top += TITLE_LINE;
  }
  canvas.top += TITLE_GAP;
}

/** Lines of explanation, with the colour that they are about; those too long for the sheet are broken. */
function legend(canvas: Canvas, left: number, entries: readonly { text: string; colour?: string }[]): void {
  for (const { text, colour } of entries) {
    const start = colour === undefined ? left : left + 20;
    wrapped(text, canvas.width - MARGIN - start, LEGEND_SIZE).forEach((line, i) => {
      const y = canvas.top + 17;
      if (colour !== undefined && i === 0) canvas.marks.push(drawSwatch(left, y, colour));
      canvas.marks.push(drawText(start, y, line, { size: LEGEND_SIZE }));
      canvas.top += LINE;
    });
  }
  canvas.top += 6;
}

function placeOf({ width, height }: SheetPicture, top: number, k: number, columns: number): Place {
  const [row, column] = [Math.floor(k / columns), k % columns];
  return {
    left: MARGIN + column * (width + GAP),
    top: top + row * (height + captionHeight(width)),
    width,
    height,
  };
}

/** Those with the largest shares, and one that must not be missing, in their own order. */
function largestShares(frames: readonly SheetFrame[], count: number, always?: SheetFrame): SheetFrame[] {
  const rank = (frame: SheetFrame) => (frame === always ? Infinity : frame.share);
  const chosen = new Set([...frames].sort((a, b) => rank(b) - rank(a)).slice(0, count));
  return frames.filter((frame) => chosen.has(frame));
}

function describeRest(frames: readonly SheetFrame[]): string {
  if (frames.length === 0) return '';
  const share = frames.reduce((sum, frame) => sum + frame.share, 0);
  return `${frames.length} others: ${percent(share)}.`;
}

/** Colours on which pictures are rounded: a third of the bytes, and no eye sees it. */
const ROUNDING = 6;

function rounded(value: number): number {
  return Math.min(255, ROUNDING * Math.round(value / ROUNDING));
}

/** In the place of a frame that cannot be shown. */
function blank({ width, height }: SheetPicture): SheetPicture {
  return { width, height, rgb: new Uint8Array(3 * width * height).fill(90) };
}
