import { OsvosError } from '../../errors.js';
import { createRandom } from '../../random.js';
import { headsNames, type HeadsName } from '../../networks/heads.js';
import { createHeads } from '../../networks/osvos-network.js';
import { createTrunk } from '../../networks/trunk.js';
import { trunkNames, type TrunkName } from '../../networks/trunk-names.js';
import { cropRules, type CropRule } from '../../networks/crop-rules.js';
import { findWeights } from '../../weights/manifest.js';
import { readTrunk } from '../../weights/read-trunk.js';
import { readSafetensors } from '../../weights/safetensors.js';
import { trunkInputs, type TrunkInput } from '../../weights/trunk-inputs.js';
import type { Weights } from '../../weights/weights.js';
import type { OsvosOptions } from './defaults.js';

/** Where fine-tuning starts from. */
export interface ParentNetwork {
  weights: Weights;
  trunk: TrunkName;
  heads: HeadsName;
  crop: CropRule;
  input: TrunkInput;
  /** For messages. */
  file: string;
}

/** Which network to start from; `seed` is for untrained heads. */
export type ParentChoice = Pick<OsvosOptions, 'trunk' | 'heads' | 'parent' | 'base' | 'seed'>;

/** What the header of a parent's file says beside its tensors. */
export interface ParentMetadata {
  architecture: `osvos-${TrunkName}`;
  /** Side outputs when left out. */
  heads?: HeadsName;
  crop: CropRule;
}

/**
 * The parent network, or with `parent: false` the trunk's own weights under untrained heads.
 * Throws `weights-missing` and `weights-unfit`.
 */
export async function loadParent(options: ParentChoice): Promise<ParentNetwork> {
  if (options.parent === false) return loadBase(options);
  const { file } = await findWeights(options.parent);
  const { tensors, metadata } = await readSafetensors(file);
  const trunk = trunkNames.find((name) => metadata.architecture === `osvos-${name}`);
  const crop = cropRules.find((rule) => rule === metadata.crop);
  const heads = headsNames.find((name) => name === (metadata.heads ?? 'side-outputs'));
  if (!trunk || !crop || !heads) {
    throw new OsvosError(
      'weights-unfit',
      `no OSVOS parent network (architecture ${metadata.architecture ?? 'not said'})`,
      file,
    );
  }
  if (trunk !== options.trunk) {
    throw new OsvosError(
      'weights-unfit',
      `the parent has trunk ${trunk}, not ${options.trunk}`,
      file,
      `use --trunk ${trunk}`,
    );
  }
  return { weights: tensors, trunk, heads, crop, input: trunkInputs[trunk], file };
}

async function loadBase({ trunk, heads, base, seed }: ParentChoice): Promise<ParentNetwork> {
  if (!base) {
    throw new OsvosError('weights-missing', `no weights for trunk ${trunk}`, '', 'name a file with --base');
  }
  const { file } = await findWeights(base);
  const weights = await readTrunk(trunk, file);
  const untrained = createHeads(createTrunk(trunk), { heads, crop: 'fixed' });
  for (const [name, tensor] of untrained.initial(createRandom(seed))) weights.set(name, tensor);
  untrained.dispose();
  return { weights, trunk, heads, crop: 'fixed', input: trunkInputs[trunk], file };
}
