import { Flags } from '@oclif/core';
import { OsvosError } from '../errors.js';
import {
  snapDefaults,
  snapRules,
  type SnapRule,
  type SnapSettings,
} from '../methods/contours/snap-settings.js';
import { parseList, parseShare } from './shared-flags.js';

/** Names or files of contour networks, and the sizes at which they look at frames. */
export const contourFlags = {
  contours: Flags.string({
    default: snapDefaults.contours,
    summary: 'Contour network (name or file).',
    helpGroup: 'METHOD',
    helpValue: 'NAME',
  }),
  'contour-scales': Flags.custom<number[]>({
    defaultHelp: async () => snapDefaults.scales.join(),
    parse: async (text) => parseScales(text),
    summary: 'Factors on the frame’s size at which contours are looked for; what is found is averaged.',
    helpGroup: 'METHOD',
    helpValue: 'S,S',
  })(),
};

/** How masks are snapped to contours. */
export const snapFlags = {
  'snap-threshold': Flags.custom<number>({
    default: snapDefaults.threshold,
    parse: async (text) => parseShare(text, '--snap-threshold', snapDefaults.threshold),
    summary: 'Outlines of superpixels are stronger than this, 0 to 1 (ucm).',
    helpGroup: 'METHOD',
    helpValue: 'T',
  })(),
  'snap-majority': Flags.custom<number>({
    defaultHelp: async () => String(snapDefaults.clearMajority),
    parse: async (text) => parseMajority(text),
    summary:
      'Superpixels in which no label has more than this share stay as they are, 0.5 to 1; with 0.5 the largest label always wins (ucm).',
    helpGroup: 'METHOD',
    helpValue: 'SHARE',
  })(),
  ...contourFlags,
  'save-contours': Flags.boolean({
    summary: 'Also write contours and ultrametric contour maps, as grey PNG.',
    helpGroup: 'OUTPUT',
  }),
};

/** `--snap`; with a rule as default where snapping is what the command is for. */
export function snapRuleFlag(rule: SnapRule) {
  return Flags.option({
    options: snapRules,
    default: rule,
    summary:
      'Move outlines of masks to those of the picture: by smoothing along its colours (bilateral), or by a vote of superpixels of its contours (ucm).',
    helpGroup: 'METHOD',
  })();
}

interface SnapFlags {
  snap: SnapRule;
  contours: string;
  'contour-scales'?: number[];
  'snap-threshold': number;
  'snap-majority'?: number;
  'save-contours': boolean;
}

/** Undefined where nothing is snapped or written. */
export function snapSettings(flags: SnapFlags): SnapSettings | undefined {
  const { snap: rule, contours, 'snap-threshold': threshold } = flags;
  const saveContours = Boolean(flags['save-contours']);
  if (rule === 'none' && !saveContours) return undefined;
  const clearMajority = flags['snap-majority'] ?? snapDefaults.clearMajority;
  const scales = flags['contour-scales'] ?? snapDefaults.scales;
  return { rule, contours, scales, threshold, clearMajority, saveContours };
}

function parseMajority(text: string): number {
  const value = parseShare(text, '--snap-majority', 0.7);
  if (value >= 0.5) return value;
  const remedy = 'for example --snap-majority 0.7';
  throw new OsvosError('usage', 'no share from 0.5 to 1', `--snap-majority ${text}`, remedy);
}

/** Throws `usage`. */
function parseScales(text: string): number[] {
  const scales = parseList(text).map(Number);
  if (scales.length > 0 && scales.every((scale) => scale >= 0.25 && scale <= 4)) return scales;
  const remedy = 'for example --contour-scales 0.5,1,1.5';
  throw new OsvosError('usage', 'no list of factors from 0.25 to 4', `--contour-scales ${text}`, remedy);
}
