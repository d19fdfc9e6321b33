/** The methods by name. A new one adds its folder and a line here. */
import type { Method } from './method.js';
import type { OsvosOptions } from './osvos/defaults.js';
import { withRegionOfInterest } from './region-of-interest.js';

/** What is known of a method before its code is loaded. */
export interface RegisteredMethod<Options> {
  name: string;
  /** Loads the code, and with it the tensor library. */
  load(): Promise<Method<Options>>;
  /** Names or files of the weights that a run with these options starts from. */
  weights(options: Options): string[];
}

const osvos: RegisteredMethod<OsvosOptions> = {
  name: 'osvos',
  load: async () => withRegionOfInterest((await import('./osvos/osvos.js')).osvos),
  weights: ({ parent, base }) => [parent === false ? base : parent].filter((name) => name !== undefined),
};

export const methods = { osvos };
export type MethodName = keyof typeof methods;
export const methodNames = Object.keys(methods) as MethodName[];
