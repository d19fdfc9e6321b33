/** `--masks DIR`: the masks of several clips, found by the clips' names. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { compareNaturally, isPictureName, listSome, stem } from '../clips/frame-files.js';
import { OsvosError } from '../errors.js';

export interface MasksFolder {
  folder: string;
  /** By clip name: `<clip>.png`, for its first frame, or `<clip>/`, with masks named as frames. */
  byClip: ReadonlyMap<string, string[]>;
}

/** Lists what is in the folder. Throws `mask-unreadable` when it cannot be read. */
export async function readMasksFolder(folder: string): Promise<MasksFolder> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: Error) => {
    throw new OsvosError('mask-unreadable', error.message, `--masks ${folder}`, 'give a folder', {
      cause: error,
    });
  });
  const byClip = new Map<string, string[]>();
  for (const entry of entries.sort((a, b) => compareNaturally(a.name, b.name))) {
    if (entry.name.startsWith('.') || !(entry.isDirectory() || isPictureName(entry.name))) continue;
    const clip = entry.isDirectory() ? entry.name : stem(entry.name);
    byClip.set(clip, [...(byClip.get(clip) ?? []), path.join(folder, entry.name)]);
  }
  return { folder, byClip };
}

/**
 * The mask file or folder of a clip.
 *
 * @throws OsvosError `usage` when there is none, or more than one
 */
export function masksOfClip({ folder, byClip }: MasksFolder, clip: string): string {
  const found = byClip.get(clip) ?? [];
  if (found.length === 1) return found[0];
  if (found.length > 1)
    throw new OsvosError('usage', `${found.length} masks for one clip`, found.join(', '), 'keep one');
  const there = [...byClip.values()].flat().map((file) => path.basename(file));
  throw new OsvosError(
    'usage',
    'no mask for this clip',
    `--masks ${folder} (${there.length > 0 ? listSome(there) : 'it has none'})`,
    `add ${clip}.png, the mask of its first frame, or a folder ${clip} of masks named as their frames`,
  );
}

/** One line that names masks of no clip; undefined where there are none. */
export function describeSpareMasks(
  { folder, byClip }: MasksFolder,
  clips: readonly string[],
): string | undefined {
  const spare = [...byClip].flatMap(([name, files]) => (clips.includes(name) ? [] : files));
  if (spare.length === 0) return undefined;
  return `${folder}: masks of no clip given: ${listSome(spare.map((file) => path.basename(file)))}`;
}
