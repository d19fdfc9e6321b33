/** Weight files of trunks and OSVOS networks, of our own and of other programs → tensors with our names. */
import { OsvosError } from '../errors.js';
import { checkShapes, listedNames } from './check-shapes.js';
import type { Convolution } from './convolution.js';
import { isBilinearUpsampling } from './fixed-upsampling.js';
import { affineOf, foldInput, type AffineInput } from './fold-input.js';
import { weightForms, type WeightForm } from './foreign-names.js';
import { gatherConvolutions, namedTensors } from './gather-convolutions.js';
import { trunkInputs, type TrunkArchitecture } from './trunk-inputs.js';
import { osvosHeadShapes, topDownHeadShapes, trunkShapes } from './trunk-shapes.js';
import { readWeightFile } from './weight-file.js';
import type { Weights } from './weights.js';

/** A file turned into our form. */
export interface ConvertedWeights {
  /** Our names; convolutions `[height, width, in, out]`, single precision, for pictures normalised as `trunkInputs` says. */
  tensors: Weights;
  /** Which heads of an OSVOS network are there too. */
  heads?: 'side-outputs' | 'top-down';
  /** Which program's form the file has. */
  form: string;
  metadata: Record<string, string>;
}

/** VGG's first convolution, and what it is called in the file that brings its normalisation as a layer. */
const FIRST_OF_VGG = 'stage1.conv1';
const INPUT_LAYER = 'conv0';

/**
 * The trunk in a weight file: of our own, of torchvision, Keras (VGG-16, with names as exported to safetensors),
 * OSVOS-PyTorch, or of the shared trunk files. Batch norm and foreign input normalisation are folded in. For
 * `vgg19-slim` the file's `conv0` is folded into the first convolution: exact, except that the original pads by
 * reflection and our networks with zeros, as VGG does.
 *
 * @throws OsvosError `weights-missing`, or `weights-unfit` listing all names that are missing, unknown or of another shape
 */
export async function readTrunk(architecture: TrunkArchitecture, file: string): Promise<Weights> {
  const { tensors } = await convertWeights(architecture, file);
  return new Map([...trunkShapes(architecture).keys()].map((name) => [name, tensors.get(name)!]));
}

/** As `readTrunk`, with the heads where the file has them. */
export async function convertWeights(
  architecture: TrunkArchitecture,
  file: string,
): Promise<ConvertedWeights> {
  const names: string[] = [];
  const skip = (name: string) => {
    names.push(name);
    return weightForms[architecture].some((form) => form.place(name) === 'left-aside');
  };
  const { tensors, metadata } = await readWeightFile(file, { skip });
  const form = weightForms[architecture].find((candidate) => names.some(candidate.mark));
  if (!form) throw unknownForm(architecture, names, file);
  const { convolutions, unknown } = gatherConvolutions(tensors, form);
  dropFixedUpsampling(convolutions, file);
  if (form.input !== undefined) adaptInput(convolutions, form.input, architecture);
  const result = namedTensors(convolutions);
  const heads = result.has('fuse.weight')
    ? 'side-outputs'
    : result.has('lateral.0.weight')
      ? 'top-down'
      : undefined;
  const headShapes = heads && { 'side-outputs': osvosHeadShapes, 'top-down': topDownHeadShapes }[heads];
  const expected = new Map([...trunkShapes(architecture), ...(headShapes?.(architecture) ?? [])]);
  checkShapes(result, expected, unknown, `${architecture} in the form of ${form.title}`, file);
  return { tensors: result, heads, form: form.title, metadata };
}

function unknownForm(architecture: TrunkArchitecture, names: string[], file: string): OsvosError {
  const known = weightForms[architecture].map((form) => form.title).join(', ');
  return new OsvosError(
    'weights-unfit',
    `no weights of ${architecture} (it holds ${listedNames(names)}; known are the forms of ${known})`,
    file,
    'use a file of this architecture, or name another with --architecture',
  );
}

function dropFixedUpsampling(convolutions: Map<string, Partial<Convolution>>, file: string): void {
  for (const [name, convolution] of convolutions) {
    if (!name.startsWith('upscale')) continue;
    if (!isBilinearUpsampling(convolution)) {
      throw new OsvosError(
        'weights-unfit',
        'upsampling that is not bilinear is not supported',
        `${file}, tensor ${name}`,
      );
    }
    convolutions.delete(name);
  }
}

/** Folds the normalisation that the file was trained with into its first convolution, in place of ours. */
function adaptInput(
  convolutions: Map<string, Partial<Convolution>>,
  input: NonNullable<WeightForm['input']>,
  architecture: TrunkArchitecture,
): void {
  const first = convolutions.get(FIRST_OF_VGG);
  const from = input === 'conv0' ? inputLayer(convolutions.get(INPUT_LAYER)) : affineOf(input);
  if (from && isComplete(first) && first.shape[2] === 3) {
    convolutions.set(FIRST_OF_VGG, foldInput(first, from, trunkInputs[architecture]));
    convolutions.delete(INPUT_LAYER);
  }
}

/** A 1×1 convolution on RGB in 0–1 as a normalisation. */
function inputLayer(layer: Partial<Convolution> | undefined): AffineInput | undefined {
  if (!isComplete(layer) || layer.shape.join() !== '1,1,3,3') return undefined;
  const { weight, bias } = layer;
  return { matrix: [0, 1, 2].map((j) => [0, 1, 2].map((c) => weight[c * 3 + j] / 255)), offset: [...bias] };
}

function isComplete(convolution: Partial<Convolution> | undefined): convolution is Convolution {
  return convolution?.weight !== undefined && convolution.bias !== undefined;
}
