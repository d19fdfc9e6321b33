/** Weight files of other programs, made by hand for tests. */
import type { Weights, WeightTensor } from '../../src/weights/weights.js';

/** Half-precision zeros: a whole VGG-16 in 30 MB. */
export function zeros(...shape: number[]): WeightTensor {
  return { dtype: 'F16', shape, data: new Uint16Array(shape.reduce((a, b) => a * b, 1)) };
}

export function numbers(shape: number[], value: (index: number) => number): WeightTensor {
  const length = shape.reduce((a, b) => a * b, 1);
  return { dtype: 'F32', shape, data: Float32Array.from({ length }, (_, i) => value(i)) };
}

/** VGG-16's convolutions as `[stage, index, in, out]`, all counted from 1 (Simonyan & Zisserman 2015, table 1, D). */
export const vgg16: [number, number, number, number][] = [
  [1, 1, 3, 64],
  [1, 2, 64, 64],
  [2, 1, 64, 128],
  [2, 2, 128, 128],
  [3, 1, 128, 256],
  [3, 2, 256, 256],
  [3, 3, 256, 256],
  [4, 1, 256, 512],
  [4, 2, 512, 512],
  [4, 3, 512, 512],
  [5, 1, 512, 512],
  [5, 2, 512, 512],
  [5, 3, 512, 512],
];

/** torchvision's indices of the same convolutions. */
export const torchvisionIndices = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28];

/** All-zero convolutions under the names that `name` gives; `layout` as the program has it. */
export function zeroVgg16(
  layout: 'OIHW' | 'HWIO',
  name: (i: number) => [weight: string, bias: string],
): Weights {
  const weights: Weights = new Map();
  vgg16.forEach(([, , input, output], i) => {
    const [weight, bias] = name(i);
    weights.set(weight, layout === 'OIHW' ? zeros(output, input, 3, 3) : zeros(3, 3, input, output));
    weights.set(bias, zeros(output));
  });
  return weights;
}

/** First half of w(i) for the factors 2, 4, 8, 16: the golden values of OSVOS's kernels. */
const ramps = [2, 4, 8, 16].map((f) =>
  Array.from({ length: f }, (_, i) => [0.25, 0.125, 0.0625, 0.03125][Math.log2(f) - 1] + i / f),
);

function upsampling(channels: number, k: number) {
  const profile = [...ramps[k], ...ramps[k].toReversed()];
  const size = profile.length;
  return numbers([channels, channels, size, size], (index) => {
    const cell = index % (size * size);
    const [a, b] = [
      Math.floor(index / (size * size * channels)),
      Math.floor(index / (size * size)) % channels,
    ];
    return a === b ? profile[Math.floor(cell / size)] * profile[cell % size] : 0;
  });
}

/** A parent network of OSVOS-PyTorch, all zeros but for some of its heads’ numbers. */
export function osvosPyTorchParent(): Weights {
  const index = (i: number) => (vgg16[i][0] === 1 ? 2 * (vgg16[i][1] - 1) : 2 * vgg16[i][1] - 1);
  const weights = zeroVgg16('OIHW', (i) => [
    `stages.${vgg16[i][0] - 1}.${index(i)}.weight`,
    `stages.${vgg16[i][0] - 1}.${index(i)}.bias`,
  ]);
  [128, 256, 512, 512].forEach((channels, k) => {
    weights.set(`side_prep.${k}.weight`, zeros(16, channels, 3, 3));
    weights.set(
      `side_prep.${k}.bias`,
      numbers([16], (i) => k + i / 100),
    );
    weights.set(`score_dsn.${k}.weight`, zeros(1, 16, 1, 1));
    weights.set(`score_dsn.${k}.bias`, zeros(1));
    weights.set(`upscale.${k}.weight`, upsampling(16, k));
    weights.set(`upscale_.${k}.weight`, upsampling(1, k));
  });
  weights.set(
    'fuse.weight',
    numbers([1, 64, 1, 1], (i) => i),
  );
  weights.set('fuse.bias', zeros(1));
  return weights;
}
