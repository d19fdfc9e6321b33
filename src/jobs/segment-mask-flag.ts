/** `--mask FILE` and `--mask FRAME=FILE`. */
import { existsSync } from 'node:fs';
import { OsvosError } from '../errors.js';

/** A mask that the user gives. */
export interface MaskSource {
  /** Frame key; the first frame when left out. */
  key?: string;
  file: string;
}

/**
 * Reads the values of `--mask`. A file that exists under the whole value has no key, so that names may hold `=`.
 *
 * @throws OsvosError `usage` for an empty key or file, and for more than one mask without key
 */
export function parseMaskFlags(values: string[]): MaskSource[] {
  const masks = values.map(parseMask);
  const bare = masks.filter((mask) => mask.key === undefined);
  if (bare.length > 1) {
    throw new OsvosError(
      'usage',
      `${bare.length} masks without a frame`,
      bare.map((mask) => mask.file).join(', '),
      `say which frame each belongs to: --mask ${bare[0].file} --mask 30=${bare[1].file}`,
    );
  }
  return masks;
}

function parseMask(value: string): MaskSource {
  const at = value.indexOf('=');
  if (at < 0 || existsSync(value)) return { file: value };
  const key = value.slice(0, at);
  const file = value.slice(at + 1);
  if (key === '' || file === '') {
    throw new OsvosError(
      'usage',
      'not of the form FRAME=FILE',
      `--mask ${value}`,
      'for example --mask 30=b.png',
    );
  }
  return { key, file };
}
