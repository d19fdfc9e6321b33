/** The networks that are measured, with random weights: speed does not depend on the numbers. */
import { createHeads, OsvosNetwork, osvosShapes } from '../../src/networks/osvos-network.js';
import type { HeadsName } from '../../src/networks/heads.js';
import { Parameters } from '../../src/networks/parameters.js';
import { sideOutputHeads } from '../../src/networks/side-output-heads.js';
import { sum, trunkCost, type Size } from '../../src/networks/trunk-cost.js';
import { trunkNames, type TrunkName } from '../../src/networks/trunk-names.js';
import { createTrunk } from '../../src/networks/trunk.js';
import { vgg } from '../../src/networks/vgg.js';
import { createRandom } from '../../src/random.js';
import { trunkInputs, type TrunkInput } from '../../src/weights/trunk-inputs.js';
import { randomWeights } from '../engine/case.js';

/** One convolution a stage and three side channels, as in the golden tables: what slow engines can hold. */
export const TINY = 'tiny';
const TINY_CHANNELS = [4, 5, 6, 7, 8];
const TINY_SIDE_CHANNELS = 3;

export const networkNames = [...trunkNames, TINY] as const;
export type NetworkName = (typeof networkNames)[number];

/** Those of Caelles et al. 2017 on their trunk and its likes, the program's own on the others. */
export function headsOf(network: NetworkName): HeadsName {
  return network === TINY || network.startsWith('vgg') ? 'side-outputs' : 'top-down';
}

export function inputOf(network: NetworkName): TrunkInput {
  return trunkInputs[network === TINY ? 'vgg16' : network];
}

export function createNetwork(name: NetworkName): OsvosNetwork {
  const [trunk, heads] = name === TINY ? tinyParts() : parts(name);
  const weights = randomWeights(trunk, heads, createRandom(1));
  return new OsvosNetwork(trunk, heads, Parameters.from(weights, osvosShapes(trunk, heads), name));
}

function parts(name: TrunkName) {
  const trunk = createTrunk(name);
  return [trunk, createHeads(trunk, { heads: headsOf(name), crop: 'fixed' })] as const;
}

function tinyParts() {
  const trunk = vgg(TINY, TINY_CHANNELS.map((channels) => [channels])); // prettier-ignore
  return [trunk, sideOutputHeads(trunk, 'fixed', TINY_SIDE_CHANNELS)] as const;
}

/** Floating-point operations (a multiply-add is two) of a picture forward, and of a training iteration. */
export function operationsOf({ trunk, heads }: OsvosNetwork, size: Size, frozenStages: number) {
  const stages = trunkCost(trunk, size);
  const tuned = sum(stages.slice(frozenStages).map((stage) => stage.multiplyAdds));
  const ofHeads = heads.cost({ stages, size, frozenStages, scored: false });
  return {
    forward: 2 * (sum(stages.map((stage) => stage.multiplyAdds)) + ofHeads.forward),
    iteration: 2 * (3 * tuned + ofHeads.forward + ofHeads.backward),
  };
}

/** `vgg16,tiny` */
export function parseNetworkNames(text: string): NetworkName[] {
  return text.split(',').map((item) => {
    const known = networkNames.find((name) => name === item);
    if (!known) throw new Error(`no network named ${item}: use ${networkNames.join(', ')}`);
    return known;
  });
}
