import { expect } from 'chai';
import { fromOihw } from '../../src/weights/convolution.js';
import { foldBatchNorm } from '../../src/weights/fold-batch-norm.js';
import { affineOf, foldInput } from '../../src/weights/fold-input.js';
import {
  kerasCaffeInput,
  torchvisionInput,
  trunkInputs,
  type TrunkInput,
} from '../../src/weights/trunk-inputs.js';

describe('turning foreign convolutions into ours', () => {
  it('moves the axes of PyTorch’s kernels', () => {
    // [2 out, 1 in, 1, 3]: each filter a row of three taps
    const { shape, weight } = fromOihw(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 1, 1, 3]);
    expect(shape).to.deep.equal([1, 3, 1, 2]);
    expect([...weight]).to.deep.equal([1, 4, 2, 5, 3, 6]);
  });

  it('is done at once with a kernel that has no numbers, however large its other sizes are', () => {
    expect(fromOihw(new Float32Array(0), [2 ** 53 - 1, 0, 3, 3]).shape).to.deep.equal([3, 3, 0, 2 ** 53 - 1]);
  });

  it('folds batch normalisation by hand-made numbers', () => {
    const folded = foldBatchNorm(
      { shape: [1, 1, 2, 2], weight: Float32Array.of(1, 2, 3, 4), bias: Float32Array.of(0, 1) },
      {
        gamma: Float32Array.of(2, 3),
        beta: Float32Array.of(0.5, -0.5),
        mean: Float32Array.of(1, -1),
        variance: Float32Array.of(3.75, 8.75),
        epsilon: 0.25,
      },
    );
    // the gains are 2/√4 = 1 and 3/√9 = 1
    expect([...folded.weight]).to.deep.equal([1, 2, 3, 4]);
    expect([...folded.bias]).to.deep.equal([-0.5, 1.5]);
  });

  it('scales each output channel by its own gain', () => {
    const folded = foldBatchNorm(
      { shape: [1, 1, 2, 2], weight: Float32Array.of(1, 2, 3, 4), bias: Float32Array.of(0, 0) },
      {
        gamma: Float32Array.of(1, 4),
        beta: Float32Array.of(0, 1),
        mean: Float32Array.of(2, 3),
        variance: Float32Array.of(0.25, 4),
        epsilon: 0,
      },
    );
    expect([...folded.weight]).to.deep.equal([2, 4, 6, 8]);
    expect([...folded.bias]).to.deep.equal([-4, -5]);
  });

  const patch = Array.from({ length: 9 }, (_, cell) => [0, 1, 2].map((c) => (cell * 61 + c * 17) % 256));
  const convolution = {
    shape: [3, 3, 3, 2] as [number, number, number, number],
    weight: Float32Array.from({ length: 54 }, (_, k) => Math.sin(k)),
    bias: Float32Array.of(0.1, -0.2),
  };

  /** What a network with the normalisation `input` sees, and what the convolution makes of it. */
  function apply({ weight, bias }: typeof convolution, input: TrunkInput, rgb: number[][]): number[] {
    const seen = rgb.map((pixel) => {
      const ordered = input.order === 'RGB' ? pixel : [...pixel].reverse();
      return ordered.map((value, k) => ((value / 255) * input.range - input.mean[k]) / input.std[k]);
    });
    return [0, 1].map((o) =>
      seen.reduce(
        (sum, x, cell) => sum + x.reduce((s, value, k) => s + value * weight[(cell * 3 + k) * 2 + o], 0),
        bias[o],
      ),
    );
  }

  const normalisations: [string, TrunkInput, TrunkInput][] = [
    ['torchvision’s to VGG-16’s', torchvisionInput, trunkInputs.vgg16],
    ['Keras’s to VGG-16’s', kerasCaffeInput, trunkInputs.vgg16],
    ['VGG-16’s to torchvision’s', trunkInputs.vgg16, torchvisionInput],
  ];
  for (const [what, from, to] of normalisations) {
    it(`folds ${what} normalisation exactly inside the picture`, () => {
      const before = apply(convolution, from, patch);
      const after = apply(foldInput(convolution, affineOf(from), to) as typeof convolution, to, patch);
      const scale = Math.max(...before.map(Math.abs));
      after.forEach((value, o) => expect(value).to.be.closeTo(before[o], 1e-6 * scale));
    });
  }

  it('needs no other bias from torchvision to VGG-16, so that zero padding means the same colour', () => {
    const { bias } = foldInput(convolution, affineOf(torchvisionInput), trunkInputs.vgg16);
    bias.forEach((b, o) => expect(b).to.be.closeTo(convolution.bias[o], 1e-6));
  });

  it('gives W′[2−c] = W[c] / (255 σ_c) for torchvision’s VGG-16', () => {
    const { weight } = foldInput(convolution, affineOf(torchvisionInput), trunkInputs.vgg16);
    expect(weight[2 * 2]).to.be.closeTo(convolution.weight[0] / (255 * 0.229), 1e-9);
    expect(weight[0]).to.be.closeTo(convolution.weight[2 * 2] / (255 * 0.225), 1e-9);
  });
});
