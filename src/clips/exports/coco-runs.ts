/** Masks as COCO has them: runs down the columns, in compressed text (COCO API, `maskApi.c`). */
import type { LabelMap } from '../../label-map.js';

export interface CocoMask {
  /** Lengths of runs outside and inside by turns, column by column, the first one outside. */
  runs: number[];
  /** Pixels inside. */
  area: number;
  /** Left, top, width, height. */
  bbox: [number, number, number, number];
}

/** Runs of an object; undefined where it has no pixel. */
export function cocoMask({ width, height, data }: LabelMap, id: number): CocoMask | undefined {
  const runs: number[] = [];
  let [inside, length, area] = [false, 0, 0];
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      const own = data[y * width + x] === id;
      if (own !== inside) {
        runs.push(length);
        [inside, length] = [own, 0];
      }
      length++;
      if (!own) continue;
      area++;
      left = Math.min(left, x);
      right = x;
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  runs.push(length);
  if (area === 0) return undefined;
  return { runs, area, bbox: [left, top, right - left + 1, bottom - top + 1] };
}

const FIRST = 48; // character code of 0
const BITS = 5; // of a number in one character
const MORE = 1 << BITS;

/**
 * Run lengths as text: from the fourth run on the difference to the run before the last one, in characters of 5 bits,
 * low bits first, with a sixth bit that says that more follow (`rleToString`).
 */
export function compressRuns(runs: readonly number[]): string {
  let text = '';
  runs.forEach((run, i) => {
    let rest = i > 2 ? run - runs[i - 2] : run;
    for (let more = true; more;) {
      const bits = rest & (MORE - 1);
      rest >>= BITS;
      more = (bits & (MORE >> 1)) !== 0 ? rest !== -1 : rest !== 0; // until all that is left is the sign
      text += String.fromCharCode(FIRST + (more ? bits | MORE : bits));
    }
  });
  return text;
}
