/** Folders of masks of any origin: of one clip, or of several sequences. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { OsvosError } from '../../errors.js';
import { idsOf, VOID, type LabelMap } from '../../label-map.js';
import { agreeOnColours } from '../agree-on-colours.js';
import { compareNaturally, listSome, stem } from '../frame-files.js';
import { readMask } from '../read-mask.js';

/** Masks of one clip or sequence, in natural order. */
export interface ListedMasks {
  /** The folder's name. */
  name: string;
  folder: string;
  /** Frame names; the mask is `<frame>.png`. */
  frames: string[];
}

export interface MaskListing {
  /** Whether RESULTS holds masks itself: one clip. */
  flat: boolean;
  sequences: ListedMasks[];
}

/** What is known of a mask after a first look. */
export interface ScannedMask {
  frame: string;
  file: string;
  width: number;
  height: number;
  /** Ids, ascending, as `read` gives them. */
  ids: number[];
  /** The mask; ids are those that the colours have in all masks of the sequence. */
  read(): Promise<LabelMap>;
}

/**
 * Lists RESULTS: `<frame>.png`, else `<sequence>/<frame>.png`. Other files, and folders without masks (overlays,
 * probabilities), are passed over. Throws `results-incomplete` where there is no mask.
 */
export async function listMasks(results: string): Promise<MaskListing> {
  const entries = await readdir(results, { withFileTypes: true }).catch((error: Error) => {
    throw incomplete(
      `these masks cannot be read (${error.message})`,
      results,
      'give a folder of masks',
      error,
    );
  });
  const own = maskFrames(entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name));
  const name = path.basename(path.resolve(results));
  if (own.length > 0) return { flat: true, sequences: [{ name, folder: results, frames: own }] };
  const sequences: ListedMasks[] = [];
  for (const entry of entries.filter((one) => one.isDirectory() && !one.name.startsWith('.'))) {
    const folder = path.join(results, entry.name);
    const frames = maskFrames(await readdir(folder));
    if (frames.length > 0) sequences.push({ name: entry.name, folder, frames });
  }
  if (sequences.length === 0) {
    throw incomplete('no masks', results, 'masks are <frame>.png, or <sequence>/<frame>.png');
  }
  return { flat: false, sequences: sequences.sort((a, b) => compareNaturally(a.name, b.name)) };
}

function maskFrames(names: readonly string[]): string[] {
  const masks = names.filter((name) => name.endsWith('.png') && !name.startsWith('.'));
  return masks.map(stem).sort(compareNaturally);
}

/**
 * Reads the masks of some frames once, one after the other, so that sizes and ids are known before anything is
 * written. Throws `mask-*` and `too-many-ids`.
 *
 * @param onMask called after each
 */
export async function scanMasks(
  { folder }: ListedMasks,
  frames: readonly string[],
  onMask: () => void = () => undefined,
): Promise<ScannedMask[]> {
  const seen: { frame: string; file: string; width: number; height: number; ids: number[] }[] = [];
  // a mask of one row that has every label once: what agreeOnColours makes of it tells what becomes of each label
  const tables: { labels: LabelMap; colours?: ReadonlyMap<number, number> }[] = [];
  for (const frame of frames) {
    const file = path.join(folder, `${frame}.png`);
    const { labels, colours } = await readMask(file);
    const data = Uint8Array.from({ length: VOID + 1 }, (_, label) => label);
    tables.push({ labels: { width: data.length, height: 1, data }, colours });
    seen.push({ frame, file, width: labels.width, height: labels.height, ids: idsOf(labels) });
    onMask();
  }
  const { masks: agreed } = agreeOnColours(tables);
  return seen.map((mask, i) => {
    const table = agreed[i].labels.data;
    const read = async () => {
      const { labels } = await readMask(mask.file);
      return { ...labels, data: labels.data.map((label) => table[label]) };
    };
    return { ...mask, ids: mask.ids.map((id) => table[id]).sort((a, b) => a - b), read };
  });
}

/** Ids of all masks, ascending. */
export function idsOfAll(masks: readonly ScannedMask[]): number[] {
  return [...new Set(masks.flatMap(({ ids }) => ids))].sort((a, b) => a - b);
}

/** Throws `usage` where an object that was asked for is in no mask, `mask-empty` where there is no object at all. */
export function chooseIds(
  masks: readonly ScannedMask[],
  wanted: readonly number[] | undefined,
  where: string,
): number[] {
  const there = idsOfAll(masks);
  if (there.length === 0) throw new OsvosError('mask-empty', 'no mask has an object', where);
  const missing = (wanted ?? []).filter((id) => !there.includes(id));
  if (missing.length > 0) {
    const what = `no mask has object ${missing.join(', ')}`;
    throw new OsvosError('usage', what, `--object, ${where}`, `objects that are there: ${there.join(', ')}`);
  }
  return wanted ? there.filter((id) => wanted.includes(id)) : there;
}

/** The one sequence that is meant: the one named so, else the only one. Throws `usage`. */
export function chooseSequence({ sequences }: MaskListing, name: string, results: string): ListedMasks {
  const found =
    sequences.find((sequence) => sequence.name === name) ?? (sequences.length === 1 && sequences[0]);
  if (found) return found;
  const there = listSome(
    sequences.map((sequence) => sequence.name),
    5,
  );
  throw new OsvosError(
    'usage',
    `${sequences.length} sequences of masks, none named ${name}`,
    `${results} (${there})`,
    'give the folder of one sequence',
  );
}

function incomplete(what: string, where: string, remedy: string, cause?: Error): OsvosError {
  return new OsvosError('results-incomplete', what, where, remedy, { cause });
}
