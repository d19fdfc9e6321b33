/** Which network a weight file is of, by the names of its tensors. */
import { OsvosError } from '../errors.js';
import { listedNames } from './check-shapes.js';
import { OUR_FORM, weightForms, type WeightForm } from './foreign-names.js';
import { stmArchitecture, stmForms } from './stm/stm-names.js';
import { stmShapes } from './stm/stm-shapes.js';
import type { TrunkArchitecture } from './trunk-inputs.js';
import { osvosHeadShapes, topDownHeadShapes, trunkShapes } from './trunk-shapes.js';
import { readWeightFile } from './weight-file.js';

/** Networks whose files can be taken over. */
export type ImportedArchitecture = TrunkArchitecture | typeof stmArchitecture;

interface Candidate {
  architecture: ImportedArchitecture;
  form: WeightForm;
  /** Convolutions that are missing or too many, and names without a place. */
  faults: number;
}

/** The classifier of torchvision's ResNets, which files of MSRA's with PyTorch's names leave out with layer4. */
const TORCHVISION_CLASSIFIER = 'fc.weight';

/**
 * The one architecture that the names fit best. Both ResNet-50s have the same names: a file of our own says which it
 * is, a whole one in PyTorch's form is taken for torchvision's.
 *
 * @throws OsvosError `usage` when several fit as well, `weights-unfit` when none has such names, and what reading throws
 */
export async function recogniseArchitecture(file: string): Promise<ImportedArchitecture> {
  const names: string[] = [];
  const { metadata } = await readWeightFile(file, { skip: (name) => names.push(name) > 0 });
  const candidates = candidatesFor(names);
  if (candidates.length === 0) {
    throw new OsvosError(
      'weights-unfit',
      `no network that is known here (it holds ${listedNames(names)})`,
      file,
      'osvos weights import --help lists what can be read',
    );
  }
  const fewest = Math.min(...candidates.map(({ faults }) => faults));
  const best = candidates.filter(({ faults }) => faults === fewest);
  const said = best.find(({ architecture, form }) => {
    if (form.title === OUR_FORM)
      return new RegExp(`^(.+-)?${architecture}$`).test(metadata.architecture ?? '');
    return architecture === 'resnet50' && names.includes(TORCHVISION_CLASSIFIER);
  });
  if (said !== undefined || best.length === 1) return (said ?? best[0]).architecture;
  const what = `its names could be those of ${best.map(({ architecture }) => architecture).join(' or ')}`;
  throw new OsvosError('usage', what, file, 'say which with --architecture');
}

function candidatesFor(names: readonly string[]): Candidate[] {
  const forms = Object.entries({ ...weightForms, [stmArchitecture]: stmForms }) as [
    ImportedArchitecture,
    WeightForm[],
  ][];
  return forms.flatMap(([architecture, known]) => {
    const form = known.find((one) => names.some(one.mark));
    return form === undefined ? [] : [{ architecture, form, faults: countFaults(architecture, form, names) }];
  });
}

function countFaults(architecture: ImportedArchitecture, form: WeightForm, names: readonly string[]): number {
  const needed = convolutions(architecture === stmArchitecture ? stmShapes() : trunkShapes(architecture));
  const heads =
    architecture === stmArchitecture
      ? new Set<string>()
      : convolutions(new Map([...osvosHeadShapes(architecture), ...topDownHeadShapes(architecture)]));
  const places = names.map((name) => form.place(name));
  const found = new Set(places.flatMap((place) => (typeof place === 'object' ? [place.convolution] : [])));
  const missing = [...needed].filter((name) => !found.has(name)).length;
  const extra = [...found].filter((name) => !needed.has(name) && !heads.has(name)).length;
  return missing + extra + places.filter((place) => place === undefined).length;
}

/** Names without `.weight` and `.bias`. */
function convolutions(shapes: ReadonlyMap<string, unknown>): Set<string> {
  return new Set([...shapes.keys()].map((name) => name.replace(/\.(weight|bias)$/, '')));
}
