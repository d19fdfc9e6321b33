import type { OsvosNetwork } from '../../networks/osvos-network.js';
import { createAdam } from '../../training/adam.js';
import type { Optimizer, ParameterGroup } from '../../training/optimizer.js';
import { createSgd } from '../../training/sgd.js';
import type { ParentOptions } from './parent-defaults.js';

const MOMENTUM = 0.9;

/** Factors on the rates of the released code: scores learn at a tenth, fuse at a hundredth (osvos parent training, SGD). */
const SGD_FACTORS: readonly [pattern: RegExp, factor: number][] = [
  [/^score\./, 0.1],
  [/^fuse\./, 0.01],
];

/** Biases learn at twice the rate of weights under SGD, and never decay. */
const BIAS_FACTOR = 2;

/** Adam with one rate for the trunk and one for the heads, or SGD with the groups of the released code. */
export function createParentOptimizer(network: OsvosNetwork, options: ParentOptions): Optimizer {
  const { parameters, trunk } = network;
  const frozen = network.frozenNames(options.frozenStages);
  const trained = parameters.names().filter((name) => !frozen.has(name));
  const groups = trained.map((name): ParameterGroup => {
    const bias = name.endsWith('.bias');
    const rate = trunk.shapes.has(name) ? options.trunkRate : options.headRate;
    const factor = SGD_FACTORS.find(([pattern]) => pattern.test(name))?.[1] ?? 1;
    return {
      variables: parameters.select([name]),
      rate: options.optimizer === 'adam' ? rate : rate * factor * (bias ? BIAS_FACTOR : 1),
      weightDecay: bias ? 0 : options.weightDecay,
    };
  });
  return options.optimizer === 'adam'
    ? createAdam({ groups, clipNorm: options.clipNorm })
    : createSgd({ groups, momentum: MOMENTUM });
}
