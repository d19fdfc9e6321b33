/** Which method segments: the flags that all methods have, and what is chosen by them and by the method's own. */
import { Flags } from '@oclif/core';
import { OsvosError } from '../errors.js';
import type { CommonOptions } from '../jobs/segment-options.js';
import { osvosDefaults } from '../methods/osvos/defaults.js';
import { memoryMethodNames, methodNames, methods } from '../methods/registry.js';
import type { MethodName, RegisteredMethod } from '../methods/registry.js';
import { regionUses } from '../methods/region-uses.js';
import { memoryDefaults, memoryThreshold } from '../methods/stm/defaults.js';
import { memoryTrunkNames } from '../networks/memory/memory-architecture.js';
import { trunkNames } from '../networks/trunk-names.js';
import { memoryMethodFlags, memoryOptions } from './memory-flags.js';
import { fineTuneFlags, followFlags, osvosOptions } from './osvos-flags.js';

const memories = listed(memoryMethodNames);

/** Flags that mean the same with every method, though not with the same default. */
export const methodFlags = {
  method: Flags.option({
    char: 'm',
    options: methodNames,
    default: 'osvos' as const,
    summary: `How masks travel through the clip: osvos trains a network on the given masks, ${memories} remember them and train nothing.`,
    helpGroup: 'METHOD',
  })(),
  trunk: Flags.option({
    aliases: ['backbone'],
    options: [...new Set([...trunkNames, ...memoryTrunkNames])],
    summary: `Trunk of the network; by default ${osvosDefaults.trunk} for osvos, ${memoryDefaults.trunk} for ${memories}, which have ${listed(memoryTrunkNames)}.`,
    helpGroup: 'METHOD',
  })(),
  size: Flags.integer({
    min: 16,
    summary: `Short side at which the network sees a frame, pixels; frames are never enlarged. By default what --quality says for osvos, ${memoryDefaults.size} for ${memories}.`,
    helpGroup: 'METHOD',
    helpValue: 'S',
  }),
  roi: Flags.option({
    options: ['none', ...regionUses] as const,
    summary: `The region around the objects, enlarged to --size: seen in place of the frame (auto: for small objects), or beside it (too; osvos only). By default what --quality says for osvos, ${memoryDefaults.roi} for ${memories}.`,
    helpGroup: 'METHOD',
  })(),
};

/** Flags of OSVOS alone; `osvos segment` has more of them than what fine-tuning and following want. */
const common: readonly string[] = ['trunk', 'size', 'seed', 'roi'];
const osvosFlagNames = [
  ...Object.keys(fineTuneFlags).filter((name) => !common.includes(name)),
  ...Object.keys(followFlags),
  ...['no-fine-tuning', 'test-network', 'save-network', 'threshold', 'preview'],
];

type OsvosFlags = Parameters<typeof osvosOptions>[0];
type MethodFlags = Omit<OsvosFlags, 'trunk'> &
  Omit<Parameters<typeof memoryOptions>[1], 'trunk'> & {
    method: MethodName;
    trunk?: string;
    threshold: number;
    /** Nothing is to be learnt: OSVOS's network is used as it is. */
    asItIs: boolean;
  };

/** A method with the options that the flags make for it. */
export interface ChosenMethod<Options extends CommonOptions> {
  method: RegisteredMethod<Options>;
  options: Options;
  threshold: number;
}

/**
 * Hands the method that the flags choose to `work`, which has to do for any.
 *
 * @param given flags that were written, not filled in
 * @throws OsvosError `usage` where a flag or a trunk belongs to another method
 */
export function chooseMethod<T>(
  flags: MethodFlags,
  given: ReadonlySet<string>,
  work: <Options extends CommonOptions>(chosen: ChosenMethod<Options>) => T,
): T {
  const { method: name, trunk } = flags;
  if (name === 'osvos') {
    refuseFlags(name, given, Object.keys(memoryMethodFlags), memories);
    const own = osvosOptions({ ...flags, trunk: oneOf(trunkNames, trunk, name) ?? osvosDefaults.trunk });
    const options = { ...own, ...(flags.asItIs && { iterations: 0, targetModel: false }) };
    return work({ method: methods[name], options, threshold: flags.threshold });
  }
  refuseFlags(name, given, osvosFlagNames, 'osvos');
  const method = methods[name];
  const options = memoryOptions(method.defaults, { ...flags, trunk: oneOf(memoryTrunkNames, trunk, name) });
  return work({ method, options, threshold: memoryThreshold });
}

/** Whether the flag says something to the method. */
export function takesFlag(method: MethodName, flag: string): boolean {
  return !(method === 'osvos' ? Object.keys(memoryMethodFlags) : osvosFlagNames).includes(flag);
}

function refuseFlags(
  method: MethodName,
  given: ReadonlySet<string>,
  foreign: readonly string[],
  owners: string,
): void {
  const found = foreign.filter((name) => given.has(name)).map((name) => `--${name}`);
  if (found.length === 0) return;
  const [belong, them] = found.length === 1 ? ['belongs', 'it'] : ['belong', 'them'];
  throw new OsvosError(
    'usage',
    `${listed(found)} ${belong} to ${owners}`,
    `--method ${method}`,
    `leave ${them} out, or choose --method ${owners.replace(' and ', ' or ')}`,
  );
}

function oneOf<T extends string>(
  names: readonly T[],
  trunk: string | undefined,
  method: string,
): T | undefined {
  const known = names.find((name) => name === trunk);
  if (trunk === undefined || known) return known;
  const remedy = `choose ${listed(names).replace(' and ', ' or ')}`;
  throw new OsvosError('usage', `${method} has no trunk ${trunk}`, `--trunk ${trunk}`, remedy);
}

/** `a, b and c`. */
function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
