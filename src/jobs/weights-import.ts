import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
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
import {
  torchvisionInput,
  trunkInputs,
  type TrunkArchitecture,
  type TrunkInput,
} from '../weights/trunk-inputs.js';
import { userWeightsFolder } from '../weights/user-folder.js';
import { replaceUserEntry } from '../weights/user-manifest.js';
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
  /** How pictures are normalised for it. */
  input: TrunkInput;
  /** How upsampled maps are cut to the picture's size; null where nothing is cropped. */
  crop: string | null;
  /** What the file, or its form, says of it. */
  licence: string | null;
}

/** A file in our names, and what its header is to say. */
interface Converted {
  tensors: Weights;
  form: string;
  /** For the note: `trunk vgg16`. */
  what: string;
  input: TrunkInput;
  metadata: Record<string, string>;
  /** What the user should know of these weights. */
  note?: string;
}

/** Of architectures whose tensors have the same names. */
const sameNames: Partial<Record<TrunkArchitecture, string>> = {
  resnet50:
    'taken for torchvision’s ResNet-50, strides on the 3×3 convolutions; Caffe’s and Keras’s, which has the same names, is --architecture resnet50-v1',
  'resnet50-v1':
    'taken for Caffe’s and Keras’s ResNet-50, strides on the 1×1 convolutions; torchvision’s, which has the same names, is --architecture resnet50',
};

const STM_NOTE =
  'STM’s authors published their weights under CC BY-NC-SA, for non-commercial use only: the copy is yours alone, osvos does not ship it';

/** Heads of OSVOS-PyTorch were trained with their upsampled maps cut at the centre; all others at the fixed offset. */
const cropOfForm: Record<string, string> = { 'OSVOS-PyTorch': 'center' };

/**
 * Turns a trunk or network file into our names and keeps it, with an entry in the manifest there, in the user's data
 * folder, where its name is enough. Throws `weights-missing`, `weights-unfit`, `usage` (a name that is no file name, an architecture that names do not
 * tell), `output-exists`, `cannot-write`.
 */
export async function importWeights(options: ImportOptions): Promise<ImportedWeights> {
  const { report } = options;
  const name = options.name ?? path.parse(options.file).name.replace(/[^\p{L}\p{N}._-]+/gu, '-');
  const folder = userWeightsFolder();
  const file = path.join(folder, name + weightsSuffix);
  await checkName(name, file, options.force);
  const architecture = options.architecture ?? (await recogniseArchitecture(options.file));
  const { tensors, form, what, input, metadata, note } =
    architecture === stmArchitecture
      ? await convertStm(options.file)
      : await convertTrunk(architecture, options.file);
  report({ kind: 'note', text: `${options.file}: ${what} in the form of ${form}` });
  if (note !== undefined) report({ kind: 'note', text: note });
  const source = { file: path.basename(options.file), sha256: await sha256(options.file) };
  // an entry of weights that are replaced must not outlive them
  await replaceUserEntry(folder, name);
  await writeSafetensors(file, tensors, {
    ...metadata,
    input: JSON.stringify(input),
    'imported-from': source.file,
    'imported-sha256': source.sha256,
  });
  const shared = {
    name,
    architecture: metadata.architecture,
    form,
    sha256: await sha256(file),
    input,
    crop: metadata.crop ?? null,
    licence: metadata.licence ?? null,
  };
  await replaceUserEntry(folder, name, {
    ...shared,
    method: metadata.method ?? null,
    file: path.basename(file),
    bytes: (await stat(file)).size,
    source,
  });
  return { ...shared, file, tensors: tensors.size };
}

async function convertTrunk(architecture: TrunkArchitecture, file: string): Promise<Converted> {
  const { tensors, heads, form, metadata } = await convertWeights(architecture, file);
  return {
    tensors,
    form,
    what: `${heads ? 'network' : 'trunk'} ${architecture}`,
    input: trunkInputs[architecture],
    metadata: {
      ...metadata,
      architecture: heads ? `osvos-${architecture}` : architecture,
      ...(heads ? { method: 'osvos', heads, crop: metadata.crop ?? cropOfForm[form] ?? 'fixed' } : {}),
    },
    ...(form === OUR_FORM ? {} : { note: sameNames[architecture] }),
  };
}

async function convertStm(file: string): Promise<Converted> {
  const { tensors, form, metadata } = await readStm(file);
  return {
    tensors,
    form,
    what: `network ${stmArchitecture}`,
    input: torchvisionInput,
    metadata: { ...metadata, architecture: stmArchitecture, method: 'stm' },
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
