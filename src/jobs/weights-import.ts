import { existsSync } from 'node:fs';
import path from 'node:path';
import { OsvosError } from '../errors.js';
import type { Report } from '../progress.js';
import { OUR_FORM } from '../weights/foreign-names.js';
import { readManifest, weightsSuffix } from '../weights/manifest.js';
import { convertWeights } from '../weights/read-trunk.js';
import { recogniseArchitecture, type ImportedArchitecture } from '../weights/recognise.js';
import { sha256, writeSafetensors } from '../weights/safetensors.js';
import { readStm, STM_LICENCE } from '../weights/stm/read-stm.js';
import { stmArchitecture } from '../weights/stm/stm-names.js';
import { torchvisionInput, trunkInputs, type TrunkArchitecture } from '../weights/trunk-inputs.js';
import { userWeightsFolder } from '../weights/user-folder.js';
import type { Weights } from '../weights/weights.js';

export interface ImportOptions {
  file: string;
  /** Told by the tensors' names when left out. */
  architecture?: ImportedArchitecture;
  /** Name to use it by; the file's stem, blanks as -, when left out. */
  name?: string;
  /** Replace weights of the same name. */
  force: boolean;
  report: Report;
}

export interface ImportedWeights {
  name: string;
  /** `resnet18` for a trunk, `osvos-vgg16` for a network with heads, `stm-resnet50`. */
  architecture: string;
  /** Which program's form the file had. */
  form: string;
  file: string;
  tensors: number;
  sha256: string;
  /** What the file, or its form, says of it. */
  licence: string | null;
}

/** A file in our names, and what its header is to say. */
interface Converted {
  tensors: Weights;
  form: string;
  /** For the note: `trunk vgg16`. */
  what: string;
  metadata: Record<string, string>;
  /** What the user should know of these weights. */
  note?: string;
}

/** Of the form that torchvision's ResNet-50 has too. */
const RESNET50_NOTE =
  'resnet50-v1 has its strides on the 1×1 convolutions, as in Caffe and Keras; torchvision’s ResNet-50 is another network, which the names in the file do not tell';

const STM_NOTE =
  'STM’s authors published their weights under CC BY-NC-SA, for non-commercial use only: the copy is yours alone, osvos does not ship it';

/** Heads of OSVOS-PyTorch were trained with their upsampled maps cut at the centre; all others at the fixed offset. */
const cropOfForm: Record<string, string> = { 'OSVOS-PyTorch': 'center' };

/**
 * Turns a trunk or network file into our names and keeps it in the user's data folder, where its name is enough.
 * Throws `weights-missing`, `weights-unfit`, `usage` (a name that is no file name, an architecture that names do not
 * tell), `output-exists`, `cannot-write`.
 */
export async function importWeights(options: ImportOptions): Promise<ImportedWeights> {
  const { report } = options;
  const name = options.name ?? path.parse(options.file).name.replace(/[^\p{L}\p{N}._-]+/gu, '-');
  const file = path.join(userWeightsFolder(), name + weightsSuffix);
  await checkName(name, file, options.force);
  const architecture = options.architecture ?? (await recogniseArchitecture(options.file));
  const { tensors, form, what, metadata, note } =
    architecture === stmArchitecture
      ? await convertStm(options.file)
      : await convertTrunk(architecture, options.file);
  report({ kind: 'note', text: `${options.file}: ${what} in the form of ${form}` });
  if (note !== undefined) report({ kind: 'note', text: note });
  await writeSafetensors(file, tensors, {
    ...metadata,
    'imported-from': path.basename(options.file),
    'imported-sha256': await sha256(options.file),
  });
  const licence = metadata.licence ?? null;
  return {
    name,
    architecture: metadata.architecture,
    form,
    file,
    tensors: tensors.size,
    sha256: await sha256(file),
    licence,
  };
}

async function convertTrunk(architecture: TrunkArchitecture, file: string): Promise<Converted> {
  const { tensors, heads, form, metadata } = await convertWeights(architecture, file);
  return {
    tensors,
    form,
    what: `${heads ? 'network' : 'trunk'} ${architecture}`,
    metadata: {
      ...metadata,
      architecture: heads ? `osvos-${architecture}` : architecture,
      ...(heads ? { method: 'osvos', heads, crop: metadata.crop ?? cropOfForm[form] ?? 'fixed' } : {}),
      input: JSON.stringify(trunkInputs[architecture]),
    },
    ...(architecture === 'resnet50-v1' && form !== OUR_FORM ? { note: RESNET50_NOTE } : {}),
  };
}

async function convertStm(file: string): Promise<Converted> {
  const { tensors, form, metadata } = await readStm(file);
  const described = { architecture: stmArchitecture, method: 'stm', input: JSON.stringify(torchvisionInput) };
  return {
    tensors,
    form,
    what: `network ${stmArchitecture}`,
    metadata: { ...metadata, ...described },
    ...(metadata.licence === STM_LICENCE ? { note: STM_NOTE } : {}),
  };
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
