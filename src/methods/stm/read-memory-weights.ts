/** Files of memory networks, looked at without the tensor library. */
import { OsvosError } from '../../errors.js';
import {
  architectureName,
  parseArchitecture,
  type MemoryArchitecture,
} from '../../networks/memory/memory-architecture.js';
import { findWeights } from '../../weights/manifest.js';
import { readSafetensors } from '../../weights/safetensors.js';
import type { Weights } from '../../weights/weights.js';

/** Which methods read the networks of a kind of keys. */
const readers = { masked: 'stm or kmn', image: 'stcn' } as const;

/**
 * Reads the weights of a memory network, by name or file.
 *
 * @throws OsvosError `weights-missing`; `weights-unfit` where they are of another trunk, of a network with other keys,
 * or of no memory network
 */
export async function readMemoryWeights(
  name: string,
  wanted: MemoryArchitecture,
): Promise<{ tensors: Weights; file: string }> {
  const { file } = await findMemoryWeights(name, wanted);
  const { tensors, metadata } = await readSafetensors(file);
  const expected = architectureName(wanted);
  const found = parseArchitecture(metadata.architecture);
  if (found && architectureName(found) === expected) return { tensors, file };
  const what = `weights of ${metadata.architecture ?? 'an architecture that is not said'}, not of ${expected}`;
  const remedy =
    found?.keys === wanted.keys
      ? `use --trunk ${found.trunk}`
      : found
        ? `use --method ${readers[found.keys]}, or weights that were trained for ${readers[wanted.keys]}`
        : `use weights that osvos train ${readers[wanted.keys].replace(' or ', ' or osvos train ')} made`;
  throw new OsvosError('weights-unfit', what, file, remedy);
}

/** Throws what `readMemoryWeights` throws. */
export async function requireMemoryWeights(name: string, wanted: MemoryArchitecture): Promise<void> {
  await readMemoryWeights(name, wanted);
}

/** Says for which method and trunk there are none, where the name is one that nobody wrote. */
async function findMemoryWeights(
  name: string,
  { trunk, keys }: MemoryArchitecture,
): Promise<{ file: string }> {
  try {
    return await findWeights(name);
  } catch (error) {
    if (!(error instanceof OsvosError) || error.code !== 'weights-missing') throw error;
    const remedy = error.remedy.startsWith('did you mean')
      ? error.remedy
      : `give a file by --weights, or train one for ${readers[keys]} with trunk ${trunk} (osvos train)`;
    throw new OsvosError('weights-missing', error.what, name, remedy, { cause: error });
  }
}
