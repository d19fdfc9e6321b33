/** A folder of sparse annotations: each mask in it belongs to the frame that it is named as. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Clip } from '../clips/clip.js';
import { compareNaturally, isPictureName, listSome, stem } from '../clips/frame-files.js';
import { resolveFrameKey } from '../clips/frame-keys.js';
import { OsvosError } from '../errors.js';
import type { MaskSource } from './segment-mask-flag.js';

export interface FolderMasks {
  /** In natural order, each with its frame's name. */
  masks: (MaskSource & { key: string })[];
  /** What was left out, one line each. */
  warnings: string[];
}

/**
 * Masks of a folder whose stem is a frame key of the clip. Hidden files and folders are passed over; other files are
 * left out, which a warning says.
 *
 * @throws OsvosError `unknown-frame` when no mask is left, `mask-unreadable` when the folder cannot be read
 */
export async function masksOfFolder(folder: string, clip: Clip): Promise<FolderMasks> {
  const files = await listFiles(folder);
  const masks: FolderMasks['masks'] = [];
  const unmatched: string[] = [];
  const outside: string[] = [];
  for (const file of files) {
    const index = isPictureName(file) ? frameOf(clip, file) : undefined;
    if (index === undefined) unmatched.push(file);
    else if (index < clip.first || index > clip.last) outside.push(file);
    else masks.push({ key: clip.names[index], file: path.join(folder, file) });
  }
  const range = `${clip.names[clip.first]} … ${clip.names[clip.last]}`;
  if (masks.length === 0) {
    throw new OsvosError(
      'unknown-frame',
      `no mask in this folder is named as a frame of ${clip.name}`,
      `${folder} (${files.length > 0 ? listSome(files) : 'it is empty'})`,
      `name masks as their frames: first ${clip.names[clip.first]}, last ${clip.names[clip.last]}`,
    );
  }
  const warnings: string[] = [];
  if (unmatched.length > 0)
    warnings.push(`${folder}: left out, no masks of single frames: ${listSome(unmatched)}`);
  if (outside.length > 0) warnings.push(`${folder}: left out, not within ${range}: ${listSome(outside)}`);
  return { masks, warnings };
}

/** Names of the files in a folder, in natural order, without hidden ones. */
export async function listFiles(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder, { withFileTypes: true }))
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name)
      .sort(compareNaturally);
  } catch (error) {
    throw new OsvosError('mask-unreadable', (error as Error).message, folder, 'give a folder of masks', {
      cause: error,
    });
  }
}

/** Index of the frame; undefined where the stem names none, or several. */
function frameOf(clip: Clip, file: string): number | undefined {
  try {
    return resolveFrameKey(clip.names, stem(file));
  } catch (error) {
    if (error instanceof OsvosError && error.code === 'unknown-frame') return undefined;
    throw error;
  }
}
