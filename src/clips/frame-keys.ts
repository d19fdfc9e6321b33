import { OsvosError } from '../errors.js';

/** A name's trailing number without leading zeros, as text: `shot_a_0012` → `12`. */
function trailingNumber(name: string): string | undefined {
  return /\d+$/.exec(name)?.[0].replace(/^0+(?=\d)/, '');
}

/**
 * Index of the frame that a user's key names: the file's stem, or a bare number that is the trailing number
 * of exactly one frame (`12` for `shot_a_0012`; in a video the decode index, counted from `--start-number`). Throws `unknown-frame`, also
 * where several fit.
 */
export function resolveFrameKey(names: readonly string[], key: string): number {
  const exact = names.indexOf(key);
  if (exact >= 0) return exact;
  if (/^\d+$/.test(key)) {
    const wanted = trailingNumber(key);
    const found = names.flatMap((name, i) => (trailingNumber(name) === wanted ? [i] : []));
    if (found.length === 1) return found[0];
    if (found.length > 1) {
      const candidates = found.slice(0, 5).map((i) => names[i]);
      throw new OsvosError(
        'unknown-frame',
        `${found.length} frames have the number ${wanted}`,
        `frame ${key}`,
        `use the whole name: ${candidates.join(', ')}${found.length > 5 ? ', …' : ''}`,
      );
    }
  }
  throw new OsvosError(
    'unknown-frame',
    'the clip has no such frame',
    `frame ${key}`,
    `use a frame's name without extension, or its number: first ${names[0]}, last ${names[names.length - 1]}`,
  );
}

/**
 * Indices of the first and last frame inside `from` … `to`, both included. Throws `unknown-frame` and
 * `usage`.
 */
export function resolveRange(
  names: readonly string[],
  range: { from?: string; to?: string },
): { first: number; last: number } {
  const first = range.from === undefined ? 0 : resolveFrameKey(names, range.from);
  const last = range.to === undefined ? names.length - 1 : resolveFrameKey(names, range.to);
  if (first > last) {
    throw new OsvosError('usage', `--from ${range.from} comes after --to ${range.to}`, '', 'swap the two');
  }
  return { first, last };
}
