/** Lines and words of a sheet, as SVG. */
import type { SheetGrid } from './content.js';
import { onScale } from './heat.js';

/** A rectangle of the sheet, pixels. */
export interface Place {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface TextStyle {
  size?: number;
  bold?: boolean;
  colour?: string;
  anchor?: 'start' | 'middle' | 'end';
}

const TEXT_SIZE = 15;
const FONT = 'DejaVu Sans, Verdana, Helvetica, Arial, sans-serif';
const BAR = '#3b6ea5';
const FAINT = '#666';
/** Of marks over pictures, with a dark rim. */
export const MARK = '#4df3ff';

export function svg(width: number, height: number, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${parts.join('')}</svg>`;
}

/** @param y of the base line */
export function drawText(x: number, y: number, text: string, style: TextStyle = {}): string {
  const { size = TEXT_SIZE, bold = false, colour = '#111', anchor = 'start' } = style;
  const weight = bold ? ' font-weight="bold"' : '';
  return `<text x="${x}" y="${y}" font-family="${FONT}" font-size="${size}"${weight} fill="${colour}" text-anchor="${anchor}">${escaped(text)}</text>`;
}

/** Pictures that are narrower have captions of two lines. */
const WIDE = 330;

/** What a caption takes below a picture of this width. */
export function captionHeight(width: number): number {
  return width < WIDE ? 56 : 38;
}

/** Below a picture: a bar as long as the share of the picture's width, the name, the share and a word about it. */
export function drawCaption(
  { left, top, width, height }: Place,
  { name, share, note }: { name: string; share?: number; note?: string },
): string {
  const y = top + height;
  const track = (length: number, colour: string) =>
    `<rect x="${left}" y="${y + 3}" width="${length.toFixed(1)}" height="5" fill="${colour}"/>`;
  const bar = share === undefined ? '' : track(width, '#e4e4e4') + track(width * share, BAR);
  const words = [note, share === undefined ? undefined : percent(share)].filter((word) => word !== undefined);
  const style = { colour: share === undefined ? FAINT : undefined };
  const second =
    width < WIDE
      ? drawText(left, y + 43, words.join(' · '), style)
      : drawText(left + width, y + 25, words.join(' · '), { ...style, anchor: 'end' });
  return bar + drawText(left, y + 25, shortened(name)) + second;
}

/** A square of a colour beside a line of text. */
export function drawSwatch(x: number, y: number, colour: string): string {
  return `<rect x="${x}" y="${y - 11}" width="12" height="12" fill="${colour}" stroke="#000"/>`;
}

/** Width of a letter as a share of the text's size; which fonts there are is not known. */
const LETTER = { plain: 0.56, bold: 0.64 } as const;

/** Breaks a text into lines that fit. */
export function wrapped(
  text: string,
  width: number,
  size: number,
  weight: keyof typeof LETTER = 'plain',
): string[] {
  const most = Math.max(1, Math.floor(width / (LETTER[weight] * size)));
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > most) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** Outline of some cells. */
export function drawCells(place: Place, grid: SheetGrid, cells: readonly number[]): string {
  const inside = new Set(cells);
  const lines = cells.flatMap((cell) => {
    const [row, column] = [Math.floor(cell / grid.columns), cell % grid.columns];
    const at = (r: number, c: number) => {
      const [x, y] = pointAt(place, grid, r, c);
      return `${x.toFixed(1)} ${y.toFixed(1)}`;
    };
    const free = (r: number, c: number) =>
      r < 0 || c < 0 || r >= grid.rows || c >= grid.columns || !inside.has(r * grid.columns + c);
    return [
      free(row - 1, column) ? `M${at(row, column)}L${at(row, column + 1)}` : '',
      free(row + 1, column) ? `M${at(row + 1, column)}L${at(row + 1, column + 1)}` : '',
      free(row, column - 1) ? `M${at(row, column)}L${at(row + 1, column)}` : '',
      free(row, column + 1) ? `M${at(row, column + 1)}L${at(row + 1, column + 1)}` : '',
    ];
  });
  return rimmed(lines.join(''), MARK, 1.8);
}

/** A cross over a cell. */
export function drawCross(place: Place, grid: SheetGrid, cell: number): string {
  const [x, y] = centreOf(place, grid, cell);
  const arm = 7;
  return rimmed(
    `M${x - arm} ${y - arm}L${x + arm} ${y + arm}M${x - arm} ${y + arm}L${x + arm} ${y - arm}`,
    '#fff',
    2.4,
  );
}

/** A path with a dark rim, so that it can be seen on any ground. */
export function rimmed(path: string, colour: string, width: number): string {
  const line = (stroke: string, size: number) =>
    `<path d="${path}" fill="none" stroke="${stroke}" stroke-width="${size}" stroke-linecap="square"/>`;
  return line('#000', width + 2) + line(colour, width);
}

/** Middle of a cell, pixels of the sheet. */
export function centreOf(place: Place, grid: SheetGrid, cell: number): [number, number] {
  return pointAt(place, grid, Math.floor(cell / grid.columns) + 0.5, (cell % grid.columns) + 0.5);
}

/** Below the colours the weights that they stand for. */
export function drawTicks({ left, top, width, height }: Place, largest: number): string {
  const ticks = [0, 1 / 16, 1 / 4, 1].map((share) => {
    const x = left + onScale(share) * width;
    const anchor = share === 0 ? 'start' : share === 1 ? 'end' : 'middle';
    return (
      `<path d="M${x} ${top + height}v4" stroke="#111"/>` +
      drawText(x, top + height + 18, percent(share * largest), { size: 13, anchor })
    );
  });
  return ticks.join('');
}

/** With as many digits as small shares need. */
export function percent(share: number): string {
  const value = 100 * share;
  return `${value === 0 ? '0' : value < 1 ? value.toPrecision(1) : value < 10 ? value.toFixed(1) : value.toFixed(0)} %`;
}

/** Corner of a cell, of which rows and columns may be parts; never outside of the picture. */
function pointAt(
  { left, top, width, height }: Place,
  grid: SheetGrid,
  row: number,
  column: number,
): [number, number] {
  const x = grid.x + (column / grid.columns) * grid.width;
  const y = grid.y + (row / grid.rows) * grid.height;
  return [left + width * Math.min(1, Math.max(0, x)), top + height * Math.min(1, Math.max(0, y))];
}

const LONGEST_NAME = 18;

/** Of long names the end, where numbers stand. */
function shortened(name: string): string {
  return name.length <= LONGEST_NAME ? name : `…${name.slice(1 - LONGEST_NAME)}`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
