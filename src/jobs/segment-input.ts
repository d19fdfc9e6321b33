/** Everything that the user gives, read and checked before the first expensive second. */
import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Clip } from '../clips/clip.js';
import type { Size } from '../clips/network-size.js';
import { openClip } from '../clips/open-clip.js';
import { OsvosError } from '../errors.js';
import { formatSize } from '../frame.js';
import { idsOf, VOID, type LabelMap } from '../label-map.js';
import type { Report } from '../progress.js';
import type { InputRecord } from './run-record.js';
import { readGivenMasks, type GivenMask } from './segment-given-masks.js';
import type { MaskGift } from './segment-mask-flag.js';

export interface InputRequest {
  /** Folder of frames or video file. */
  source: string;
  /** Frame keys; the clip's ends when left out. */
  from?: string;
  to?: string;
  /** Number of the first frame of a video. */
  startNumber?: number;
  masks: MaskGift[];
  /** Object ids to follow; all when left out. */
  objects?: number[];
  /** Rescale masks of the same aspect to the frame's size. */
  fitMask: boolean;
}

export interface SegmentInput {
  clip: Clip;
  /** In the order of their frames. */
  masks: GivenMask[];
  /** Ids to follow, ascending. */
  objects: number[];
  /** What the user should know of the masks, for the record; it was told already. */
  warnings: string[];
}

/**
 * Opens the clip and reads its masks.
 *
 * @param known objects that a test network follows, whether masks have them or not
 * @throws OsvosError `clip-unreadable`, `frame-sizes`, `unknown-frame`, `mask-*`, `too-many-ids`; `usage` for two masks
 * of one frame, or objects that no mask has
 */
export async function readInput(
  request: InputRequest,
  report: Report,
  known: number[] = [],
): Promise<SegmentInput> {
  const clip = await openClip(request.source, {
    from: request.from,
    to: request.to,
    startNumber: request.startNumber,
  });
  for (const text of clip.notes) report({ kind: 'note', text });
  return readMasks(clip, request, report, known);
}

/** Reads the masks of a clip that is open. Throws as `readInput`. */
export async function readMasks(
  clip: Clip,
  request: Pick<InputRequest, 'masks' | 'objects' | 'fitMask'>,
  report: Report,
  known: number[] = [],
): Promise<SegmentInput> {
  const { masks, warnings } = await readGivenMasks(clip, request.masks, request.fitMask, report);
  const present = [...new Set([...known, ...idsOfAll(masks)])].sort((a, b) => a - b);
  if (!request.objects) return { clip, masks, objects: present, warnings };
  const missing = request.objects.filter((id) => !present.includes(id));
  if (missing.length > 0) {
    const there = present.length > 0 ? `there are ${present.join(', ')}` : 'give masks that have them';
    throw new OsvosError('usage', `no mask has object ${missing.join(', ')}`, '--objects', there);
  }
  const chosen = new Set(request.objects);
  return {
    clip,
    masks: masks.map((mask) => ({ ...mask, labels: keepObjects(mask.labels, chosen) })),
    objects: present.filter((id) => chosen.has(id)),
    warnings,
  };
}

function idsOfAll(masks: GivenMask[]): number[] {
  return masks.flatMap((mask) => idsOf(mask.labels));
}

/** Other objects become background; void stays. */
export function keepObjects(labels: LabelMap, ids: Set<number>): LabelMap {
  return { ...labels, data: labels.data.map((id) => (id === VOID || ids.has(id) ? id : 0)) };
}

/**
 * How the clip stands in the run record.
 *
 * @param seen size at which the network sees its frames
 */
export async function recordInput(clip: Clip, seen: Size): Promise<InputRecord> {
  return {
    source: path.resolve(clip.source),
    fingerprint: await fingerprint(clip),
    first: clip.names[clip.first],
    last: clip.names[clip.last],
    frames: clip.last - clip.first + 1,
    size: formatSize(clip),
    networkSize: formatSize(seen),
  };
}

/** Hash of file names and lengths: cheap, and other frames in the same place hardly ever agree in all of them. */
async function fingerprint(clip: Clip): Promise<string> {
  const hash = createHash('sha256');
  if (clip.kind === 'video')
    return hash.update(`${path.basename(clip.source)} ${(await stat(clip.source)).size}`).digest('hex');
  const wanted = new Set(clip.names);
  const files = (await readdir(clip.source)).filter((file) => wanted.has(path.parse(file).name)).sort();
  for (const file of files) hash.update(`${file} ${(await stat(path.join(clip.source, file))).size}\n`);
  return hash.digest('hex');
}
