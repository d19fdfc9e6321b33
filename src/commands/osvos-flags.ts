/** Flags of the commands that fine-tune OSVOS, and the method's options that they make. */
import { Flags } from '@oclif/core';
import { OsvosError } from '../errors.js';
import { osvosDefaults, type OsvosOptions } from '../methods/osvos/defaults.js';
import { trunkNames, type TrunkName } from '../networks/trunk-names.js';
import { parseList, rateFlag, seedFlag } from './shared-flags.js';

/** Masks that are given. */
export const maskFlags = {
  mask: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    summary:
      'Mask of the first frame, or of the frame named before the equals sign, or a folder of masks named as their frames; may be repeated.',
    helpGroup: 'INPUT',
    helpValue: '[FRAME=]FILE|DIR',
  }),
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
    helpGroup: 'METHOD',
  })(),
  parent: Flags.string({
    summary: `Parent network, a name (osvos weights list) or a file; by default the one of the trunk.`,
    helpGroup: 'METHOD',
    helpValue: 'NAME|FILE',
  }),
  'no-parent': Flags.boolean({
    exclusive: ['parent'],
    summary: 'Start from the trunk’s own weights (ablation); needs --base.',
    helpGroup: 'METHOD',
  }),
  base: Flags.string({
    dependsOn: ['no-parent'],
    summary: 'Weights of the trunk, a name or a file.',
    helpGroup: 'METHOD',
    helpValue: 'FILE',
  }),
  size: Flags.integer({
    min: 16,
    default: osvosDefaults.size,
    summary: 'Short side at which the network sees a frame, pixels; frames are never enlarged.',
    helpGroup: 'METHOD',
    helpValue: 'S',
  }),
  iterations: Flags.integer({
    min: 0,
    summary: `Steps of fine-tuning for each object, about 0.25 s each on two cores at --size 240; by default ${osvosDefaults.iterations}.`,
    helpGroup: 'METHOD',
    helpValue: 'N',
  }),
  'time-budget': Flags.integer({
    min: 1,
    summary: 'Seconds after which fine-tuning ends, whatever --iterations says.',
    helpGroup: 'METHOD',
    helpValue: 'SECONDS',
  }),
  'frozen-stages': Flags.integer({
    min: 0,
    max: 5,
    default: osvosDefaults.frozenStages,
    summary:
      'Trunk stages that stay as they are; what they compute is cached, on a fixed set of warped copies.',
    helpGroup: 'METHOD',
    helpValue: 'N',
  }),
  'trunk-rate': rateFlag({
    default: osvosDefaults.trunkRate,
    summary: 'Learning rate of the trunk.',
    helpGroup: 'METHOD',
    helpValue: 'RATE',
  }),
  'head-rate': rateFlag({
    default: osvosDefaults.headRate,
    summary: 'Learning rate of the heads.',
    helpGroup: 'METHOD',
    helpValue: 'RATE',
  }),
  ...seedFlag,
};

/** A network that osvos finetune, or --save-network, made. */
export const testNetworkFlag = Flags.custom<string>({ helpGroup: 'METHOD', helpValue: 'FILE' });

interface FineTuneFlags {
  trunk: TrunkName;
  parent?: string;
  'no-parent': boolean;
  base?: string;
  size: number;
  iterations?: number;
  'time-budget'?: number;
  'frozen-stages': number;
  'trunk-rate': number;
  'head-rate': number;
  seed: number;
  objects?: number[];
}

/** The method's options: what the flags say over the method's defaults. */
export function osvosOptions(flags: FineTuneFlags): OsvosOptions {
  const { trunk, base, size, iterations = osvosDefaults.iterations, seed, objects } = flags;
  const own = trunk === osvosDefaults.trunk ? osvosDefaults.parent : `osvos-${trunk}`;
  const parent = flags['no-parent'] ? false : (flags.parent ?? own);
  return {
    ...osvosDefaults,
    trunk,
    parent,
    base,
    size,
    iterations,
    timeBudget: flags['time-budget'],
    frozenStages: flags['frozen-stages'],
    trunkRate: flags['trunk-rate'],
    headRate: flags['head-rate'],
    seed,
    objects,
  };
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
