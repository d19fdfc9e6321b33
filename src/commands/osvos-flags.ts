/** Flags of the commands that fine-tune OSVOS, and the method's options that they make. */
import { Flags } from '@oclif/core';
import { OsvosError } from '../errors.js';
import {
  defaultQuality,
  osvosDefaults,
  qualities,
  qualityNames,
  unlimitedIterations,
  withoutParent,
  type OsvosOptions,
  type QualityName,
} from '../methods/osvos/defaults.js';
import { regionUses, type RegionUse } from '../methods/region-uses.js';
import { trunkNames, type TrunkName } from '../networks/trunk-names.js';
import { parseList, rateFlag, seedFlag } from './shared-flags.js';

/** @param more what else is to be said of it */
export function maskFlag(more = '') {
  return Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    summary:
      'Mask of the first frame, or of the frame named before the equals sign, or a folder of masks named as their frames; may be repeated.' +
      more,
    helpGroup: 'INPUT',
    helpValue: '[FRAME=]FILE|DIR',
  });
}

/** Masks that are given. */
export const maskFlags = {
  mask: maskFlag(),
  objects: Flags.custom<number[]>({
    parse: async (text) => parseObjects(text),
    summary: 'Follow only these objects of the masks, separated by commas.',
    helpGroup: 'INPUT',
    helpValue: 'ID,ID',
  })(),
  'fit-mask': Flags.boolean({
    summary: 'Rescale masks of the frame’s aspect but another size.',
    helpGroup: 'INPUT',
  }),
};

/** Where fine-tuning starts from, and how long it takes. */
export const fineTuneFlags = {
  trunk: Flags.option({
    aliases: ['backbone'],
    options: trunkNames,
    default: osvosDefaults.trunk as TrunkName,
    summary: 'Trunk of the network.',
    helpGroup: 'OSVOS',
  })(),
  parent: Flags.string({
    summary: `Parent network, a name (osvos weights list) or a file; by default the one of the trunk.`,
    helpGroup: 'OSVOS',
    helpValue: 'NAME|FILE',
  }),
  'no-parent': Flags.boolean({
    exclusive: ['parent'],
    summary: 'Start from the trunk’s own weights (ablation); needs --base.',
    helpGroup: 'OSVOS',
  }),
  base: Flags.string({
    dependsOn: ['no-parent'],
    summary: 'Weights of the trunk, a name or a file.',
    helpGroup: 'OSVOS',
    helpValue: 'FILE',
  }),
  quality: Flags.option({
    options: qualityNames,
    default: defaultQuality,
    summary: `How much time a better mask is worth: ${describeQualities()}.`,
    helpGroup: 'OSVOS',
  })(),
  size: Flags.integer({
    min: 16,
    summary:
      'Short side at which the network sees a frame, pixels; frames are never enlarged. By default what --quality says.',
    helpGroup: 'OSVOS',
    helpValue: 'S',
  }),
  roi: Flags.option({
    options: ['none', ...regionUses] as const,
    summary:
      'The region around the objects, enlarged to --size: seen in place of the frame (auto: for small objects far from look-alikes), or beside it (too). By default what --quality says.',
    helpGroup: 'OSVOS',
  })(),
  iterations: Flags.integer({
    min: 0,
    summary: 'Steps of fine-tuning for each object; by default what --quality says.',
    helpGroup: 'OSVOS',
    helpValue: 'N',
  }),
  'time-budget': Flags.integer({
    min: 1,
    summary:
      'Seconds of fine-tuning for a clip or sequence, all objects together; its steps fit themselves to it, unless --iterations ends it earlier.',
    helpGroup: 'OSVOS',
    helpValue: 'SECONDS',
  }),
  'frozen-stages': Flags.integer({
    min: 0,
    max: 5,
    default: osvosDefaults.frozenStages,
    summary:
      'Trunk stages that stay as they are; what they compute is cached, on a fixed set of warped copies.',
    helpGroup: 'OSVOS',
    helpValue: 'N',
  }),
  'trunk-rate': rateFlag({
    summary: `Learning rate of the trunk; by default ${osvosDefaults.trunkRate}, without a parent ${withoutParent.trunkRate}.`,
    helpGroup: 'OSVOS',
    helpValue: 'RATE',
  }),
  'head-rate': rateFlag({
    summary: `Learning rate of the heads; by default ${osvosDefaults.headRate}, without a parent ${withoutParent.headRate}.`,
    helpGroup: 'OSVOS',
    helpValue: 'RATE',
  }),
  ...seedFlag,
};

/** A network that osvos finetune, or --save-network, made. */
export const testNetworkFlag = Flags.custom<string>({ helpGroup: 'OSVOS', helpValue: 'FILE' });

/** How a clip is followed once its objects are learnt. */
export const followFlags = {
  adapt: Flags.integer({
    min: 0,
    summary:
      'Every so many frames the target model also learns from what was segmented; 0: never, each frame is seen alone. By default what --quality says.',
    helpGroup: 'OSVOS',
    helpValue: 'N',
  }),
  scales: Flags.custom<number[]>({
    parse: async (text) => parseScales(text),
    summary:
      'Sizes at which each frame is seen, as shares of --size with 1 first; what they give is averaged. By default what --quality says.',
    helpGroup: 'OSVOS',
    helpValue: '1,S',
  })(),
};

interface FineTuneFlags {
  trunk: TrunkName;
  parent?: string;
  'no-parent': boolean;
  base?: string;
  quality: QualityName;
  size?: number;
  roi?: RegionUse | 'none';
  iterations?: number;
  'time-budget'?: number;
  adapt?: number;
  scales?: number[];
  'frozen-stages': number;
  'trunk-rate'?: number;
  'head-rate'?: number;
  seed: number;
  objects?: number[];
}

/** The method's options: what the flags say over the method's defaults. */
export function osvosOptions(flags: FineTuneFlags): OsvosOptions {
  const { trunk, base, seed, objects } = flags;
  const defaults = {
    ...osvosDefaults,
    ...qualities[flags.quality],
    ...(flags['no-parent'] && withoutParent),
  };
  const timeBudget = flags['time-budget'];
  const iterations = timeBudget === undefined ? defaults.iterations : unlimitedIterations;
  const own = trunk === osvosDefaults.trunk ? osvosDefaults.parent : `osvos-${trunk}`;
  const parent = flags['no-parent'] ? false : (flags.parent ?? own);
  return {
    ...defaults,
    ...{ trunk, parent, base, seed, objects, timeBudget },
    roi: flags.roi === 'none' ? undefined : (flags.roi ?? defaults.roi),
    size: flags.size ?? defaults.size,
    iterations: flags.iterations ?? iterations,
    adaptEvery: flags.adapt ?? defaults.adaptEvery,
    scales: flags.scales ?? defaults.scales,
    frozenStages: flags['frozen-stages'],
    trunkRate: flags['trunk-rate'] ?? defaults.trunkRate,
    headRate: flags['head-rate'] ?? defaults.headRate,
  };
}

/** `fast: --size 240 --iterations 0 …; …`, for the help. */
function describeQualities(): string {
  return qualityNames
    .map((name) => {
      const { size, iterations, adaptEvery, scales, roi = 'none' } = qualities[name];
      const shares = scales.map((scale) => Number(scale.toFixed(2))).join();
      return `${name}: --size ${size} --iterations ${iterations} --adapt ${adaptEvery} --scales ${shares} --roi ${roi}`;
    })
    .join('; ');
}

/** Shares of the size, 1 first. Throws `usage`. */
function parseScales(text: string): number[] {
  const scales = parseList(text).map(Number);
  if (scales[0] !== 1 || !scales.every((scale) => scale >= 0.25 && scale <= 2)) {
    const remedy = 'for example --scales 1,0.67';
    throw new OsvosError(
      'usage',
      'no list of 1 and further shares from 0.25 to 2',
      `--scales ${text}`,
      remedy,
    );
  }
  return scales;
}

/** Ids, ascending, each once. Throws `usage`. */
function parseObjects(text: string): number[] {
  const ids = parseList(text).map(Number);
  if (ids.length === 0 || ids.some((id) => !Number.isInteger(id) || id < 1 || id > 254)) {
    throw new OsvosError(
      'usage',
      'no object ids from 1 to 254',
      `--objects ${text}`,
      'for example --objects 1,3',
    );
  }
  return [...new Set(ids)].sort((a, b) => a - b);
}
