/** What an added mask changed: the masks of a run beside those of an earlier one. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readLabelPng } from '../clips/label-png.js';
import { OsvosError } from '../errors.js';
import { formatSize } from '../frame.js';
import type { LabelMap } from '../label-map.js';
import { breathe, type Report } from '../progress.js';
import type { OutputPaths } from './output-folder.js';
import type { SegmentInput } from './segment-input.js';

/** Frames that are named. */
const NAMED_FRAMES = 5;

export interface MaskChanges {
  /** Folder of the earlier run. */
  with: string;
  /** Frames that both have, without those whose masks were given now: they differ by themselves. */
  compared: number;
  changed: number;
  /** The most changed frames, at most five, with the share of their pixels that has another label. */
  most: { frame: string; share: number }[];
}

/** Throws `usage` when the folder has no mask of the clip, or is the run's own. */
export function requireComparable(other: string, { clip }: SegmentInput, paths: OutputPaths): void {
  const fault = (what: string, remedy: string) =>
    new OsvosError('usage', what, `--compare-to ${other}`, remedy);
  if (path.resolve(other) === path.resolve(paths.folder))
    throw fault('a run is not compared with itself', 'choose another --out for the new one');
  if (!clip.names.some((name) => existsSync(maskOf(other, name))))
    throw fault(`no mask of ${clip.name} in there`, 'name the folder of an earlier run of the same clip');
}

/**
 * Compares frame by frame, and says how many changed; none at all is a warning.
 *
 * @throws OsvosError `results-incomplete` for masks of another size, `mask-unreadable`
 */
export async function compareToRun(
  other: string,
  { clip, masks }: SegmentInput,
  paths: OutputPaths,
  report: Report,
): Promise<MaskChanges> {
  const given = new Set(masks.map(({ frame }) => frame));
  const frames = clip.names
    .slice(clip.first, clip.last + 1)
    .filter((name) => !given.has(name) && existsSync(maskOf(other, name)));
  const changed: MaskChanges['most'] = [];
  for (const frame of frames) {
    const [before, now] = [maskOf(other, frame), paths.mask(frame)];
    const share = differingShare(await readLabelPng(before), await readLabelPng(now), before);
    if (share > 0) changed.push({ frame, share });
    await breathe();
  }
  const most = [...changed].sort((a, b) => b.share - a.share).slice(0, NAMED_FRAMES);
  const named = most.map(({ frame, share }) => `${frame} by ${(100 * share).toFixed(1)} %`).join(', ');
  const count = `${changed.length} of ${frames.length} frames differ from ${other}`;
  if (changed.length > 0) report({ kind: 'note', text: `${count}, most of all ${named}` });
  else report({ kind: 'warning', text: `${count}: what was added made no difference` });
  return { with: other, compared: frames.length, changed: changed.length, most };
}

function maskOf(folder: string, frame: string): string {
  return path.join(folder, `${frame}.png`);
}

function differingShare(before: LabelMap, now: LabelMap, file: string): number {
  if (before.width !== now.width || before.height !== now.height) {
    throw new OsvosError(
      'results-incomplete',
      `the mask is ${formatSize(before)}, the frame now ${formatSize(now)}`,
      file,
      'compare runs of the same frames',
    );
  }
  let differing = 0;
  for (let i = 0; i < now.data.length; i++) if (before.data[i] !== now.data[i]) differing++;
  return differing / now.data.length;
}
