/** Small maps drawn as text: `#` is set. */
import type { Mask } from '../../../src/scores/region.js';

export function drawn(...rows: string[]): Mask {
  const data = Uint8Array.from(rows.join(''), (c) => (c === '#' ? 1 : 0));
  return { width: rows[0].length, height: rows.length, data };
}

export function asText({ width, height }: Mask, data: Uint8Array): string[] {
  return Array.from({ length: height }, (_, y) =>
    [...data.subarray(y * width, (y + 1) * width)].map((value) => (value ? '#' : '.')).join(''),
  );
}
