/** Space-Time Memory networks in weight files → tensors for our network. */
import { OsvosError } from '../../errors.js';
import { checkShapes, listedNames } from '../check-shapes.js';
import { OUR_FORM } from '../foreign-names.js';
import { gatherConvolutions, namedTensors } from '../gather-convolutions.js';
import { asFloat32 } from '../half.js';
import { torchvisionInput } from '../trunk-inputs.js';
import { readWeightFile } from '../weight-file.js';
import type { Weights } from '../weights.js';
import { inputBuffers, stmArchitecture, stmForms } from './stm-names.js';
import { stmShapes } from './stm-shapes.js';

/** Of the weights that STM's authors published; they are not ours to ship. */
export const STM_LICENCE = 'CC BY-NC-SA (non-commercial)';

/** Single-precision numbers of a few tenths are this near to what they stand for. */
const INPUT_TOLERANCE = 1e-6;

export interface ConvertedStm {
  /** Names and shapes of `stmShapes`, in that order; convolutions `[height, width, in, out]`, for `torchvisionInput`. */
  tensors: Weights;
  /** Which program's form the file has. */
  form: string;
  /** With `licence` for the form in which weights were published. */
  metadata: Record<string, string>;
}

/**
 * The network in a file of its authors, or in one of our own. Batch norm is folded in, that of the memory encoder's
 * first sum into all three of its convolutions.
 *
 * @throws OsvosError `weights-missing`, or `weights-unfit` listing all names that are missing, unknown or of another
 * shape, or when the network was trained on pictures normalised in another way
 */
export async function readStm(file: string): Promise<ConvertedStm> {
  const names: string[] = [];
  const skip = (name: string) => {
    names.push(name);
    return stmForms.some((form) => form.place(name) === 'left-aside');
  };
  const { tensors, metadata } = await readWeightFile(file, { skip });
  const form = stmForms.find((candidate) => names.some(candidate.mark));
  if (!form) {
    throw new OsvosError(
      'weights-unfit',
      `no weights of ${stmArchitecture} (it holds ${listedNames(names)})`,
      file,
    );
  }
  const isOurs = form.title === OUR_FORM;
  if (!isOurs) takeInput(tensors, file);
  const { convolutions, unknown } = gatherConvolutions(tensors, form);
  const result = namedTensors(convolutions);
  const expected = stmShapes();
  checkShapes(result, expected, unknown, `${stmArchitecture} in the form of ${form.title}`, file);
  return {
    tensors: new Map([...expected.keys()].map((name) => [name, result.get(name)!])),
    form: form.title,
    // a file of our own says itself whose it is
    metadata: isOurs ? metadata : { ...metadata, licence: STM_LICENCE },
  };
}

/** Takes the normalisation out of `tensors`, and checks that it is torchvision's. */
function takeInput(tensors: Weights, file: string): void {
  for (const name of inputBuffers) {
    const tensor = tensors.get(name);
    tensors.delete(name);
    const expected = name.endsWith('mean') ? torchvisionInput.mean : torchvisionInput.std;
    const values = tensor && [...asFloat32(tensor)];
    if (values?.length === 3 && values.every((value, c) => Math.abs(value - expected[c]) < INPUT_TOLERANCE))
      continue;
    const found = values === undefined ? 'is missing' : `is ${values.slice(0, 3).join(', ')}`;
    throw new OsvosError(
      'weights-unfit',
      `${name} ${found}, not ${expected.join(', ')}: the network was trained on pictures normalised in another way`,
      file,
      'use weights that were trained with torchvision’s normalisation',
    );
  }
}
