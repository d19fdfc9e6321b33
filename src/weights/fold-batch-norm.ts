import type { Convolution } from './convolution.js';

/** Batch normalisation with its stored statistics, one number per output channel. */
export interface BatchNorm {
  gamma: Float32Array;
  beta: Float32Array;
  mean: Float32Array;
  variance: Float32Array;
  epsilon: number;
}

/**
 * The convolution that does what convolution and normalisation do together:
 * w′ = w·γ/√(σ² + ε), b′ = β + (b − μ)·γ/√(σ² + ε) (Ioffe & Szegedy 2015, at inference).
 */
export function foldBatchNorm({ shape, weight, bias }: Convolution, norm: BatchNorm): Convolution {
  const channels = shape[3];
  const gain = Float64Array.from(
    norm.gamma,
    (gamma, o) => gamma / Math.sqrt(norm.variance[o] + norm.epsilon),
  );
  return {
    shape,
    weight: weight.map((w, i) => w * gain[i % channels]),
    bias: bias.map((b, o) => norm.beta[o] + (b - norm.mean[o]) * gain[o]),
  };
}
