/** The masks that the user gives for one clip, read and brought together. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { agreeOnColours } from '../clips/agree-on-colours.js';
import type { Clip } from '../clips/clip.js';
import { resolveFrameKey } from '../clips/frame-keys.js';
import { fitMask, readMask, requireObjects } from '../clips/read-mask.js';
import { OsvosError } from '../errors.js';
import { idsOf, type LabelMap } from '../label-map.js';
import type { Report } from '../progress.js';
import type { MaskGift, MaskSource } from './segment-mask-flag.js';
import { masksOfFolder } from './segment-mask-folder.js';

/** A mask that was given, at the size of its frame and only with the objects asked for. */
export interface GivenMask {
  index: number;
  frame: string;
  file: string;
  sha256: string;
  labels: LabelMap;
}

/**
 * Reads masks, of folders those that belong to frames.
 *
 * @returns masks in the order of their frames, and what of the folders was left out
 * @throws OsvosError `unknown-frame`, `mask-*`, `too-many-ids`; `usage` for two masks of one frame
 */
export async function readGivenMasks(
  clip: Clip,
  gifts: readonly MaskGift[],
  fit: boolean,
  report: Report,
): Promise<{ masks: GivenMask[]; warnings: string[] }> {
  const warnings: string[] = [];
  const read: ReadGivenMask[] = [];
  for (const gift of gifts) read.push(...(await readGift(clip, gift, fit, report, warnings)));
  for (const text of warnings) report({ kind: 'warning', text });
  const masks: GivenMask[] = agreeColours(read, report);
  masks.sort((a, b) => a.index - b.index);
  const twice = masks.find((mask, i) => i > 0 && mask.index === masks[i - 1].index);
  if (twice) {
    const files = masks.filter((mask) => mask.index === twice.index).map((mask) => mask.file);
    throw new OsvosError(
      'usage',
      `${files.length} masks for one frame`,
      `frame ${twice.frame} (${files.join(', ')})`,
      'keep one',
    );
  }
  for (const text of describeSparseObjects(masks)) report({ kind: 'note', text });
  return { masks, warnings };
}

interface ReadGivenMask extends GivenMask {
  colours?: ReadonlyMap<number, number>;
}

/** A mask, or all of a folder: of those one line tells together, not one each. */
async function readGift(
  clip: Clip,
  gift: MaskGift,
  fit: boolean,
  report: Report,
  warnings: string[],
): Promise<ReadGivenMask[]> {
  if ('file' in gift) return [await readGivenMask(clip, gift, fit, report)];
  const found = await masksOfFolder(gift.folder, clip);
  warnings.push(...found.warnings);
  const masks: ReadGivenMask[] = [];
  for (const source of found.masks) masks.push(await readGivenMask(clip, source, fit, report, gift.folder));
  const frames = masks.length === 1 ? 'frame' : `${masks.length} frames,`;
  const ends = [...new Set([masks[0].frame, masks[masks.length - 1].frame])].join(' … ');
  report({ kind: 'note', text: `masks in ${gift.folder}: ${frames} ${ends}` });
  return masks;
}

function agreeColours(read: readonly ReadGivenMask[], report: Report): GivenMask[] {
  const { masks, notes } = agreeOnColours(read);
  masks.forEach(({ frame }, i) => {
    if (notes[i] !== undefined) report({ kind: 'note', text: `mask of frame ${frame}: ${notes[i]}` });
  });
  return masks.map(({ index, frame, file, sha256, labels }) => ({ index, frame, file, sha256, labels }));
}

/** Which objects are not in every mask, where there are several: a forgotten id is seen early. */
function describeSparseObjects(masks: readonly GivenMask[]): string[] {
  const ids = masks.map((mask) => idsOf(mask.labels));
  return [...new Set(ids.flat())]
    .sort((a, b) => a - b)
    .flatMap((id) => {
      const having = masks.filter((_, i) => ids[i].includes(id));
      if (having.length === masks.length) return [];
      return [
        `object ${id} is in ${having.length} of ${masks.length} masks, first in frame ${having[0].frame}`,
      ];
    });
}

async function readGivenMask(
  clip: Clip,
  source: MaskSource,
  fit: boolean,
  report: Report,
  folder?: string,
): Promise<ReadGivenMask> {
  const { file, key } = source;
  const index = key === undefined ? clip.first : resolveFrameKey(clip.names, key);
  const frame = clip.names[index];
  if (index < clip.first || index > clip.last) {
    const range = `${clip.names[clip.first]} … ${clip.names[clip.last]}`;
    throw new OsvosError(
      'unknown-frame',
      `frame ${frame} is outside of ${range}`,
      `--mask ${key}=${file}`,
      'widen --from and --to',
    );
  }
  const { labels, kind, notes, colours } = await readMask(file);
  requireObjects(labels, file);
  if (folder === undefined) report({ kind: 'note', text: `mask of frame ${frame}: ${kind}` });
  for (const text of notes) report({ kind: 'note', text: folder === undefined ? text : `${file}: ${text}` });
  const fitted = fitMask(labels, clip, { fit }, file, frame);
  return {
    index,
    frame,
    file,
    sha256: createHash('sha256')
      .update(await readFile(file))
      .digest('hex'),
    labels: fitted,
    colours,
  };
}
