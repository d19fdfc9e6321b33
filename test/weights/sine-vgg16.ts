/**
 * A VGG-16 at full size whose weights are a rule: element k of a tensor is a·sin(0.7k + 0.01k² + ψ), in double precision,
 * rounded to single. A plain sine would be a pattern that filters blur away; growing in frequency it is like noise, and
 * a = √(4 / (9·inputs)) keeps maps of the same size from stage to stage (He et al. 2015; a sine's variance is ½).
 */
import { npy, npz } from './npz/npz-file.js';
import { numbers, torchvisionIndices, vgg16 } from './trunk-file.js';

/** A tensor by the rule. */
export const rule = (shape: number[], a: number, psi: number) =>
  numbers(shape, (k) => a * Math.sin(0.7 * k + 0.01 * (k * k) + psi));

export const gain = (inputs: number) => Math.sqrt(4 / (9 * inputs));

/** `numpy.savez` of torchvision's `features`, 59 MB. */
export function sineVgg16File(): Buffer {
  const arrays: Record<string, Uint8Array> = {};
  const add = (name: string, shape: number[], a: number, psi: number) => {
    const body = new Uint8Array(rule(shape, a, psi).data.buffer);
    arrays[`features.${name}`] = npy({ shape: `(${shape.map((size) => `${size},`).join(' ')})`, body });
  };
  vgg16.forEach(([, , input, output], j) => {
    add(`${torchvisionIndices[j]}.weight`, [output, input, 3, 3], gain(input), 0.1 * (j + 1));
    add(`${torchvisionIndices[j]}.bias`, [output], 0.1, 0.2 * (j + 1));
  });
  return npz(arrays);
}
