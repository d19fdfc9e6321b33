/** `--mask FILE`, `--mask FRAME=FILE` and `--mask FOLDER`. */
import { existsSync, statSync } from 'node:fs';
import { OsvosError } from '../errors.js';

/** A mask that the user gives. */
export interface MaskSource {
  /** Frame key; the first frame when left out. */
  key?: string;
  file: string;
}

/** A folder of masks named as their frames. */
export interface MaskFolder {
  folder: string;
}

/** What `--mask` may name. */
export type MaskGift = MaskSource | MaskFolder;

/**
 * Reads the values of `--mask`. A file that exists under the whole value has no key, so that names may hold `=`.
 *
 * @throws OsvosError `usage` for an empty key or file, for more than one mask without key, and for a folder with a key
 */
export function parseMaskFlags(values: string[]): MaskGift[] {
  const masks = values.map(parseMask);
  const bare = masks.filter((mask) => 'file' in mask && mask.key === undefined) as MaskSource[];
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

function parseMask(value: string): MaskGift {
  if (isFolder(value)) return { folder: value };
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
  if (isFolder(file)) {
    throw new OsvosError(
      'usage',
      'a folder of masks belongs to no single frame',
      `--mask ${value}`,
      `write --mask ${file}: its masks are named as their frames`,
    );
  }
  return { key, file };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
