/** Contour maps that are drawn as text, and regions as letters. */
import type { ContourMap } from '../../src/snapping/contour-map.js';
import type { Partition } from '../../src/snapping/partition.js';

/** One string a row: `.` is 0, a digit so many tenths, `#` is 1. */
export function drawnContours(...rows: string[]): ContourMap {
  const data = Float32Array.from(rows.join(''), (c) => (c === '#' ? 1 : c === '.' ? 0 : Number(c) / 10));
  return { width: rows[0].length, height: rows.length, data };
}

/** One string a row, a letter for each region, `a` for number 0. */
export function regionsDrawn({ width, map }: Partition): string[] {
  const text = Array.from(map, (region) => String.fromCharCode(97 + region)).join('');
  return text.match(new RegExp(`.{${width}}`, 'g')) ?? [];
}

/** The regions of such a drawing; letters must come in reading order. */
export function drawnRegions(...rows: string[]): Partition {
  const map = Int32Array.from(rows.join(''), (c) => c.charCodeAt(0) - 97);
  return { width: rows[0].length, height: rows.length, count: Math.max(...map) + 1, map };
}
