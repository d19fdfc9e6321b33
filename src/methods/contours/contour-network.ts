/** The second stream of OSVOS: a network of its own that finds all contours of a picture (Caelles et al. 2017, § 3.4). */
import { OsvosError } from '../../errors.js';
import type { Heads } from '../../networks/heads.js';
import { OsvosNetwork } from '../../networks/osvos-network.js';
import { Parameters } from '../../networks/parameters.js';
import type { Trunk } from '../../networks/stage.js';
import { topDownHeads } from '../../networks/top-down-heads.js';
import { createTrunk } from '../../networks/trunk.js';
import { trunkNames, type TrunkName } from '../../networks/trunk-names.js';
import { createRandom } from '../../random.js';
import { findWeights } from '../../weights/manifest.js';
import { readTrunk } from '../../weights/read-trunk.js';
import { readSafetensors } from '../../weights/safetensors.js';
import { trunkInputs, type TrunkInput } from '../../weights/trunk-inputs.js';
import type { Weights } from '../../weights/weights.js';

/** Lives until its network's `dispose`. */
export interface ContourNetwork {
  network: OsvosNetwork;
  trunk: TrunkName;
  input: TrunkInput;
}

/** What the header of a file says beside its tensors. */
export interface ContourMetadata {
  architecture: `contour-${TrunkName}`;
}

/** A trained contour network, by name or file. Throws `weights-missing` and `weights-unfit`. */
export async function loadContourNetwork(name: string): Promise<ContourNetwork> {
  const { trunk, tensors, file } = await readContourWeights(name);
  return fromWeights(trunk, tensors, file);
}

/** The numbers of a contour network; needs no engine. Throws as `loadContourNetwork`. */
export async function readContourWeights(
  name: string,
): Promise<{ trunk: TrunkName; tensors: Weights; file: string }> {
  const { file } = await findWeights(name);
  const { tensors, metadata } = await readSafetensors(file);
  const trunk = trunkNames.find((known) => metadata.architecture === `contour-${known}`);
  if (!trunk) {
    const what = `no contour network (architecture ${metadata.architecture ?? 'not said'})`;
    throw new OsvosError('weights-unfit', what, file);
  }
  return { trunk, tensors, file };
}

/** Untrained heads on a trunk's own weights. Throws `weights-missing` and `weights-unfit`. */
export async function untrainedContourNetwork(
  trunk: TrunkName,
  base: string,
  seed: number,
): Promise<ContourNetwork> {
  const { file } = await findWeights(base);
  const weights = await readTrunk(trunk, file);
  const heads = contourHeads(createTrunk(trunk)).initial(createRandom(seed));
  return fromWeights(trunk, new Map([...weights, ...heads]), file);
}

/** Refinement from coarse to fine, without a target model: contours are found better than by side outputs. */
export function contourHeads(trunk: Trunk): Heads {
  return topDownHeads(trunk, { scored: false });
}

function fromWeights(name: TrunkName, weights: Weights, source: string): ContourNetwork {
  const trunk = createTrunk(name);
  const heads = contourHeads(trunk);
  const parameters = Parameters.from(weights, new Map([...trunk.shapes, ...heads.shapes]), source);
  return { network: new OsvosNetwork(trunk, heads, parameters), trunk: name, input: trunkInputs[name] };
}
