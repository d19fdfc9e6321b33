/** Arguments and flags of the exports. */
import { Args, Flags } from '@oclif/core';
import type { OpenClipOptions } from '../../clips/open-clip.js';
import { OsvosError } from '../../errors.js';
import { parseList, startNumberFlag } from '../shared-flags.js';

/** Masks of one clip, or of several sequences. */
export const resultsArg = {
  results: Args.string({
    required: true,
    name: 'RESULTS',
    description: 'Folder of masks, <frame>.png or <sequence>/<frame>.png, from any program.',
  }),
};

/** The frames that masks belong to, and which part of them. */
export const rangeFlags = {
  from: Flags.string({ summary: 'First frame: name or number.', helpGroup: 'INPUT', helpValue: 'FRAME' }),
  to: Flags.string({ summary: 'Last frame: name or number.', helpGroup: 'INPUT', helpValue: 'FRAME' }),
  ...startNumberFlag,
};

export const clipFlags = {
  clip: Flags.string({
    required: true,
    summary: 'The clip of the masks: a folder of frames, or a video file.',
    helpGroup: 'INPUT',
    helpValue: 'CLIP',
  }),
  ...rangeFlags,
};

/** The values of `rangeFlags`, as clips take them. */
export function clipRange(flags: { from?: string; to?: string; 'start-number'?: number }): OpenClipOptions {
  return { from: flags.from, to: flags.to, startNumber: flags['start-number'] };
}

export const objectFlag = {
  object: Flags.custom<number[]>({
    parse: async (text) => parseObjects(text),
    summary: 'Only this object; several are separated by commas.',
    helpGroup: 'INPUT',
    helpValue: 'N,…',
  })(),
};

function parseObjects(text: string): number[] {
  const ids = parseList(text).map(Number);
  if (ids.length > 0 && ids.every((id) => Number.isInteger(id) && id >= 1 && id <= 254)) return ids;
  throw new OsvosError(
    'usage',
    'no object ids from 1 to 254',
    `--object ${text}`,
    'for example --object 1,3',
  );
}

/** A split of a data set that is laid out as that of YouTube-VOS. */
export const dataFlag = {
  data: Flags.string({
    required: true,
    summary: 'Folder of the split, with JPEGImages and Annotations.',
    helpGroup: 'INPUT',
    helpValue: 'DIR',
  }),
};

/** @param what such as `File *.mp4` */
export const outFlags = (what: string, helpValue: string) => ({
  out: Flags.string({ char: 'o', required: true, summary: what, helpGroup: 'OUTPUT', helpValue }),
  force: Flags.boolean({ summary: 'Overwrite files.', helpGroup: 'OUTPUT' }),
});

/** `object 1`, `objects 1, 3`. */
export function describeIds(ids: readonly number[]): string {
  return `${ids.length === 1 ? 'object' : 'objects'} ${ids.join(', ')}`;
}
