/** Label maps that are drawn as text. */
import type { LabelMap } from '../../src/label-map.js';

/** One string a row: `.` is background, a digit an object, `v` void. */
export function drawn(...rows: string[]): LabelMap {
  const text = rows.join('');
  const data = Uint8Array.from(text, (c) => (c === '.' ? 0 : c === 'v' ? 255 : Number(c)));
  return { width: rows[0].length, height: rows.length, data };
}

export function drawing({ width, data }: LabelMap): string[] {
  const text = Array.from(data, (id) => (id === 0 ? '.' : id === 255 ? 'v' : String(id))).join('');
  return text.match(new RegExp(`.{${width}}`, 'g')) ?? [];
}
