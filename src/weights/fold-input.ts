/** Moves a change of the input's normalisation into the first convolution. */
import type { Convolution } from './convolution.js';
import type { TrunkInput } from './trunk-inputs.js';

/** A normalisation as x = matrix · rgb + offset, with rgb in 0–255. */
export interface AffineInput {
  /** Row by row, `[3, 3]`: one row per channel of x. */
  matrix: number[][];
  offset: number[];
}

export function affineOf(input: TrunkInput): AffineInput {
  const source = input.order === 'RGB' ? [0, 1, 2] : [2, 1, 0];
  return {
    matrix: source.map((rgb, k) => [0, 1, 2].map((c) => (c === rgb ? input.range / 255 / input.std[k] : 0))),
    offset: input.mean.map((mean, k) => -mean / input.std[k]),
  };
}

/**
 * The convolution that gives on pictures normalised by `to` what `convolution` gives on those normalised by `from`.
 * Exact wherever the kernel sees the picture only. Where it sees the zero padding, exact if that stands for the same
 * colour in both, which is the case for all normalisations that `trunkInputs` was chosen for; else the outermost
 * pixel differs by the difference of the two means.
 */
export function foldInput(convolution: Convolution, from: AffineInput, to: TrunkInput): Convolution {
  const { shape, weight, bias } = convolution;
  const [height, width, input, output] = shape;
  // rgb[c] = (x′[k] + mean[k]/std[k]) · scale[k], k the channel of x′ that holds c
  const holder = to.order === 'RGB' ? [0, 1, 2] : [2, 1, 0];
  const scale = to.std.map((std) => (std * 255) / to.range);
  const middle = holder.map((k) => (to.mean[k] / to.std[k]) * scale[k]);
  // x[j] = Σ_c matrix[j][c] · rgb[c] + offset[j] = Σ_k mix[j][k] · x′[k] + rest[j]
  const mix = from.matrix.map((row) => [0, 1, 2].map((k) => row[holder.indexOf(k)] * scale[k]));
  const rest = from.matrix.map((row, j) => row.reduce((sum, m, c) => sum + m * middle[c], from.offset[j]));

  const folded = new Float32Array(weight.length);
  const shift = new Float64Array(output);
  for (let cell = 0; cell < height * width; cell++) {
    for (let o = 0; o < output; o++) {
      for (let k = 0; k < input; k++) {
        let sum = 0;
        for (let j = 0; j < input; j++) sum += weight[(cell * input + j) * output + o] * mix[j][k];
        folded[(cell * input + k) * output + o] = sum;
      }
      for (let j = 0; j < input; j++) shift[o] += weight[(cell * input + j) * output + o] * rest[j];
    }
  }
  return { shape, weight: folded, bias: bias.map((b, o) => b + shift[o]) };
}
