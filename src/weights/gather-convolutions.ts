/** Tensors of a weight file → convolutions with our names, batch normalisation folded in. */
import { fromOihw, type Convolution } from './convolution.js';
import { foldBatchNorm } from './fold-batch-norm.js';
import type { Part, WeightForm } from './foreign-names.js';
import { asFloat32 } from './half.js';
import type { Weights, WeightTensor } from './weights.js';

type Parts = Partial<Record<Part, WeightTensor>>;

/** Parts by convolution, put together; names that the form does not know go to `unknown`. */
export function gatherConvolutions(
  tensors: Weights,
  form: WeightForm,
): { convolutions: Map<string, Partial<Convolution>>; unknown: string[] } {
  const parts = new Map<string, Parts>();
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
  for (const [name, sum] of Object.entries(form.addedTo ?? {})) {
    const found = parts.get(name);
    // the sum has one bias, which the convolution brings that the others are added to
    if (found)
      convolutions.set(name, { ...assemble({ ...parts.get(sum), ...found }, form), bias: undefined });
  }
  return { convolutions, unknown };
}

/** What lacks a part, or has one of another size, is left incomplete and told by `checkShapes`. */
function assemble(parts: Parts, form: WeightForm): Partial<Convolution> {
  const { weight: kernel, bias, gamma, beta, mean, variance } = parts;
  const given = bias && asFloat32(bias);
  if (kernel?.shape.length !== 4) return { bias: given };
  const values = asFloat32(kernel);
  const { shape, weight } =
    form.layout === 'OIHW'
      ? fromOihw(values, kernel.shape)
      : { shape: kernel.shape as Convolution['shape'], weight: values };
  const fits = (tensor?: WeightTensor): tensor is WeightTensor => tensor?.shape.join() === String(shape[3]);
  if (form.epsilon === undefined || !(gamma || beta || mean || variance))
    return { shape, weight, bias: given };
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

/** As files hold them: `<name>.weight`, `<name>.bias`. */
export function namedTensors(convolutions: Map<string, Partial<Convolution>>): Weights {
  const weights: Weights = new Map();
  for (const [name, { shape, weight, bias }] of convolutions) {
    if (shape && weight) weights.set(`${name}.weight`, { dtype: 'F32', shape: [...shape], data: weight });
    if (bias) weights.set(`${name}.bias`, { dtype: 'F32', shape: [bias.length], data: bias });
  }
  return weights;
}
