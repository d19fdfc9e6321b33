/** The methods by name. A new one adds its folder and a line here. */
import type { Size } from '../clips/network-size.js';
import { kmnDefaults } from './kmn/defaults.js';
import type { Method } from './method.js';
import type { OsvosOptions } from './osvos/defaults.js';
import { withRegionOfInterest } from './region-of-interest.js';
import { stcnDefaults } from './stcn/defaults.js';
import { stmDefaults, type MemoryMethodDefaults, type MemoryOptions } from './stm/defaults.js';
import { requireMemoryWeights } from './stm/read-memory-weights.js';
import { reducedSize } from './stm/padding.js';

/** What is known of a method before its code is loaded. */
export interface RegisteredMethod<Options> {
  name: string;
  family: Method<Options>['family'];
  /** Loads the code, and with it the tensor library. */
  load(): Promise<Method<Options>>;
  /** Names or files of the weights that a run with these options starts from. */
  weights(options: Options): string[];
  /** Looks at these files before anything is computed; throws `weights-missing` and `weights-unfit`. */
  requireWeights?(options: Options): Promise<void>;
  networkSize?(frame: Size, shortSide: number): Size;
}

const osvos: RegisteredMethod<OsvosOptions> = {
  name: 'osvos',
  family: 'online',
  load: async () => withRegionOfInterest((await import('./osvos/osvos.js')).osvos),
  weights: ({ parent, base }) => [parent === false ? base : parent].filter((name) => name !== undefined),
};

/** A method with a space-time memory. */
export interface RegisteredMemory extends RegisteredMethod<MemoryOptions> {
  defaults: MemoryMethodDefaults;
}

function memory(defaults: MemoryMethodDefaults, load: RegisteredMemory['load']): RegisteredMemory {
  const { name, keys } = defaults;
  return {
    ...{ name, family: 'offline', defaults, load },
    weights: ({ weights }) => [weights],
    requireWeights: ({ weights, trunk }) => requireMemoryWeights(weights, { trunk, keys }),
    networkSize: reducedSize,
  };
}

const stm = memory(stmDefaults, async () => withRegionOfInterest((await import('./stm/stm.js')).stm));
const kmn = memory(kmnDefaults, async () => withRegionOfInterest((await import('./kmn/kmn.js')).kmn));
const stcn = memory(stcnDefaults, async () => withRegionOfInterest((await import('./stcn/stcn.js')).stcn));

export const methods = { osvos, stm, kmn, stcn };
export type MethodName = keyof typeof methods;
export const methodNames = Object.keys(methods) as MethodName[];

/** Methods by the options that they take. */
export const memoryMethodNames = ['stm', 'kmn', 'stcn'] as const satisfies readonly MethodName[];
