import path from 'node:path';
import { OsvosError } from '../errors.js';
import { formatSize } from '../frame.js';
import { idsOf, VOID, type LabelMap } from '../label-map.js';
import { interpretMask } from './interpret-mask.js';
import { readMaskPicture } from './mask-picture.js';

export interface ReadMask {
  labels: LabelMap;
  /** One line to print: `first.png: indexed PNG, objects 1, 2`. */
  kind: string;
  /** What was done to it, one line each. */
  notes: string[];
  /** Packed colour by id, where colours became ids: see `agreeOnColours`. */
  colours?: ReadonlyMap<number, number>;
}

/**
 * Reads a mask of any form that people have: indexed PNG, grey ids, black and white, soft edges, colours,
 * alpha. Says which it was. Throws `mask-unreadable` and `too-many-ids`; an empty mask is no error here, see
 * `requireObjects`.
 */
export async function readMask(file: string): Promise<ReadMask> {
  const { labels, form, notes, colours } = interpretMask(await readMaskPicture(file), file);
  return { labels, kind: `${path.basename(file)}: ${form}, ${describeObjects(labels)}`, notes, colours };
}

/** `objects 1, 2`, `object 1` or `no object`. */
export function describeObjects(labels: LabelMap): string {
  const ids = idsOf(labels);
  return ids.length === 0 ? 'no object' : `${ids.length > 1 ? 'objects' : 'object'} ${ids.join(', ')}`;
}

/** Throws `mask-empty` where a mask has no object. */
export function requireObjects(labels: LabelMap, file: string): void {
  if (idsOf(labels).length > 0) return;
  const onlyVoid = labels.data.includes(VOID) ? ' (only 255, which means "ignore")' : '';
  throw new OsvosError(
    'mask-empty',
    `the mask has no object${onlyVoid}`,
    file,
    'paint the object with a value other than 0; `osvos mask inspect` shows what is in it',
  );
}

type Size = { width: number; height: number };

/**
 * A mask at its frame's size. A mask of another size is rescaled (nearest neighbour) where `fit` is set and
 * the aspect is the same, else `mask-size` names both sizes and both files.
 */
export function fitMask(
  labels: LabelMap,
  frame: Size,
  options: { fit: boolean },
  file: string,
  frameName: string,
): LabelMap {
  if (labels.width === frame.width && labels.height === frame.height) return labels;
  const same = sameAspect(labels, frame);
  if (same && options.fit) return rescale(labels, frame);
  throw new OsvosError(
    'mask-size',
    `the mask is ${formatSize(labels)}, its frame ${formatSize(frame)}`,
    `${file}, frame ${frameName}`,
    same
      ? 'use --fit-mask to rescale it, or make it at the frame’s size'
      : `make it at ${formatSize(frame)} (--fit-mask rescales only masks of the same aspect)`,
  );
}

/** Whether one size is the other one scaled, up to rounding: 1920×1080 and 854×480 are. */
function sameAspect(a: Size, b: Size): boolean {
  const width = (b.height * a.width) / a.height;
  const height = (b.width * a.height) / a.width;
  return Math.abs(width - b.width) < 1 || Math.abs(height - b.height) < 1;
}

function rescale(labels: LabelMap, { width, height }: Size): LabelMap {
  const data = new Uint8Array(width * height);
  const columns = Uint32Array.from({ length: width }, (_, x) =>
    Math.floor(((x + 0.5) * labels.width) / width),
  );
  for (let y = 0, i = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * labels.height) / height) * labels.width;
    for (let x = 0; x < width; x++) data[i++] = labels.data[row + columns[x]];
  }
  return { width, height, data };
}

/**
 * Keeps only some objects, the others become background; 255 stays. Throws `usage` for ids that the mask does
 * not have.
 */
export function chooseObjects(labels: LabelMap, ids: readonly number[]): LabelMap {
  const missing = ids.filter((id) => !idsOf(labels).includes(id));
  if (missing.length > 0) {
    const what = `the mask has no object ${missing.join(', ')}`;
    throw new OsvosError('usage', what, '--objects', `the mask has ${describeObjects(labels)}`);
  }
  return { ...labels, data: labels.data.map((id) => (id === VOID || ids.includes(id) ? id : 0)) };
}
