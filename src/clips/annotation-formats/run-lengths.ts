/** Masks as lengths of runs, outside and inside by turns, the first one outside (and 0 where the first pixel is inside). */

/**
 * Run lengths of a compressed COCO mask: numbers of 5 bits a character, low bits first, bit 6 says that more follow,
 * the sign is extended; from the fourth run on the difference to the run before the last one is stored (COCO API,
 * `rleFrString`). Throws `Error`.
 */
export function decompressRuns(text: string): number[] {
  const FIRST = 48; // character code of 0
  const MOST_CHARACTERS = 6; // of one number: 30 bits are more than any picture has pixels
  const runs: number[] = [];
  for (let at = 0; at < text.length;) {
    let value = 0;
    let more = true;
    for (let k = 0; more; k++) {
      const bits = text.charCodeAt(at++) - FIRST; // NaN behind the end
      if (!(bits >= 0 && bits < 64))
        throw new Error('the run lengths are cut off or hold a foreign character');
      if (k >= MOST_CHARACTERS) throw new Error('a run length is too large');
      value |= (bits & 0x1f) << (5 * k);
      more = (bits & 0x20) !== 0;
      if (!more && (bits & 0x10) !== 0) value |= -1 << (5 * (k + 1));
    }
    if (runs.length > 2) value += runs[runs.length - 2];
    if (value < 0) throw new Error('a run length is negative');
    runs.push(value);
  }
  return runs;
}

/**
 * Run lengths → `[height, width]`, 1 inside. COCO and SAM count down the columns, CVAT along the rows. Throws `Error`
 * where the runs do not add up to the picture.
 */
export function drawRuns(
  runs: readonly number[],
  { width, height }: { width: number; height: number },
  order: 'columns' | 'rows',
): Uint8Array {
  const total = runs.reduce((sum, run) => sum + run, 0);
  if (runs.some((run) => !Number.isInteger(run) || run < 0) || total !== width * height) {
    throw new Error(`run lengths add up to ${total} pixels, ${width}×${height} are ${width * height}`);
  }
  const inside = new Uint8Array(width * height);
  let at = 0;
  runs.forEach((run, i) => {
    const end = at + run;
    if (i % 2 === 1 && order === 'rows') inside.fill(1, at, end);
    else if (i % 2 === 1) {
      for (let k = at; k < end; k++) inside[(k % height) * width + Math.floor(k / height)] = 1;
    }
    at = end;
  });
  return inside;
}
