/** Weight files of trunks and OSVOS networks, of our own and of other programs → tensors with our names. */
import { OsvosError } from '../errors.js';
import { fromOihw, type Convolution } from './convolution.js';
import { foldBatchNorm } from './fold-batch-norm.js';
import { isBilinearUpsampling } from './fixed-upsampling.js';
import { affineOf, foldInput, type AffineInput } from './fold-input.js';
import { asFloat32 } from './half.js';
import { weightForms, type Part, type WeightForm } from './foreign-names.js';
import { readSafetensors } from './safetensors.js';
import { trunkInputs, type TrunkArchitecture } from './trunk-inputs.js';
import { osvosHeadShapes, topDownHeadShapes, trunkShapes, type Shapes } from './trunk-shapes.js';
import type { Weights, WeightTensor } from './weights.js';

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

/** Names listed in an error before the rest is only counted. */
const NAMES_LISTED = 6;

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
export async function convertWeights(architecture: TrunkArchitecture, file: string): Promise<ConvertedWeights> {
  const names: string[] = [];
  const skip = (name: string) => {
    names.push(name);
    return weightForms[architecture].some((form) => form.place(name) === 'left-aside');
  };
  const { tensors, metadata } = await readSafetensors(file, { skip });
  const form = weightForms[architecture].find((candidate) => names.some(candidate.mark));
  if (!form) throw unknownForm(architecture, names, file);
  const { convolutions, unknown } = gather(tensors, form);
  dropFixedUpsampling(convolutions, file);
  if (form.input !== undefined) adaptInput(convolutions, form.input, architecture);
  const result = named(convolutions);
  const heads = result.has('fuse.weight') ? 'side-outputs' : result.has('lateral.0.weight') ? 'top-down' : undefined;
  const headShapes = heads && { 'side-outputs': osvosHeadShapes, 'top-down': topDownHeadShapes }[heads];
  const expected = new Map([...trunkShapes(architecture), ...(headShapes?.(architecture) ?? [])]);
  checkShapes(result, expected, unknown, `${architecture} in the form of ${form.title}`, file);
  return { tensors: result, heads, form: form.title, metadata };
}

function unknownForm(architecture: TrunkArchitecture, names: string[], file: string): OsvosError {
  const known = weightForms[architecture].map((form) => form.title).join(', ');
  return new OsvosError(
    'weights-unfit',
    `no weights of ${architecture} (it holds ${listed(names)}; known are the forms of ${known})`,
    file,
    'use a file of this architecture, or name another with --architecture',
  );
}

/** Parts by convolution, put together; names that the form does not know go to `unknown`. */
function gather(tensors: Weights, form: WeightForm): { convolutions: Map<string, Partial<Convolution>>; unknown: string[] } {
  const parts = new Map<string, Partial<Record<Part, WeightTensor>>>();
  const unknown: string[] = [];
  for (const [name, tensor] of tensors) {
    const place = form.place(name);
    if (place === undefined) unknown.push(name);
    else if (place !== 'left-aside') {
      const found = parts.get(place.convolution) ?? {};
      parts.set(place.convolution, { ...found, [place.part]: tensor });
    }
  }
  const convolutions = new Map([...parts].map(([name, found]) => [name, assemble(found, form)]));
  return { convolutions, unknown };
}

/** What lacks a part, or has one of another size, is left incomplete and told by `checkShapes`. */
function assemble(parts: Partial<Record<Part, WeightTensor>>, form: WeightForm): Partial<Convolution> {
  const { weight: kernel, bias, gamma, beta, mean, variance } = parts;
  const given = bias && asFloat32(bias);
  if (kernel?.shape.length !== 4) return { bias: given };
  const values = asFloat32(kernel);
  const { shape, weight } =
    form.layout === 'OIHW'
      ? fromOihw(values, kernel.shape)
      : { shape: kernel.shape as Convolution['shape'], weight: values };
  const fits = (tensor?: WeightTensor): tensor is WeightTensor => tensor?.shape.join() === String(shape[3]);
  if (form.epsilon === undefined || !(gamma || beta || mean || variance)) return { shape, weight, bias: given };
  if (!fits(gamma) || !fits(beta) || !fits(mean) || !fits(variance)) return { shape, weight };
  const norm = {
    gamma: asFloat32(gamma),
    beta: asFloat32(beta),
    mean: asFloat32(mean),
    variance: asFloat32(variance),
    epsilon: form.epsilon,
  };
  return foldBatchNorm({ shape, weight, bias: given ?? new Float32Array(shape[3]) }, norm);
}

function dropFixedUpsampling(convolutions: Map<string, Partial<Convolution>>, file: string): void {
  for (const [name, convolution] of convolutions) {
    if (!name.startsWith('upscale')) continue;
    if (!isBilinearUpsampling(convolution)) {
      throw new OsvosError('weights-unfit', 'upsampling that is not bilinear is not supported', `${file}, tensor ${name}`);
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

function named(convolutions: Map<string, Partial<Convolution>>): Weights {
  const weights: Weights = new Map();
  for (const [name, { shape, weight, bias }] of convolutions) {
    if (shape && weight) weights.set(`${name}.weight`, { dtype: 'F32', shape: [...shape], data: weight });
    if (bias) weights.set(`${name}.bias`, { dtype: 'F32', shape: [bias.length], data: bias });
  }
  return weights;
}

function checkShapes(weights: Weights, expected: Shapes, unknown: string[], what: string, file: string): void {
  const missing = [...expected.keys()].filter((name) => !weights.has(name));
  const extra = [...unknown, ...[...weights.keys()].filter((name) => !expected.has(name))];
  const misshapen: string[] = [];
  const broken: string[] = [];
  for (const [name, { shape, data }] of weights) {
    const wanted = expected.get(name);
    if (wanted && wanted.join() !== shape.join()) {
      misshapen.push(`${name} [${shape.join(', ')}] for [${wanted.join(', ')}]`);
    } else if (!data.every(Number.isFinite)) broken.push(name);
  }
  const faults = [
    missing.length > 0 && `missing ${listed(missing)}`,
    extra.length > 0 && `unknown ${listed(extra)}`,
    misshapen.length > 0 && `of another shape ${listed(misshapen)}`,
    broken.length > 0 && `with values that are no numbers ${listed(broken)}`,
  ].filter((fault) => fault !== false);
  if (faults.length > 0) throw new OsvosError('weights-unfit', `no ${what} (${faults.join('; ')})`, file);
}

function listed(names: readonly string[]): string {
  const more = names.length > NAMES_LISTED ? ` and ${names.length - NAMES_LISTED} more` : '';
  return names.slice(0, NAMES_LISTED).join(', ') + more;
}
