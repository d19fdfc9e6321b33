import { existsSync } from 'node:fs';
import path from 'node:path';
import { OsvosError } from '../errors.js';
import type { Report } from '../progress.js';
import { readManifest, weightsSuffix } from '../weights/manifest.js';
import { convertWeights } from '../weights/read-trunk.js';
import { sha256, writeSafetensors } from '../weights/safetensors.js';
import { trunkInputs, type TrunkArchitecture } from '../weights/trunk-inputs.js';
import { userWeightsFolder } from '../weights/user-folder.js';

export interface ImportOptions {
  file: string;
  architecture: TrunkArchitecture;
  /** Name to use it by; the file's stem, blanks as -, when left out. */
  name?: string;
  /** Replace weights of the same name. */
  force: boolean;
  report: Report;
}

export interface ImportedWeights {
  name: string;
  /** `resnet18` for a trunk, `osvos-vgg16` for a network with heads. */
  architecture: string;
  /** Which program's form the file had. */
  form: string;
  file: string;
  tensors: number;
  sha256: string;
}

/** Heads of OSVOS-PyTorch were trained with their upsampled maps cut at the centre; all others at the fixed offset. */
const cropOfForm: Record<string, string> = { 'OSVOS-PyTorch': 'center' };

/**
 * Turns a trunk or network file into our names and keeps it in the user's data folder, where its name is enough.
 * Throws `weights-missing`, `weights-unfit`, `usage` (a name that is no file name), `output-exists`, `cannot-write`.
 */
export async function importWeights(options: ImportOptions): Promise<ImportedWeights> {
  const { architecture, report } = options;
  const name = options.name ?? path.parse(options.file).name.replace(/[^\p{L}\p{N}._-]+/gu, '-');
  const file = path.join(userWeightsFolder(), name + weightsSuffix);
  await checkName(name, file, options.force);
  const { tensors, heads, form, metadata } = await convertWeights(architecture, options.file);
  report({
    kind: 'note',
    text: `${options.file}: ${heads ? 'network' : 'trunk'} ${architecture} in the form of ${form}`,
  });
  const described = heads ? `osvos-${architecture}` : architecture;
  await writeSafetensors(file, tensors, {
    ...metadata,
    architecture: described,
    ...(heads ? { method: 'osvos', heads, crop: metadata.crop ?? cropOfForm[form] ?? 'fixed' } : {}),
    input: JSON.stringify(trunkInputs[architecture]),
    'imported-from': path.basename(options.file),
    'imported-sha256': await sha256(options.file),
  });
  return { name, architecture: described, form, file, tensors: tensors.size, sha256: await sha256(file) };
}

async function checkName(name: string, file: string, force: boolean): Promise<void> {
  if (!/^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u.test(name)) {
    throw new OsvosError(
      'usage',
      'not a name for weights',
      name,
      'give --name with letters, digits, - and _',
    );
  }
  if ((await readManifest()).some((entry) => entry.name === name)) {
    throw new OsvosError('output-exists', 'shipped weights have this name', name, 'choose another --name');
  }
  if (existsSync(file) && !force) {
    throw new OsvosError(
      'output-exists',
      'weights of this name are there already',
      file,
      'choose another --name, or --force',
    );
  }
}
