/** Which network a weight file is of, by the names of its tensors. */
import { OsvosError } from '../errors.js';
import { listedNames } from './check-shapes.js';
import { weightForms } from './foreign-names.js';
import { stmArchitecture, stmForms } from './stm/stm-names.js';
import type { TrunkArchitecture } from './trunk-inputs.js';
import { readWeightFile } from './weight-file.js';

/** Networks whose files can be taken over. */
export type ImportedArchitecture = TrunkArchitecture | typeof stmArchitecture;

/**
 * The one architecture that has such names.
 *
 * @throws OsvosError `usage` when several have them, as the ResNets do, `weights-unfit` when none has, and what reading throws
 */
export async function recogniseArchitecture(file: string): Promise<ImportedArchitecture> {
  const names: string[] = [];
  await readWeightFile(file, { skip: (name) => names.push(name) > 0 });
  const forms = Object.entries({ ...weightForms, [stmArchitecture]: stmForms });
  const fitting = forms.filter(([, known]) => known.some((form) => names.some(form.mark))).map(([name]) => name);
  if (fitting.length === 1) return fitting[0] as ImportedArchitecture;
  if (fitting.length > 1) {
    const what = `its names could be those of ${fitting.join(' or ')}`;
    throw new OsvosError('usage', what, file, 'say which with --architecture');
  }
  throw new OsvosError(
    'weights-unfit',
    `no network that is known here (it holds ${listedNames(names)})`,
    file,
    'osvos weights import --help lists what can be read',
  );
}
