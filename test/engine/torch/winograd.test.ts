import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { startEngine } from '../../../src/engine/start.js';
import { biasedConvolution } from '../../../src/engine/kernels/biased-convolution.js';
import type { Addon, Handle } from '../../../src/engine/torch/addon.js';
import { addonOrSkip, both, expectSame, given, relativeError } from './against-cpu.js';

/** Of the largest number: fewer multiplications round more. */
const TOLERANCE = 2e-5;
const BF16_ERROR = 0.01;

/** `[batch, height, width, in, out, padding, with residual, with ReLU]` */
const cases: [number, number, number, number, number, 0 | 1, boolean, boolean][] = [
  [1, 8, 12, 16, 16, 1, false, false],
  [2, 9, 13, 8, 24, 1, true, true],
  [1, 1, 1, 9, 11, 1, false, true],
  [2, 2, 3, 16, 17, 1, true, false],
  [1, 3, 3, 12, 8, 0, false, true],
  [2, 7, 10, 33, 40, 0, true, true],
  [1, 5, 6, 72, 65, 1, false, true],
  [2, 6, 19, 64, 72, 1, true, true],
  [1, 31, 45, 10, 16, 1, false, false],
  [1, 4, 50, 3, 1, 1, true, true],
];

/** Output, and gradients without ReLU: a number near zero may fall on its other side, which moves a whole gradient. */
function operation(padding: number, withResidual: boolean, relu: boolean) {
  const apply = (relu: boolean) => (x: tf.Tensor, filter: tf.Tensor, bias: tf.Tensor, residual: tf.Tensor) =>
    biasedConvolution(x as tf.Tensor4D, filter as tf.Tensor4D, bias as tf.Tensor1D, {
      ...{ stride: 1, padding, relu },
      residual: withResidual ? (residual as tf.Tensor4D) : undefined,
    });
  return (x: tf.Tensor, filter: tf.Tensor, bias: tf.Tensor, residual: tf.Tensor, dy: tf.Tensor) => [
    apply(relu)(x, filter, bias, residual),
    ...tf.grads((a, b) => apply(false)(a, b, bias, residual))([x, filter], dy),
  ];
}

describe("engine torch, Winograd's convolutions", () => {
  let addon: Addon;
  before(function () {
    addon = addonOrSkip(this);
    addon.useWinograd('always');
  });
  after(() => addon?.useWinograd('auto'));

  for (const [batch, height, width, input, output, padding, withResidual, relu] of cases) {
    const name =
      `${batch}×${height}×${width}, ${input} → ${output} channels, padding ${padding}` +
      `${withResidual ? ', residual' : ''}${relu ? ', ReLU' : ''}`;
    const [h, w] = [height + 2 * padding - 2, width + 2 * padding - 2];
    const inputs = [
      given([batch, height, width, input]),
      given([3, 3, input, output], 1),
      given([output], 2),
      given([batch, h, w, output], 3),
      given([batch, h, w, output], 4),
    ];

    it(`${name}: as on cpu`, async () => {
      const { torch, cpu } = await both(operation(padding, withResidual, relu), inputs, { addon });
      expectSame(torch, cpu, TOLERANCE);
    });

    it(`${name}: within ${BF16_ERROR * 100} % in bf16`, async () => {
      const { torch, cpu } = await both(operation(padding, withResidual, relu), inputs, {
        ...{ addon, precision: 'bf16' },
      });
      torch.forEach(({ data }, part) =>
        expect(relativeError(data, cpu[part].data), `part ${part}`).to.be.below(BF16_ERROR),
      );
    });
  }

  /** y, dx and dw of one convolution of size 3. */
  async function direct(
    [height, width, input, output]: number[],
    {
      when = 'always',
      threads = 2,
      bf16 = false,
    }: { when?: 'always' | 'never'; threads?: number; bf16?: boolean },
  ): Promise<Float32Array[]> {
    await startEngine({ engine: 'torch', precision: bf16 ? 'bf16' : 'f32', threads });
    const shapes = {
      x: [1, height, width, input],
      filter: [3, 3, input, output],
      y: [1, height, width, output],
    };
    const geometry = [1, 1, 1, 1, 1, 1, 1, 1];
    const upload = (shape: number[], phase: number) =>
      addon.upload(given(shape, phase).data, shape, 'float32');
    const x = upload(shapes.x, 0);
    const filter = upload(shapes.filter, 1);
    const dy = upload(shapes.y, 2);
    const read = (handle: Handle, shape: number[]) => {
      const numbers = new Float32Array(tf.util.sizeFromShape(shape));
      addon.download(handle, numbers);
      addon.release(handle);
      return numbers;
    };
    addon.useWinograd(when);
    try {
      const y = addon.convolve(x, shapes.x, filter, shapes.filter, null, null, null, null, geometry, false);
      const dx = addon.inputGradient(dy, shapes.y, filter, shapes.filter, shapes.x, geometry);
      const dw = addon.filterGradient(x, shapes.x, dy, shapes.y, shapes.filter, geometry);
      return [read(y, shapes.y), read(dx, shapes.x), read(dw, shapes.filter)];
    } finally {
      addon.useWinograd('always');
      for (const handle of [x, filter, dy]) addon.release(handle);
    }
  }

  const sizes = [
    [10, 13, 24, 20],
    [33, 20, 64, 64],
    // more tiles than are kept transformed at a time
    [131, 133, 16, 16],
    // a filter that is transformed panel by panel
    [9, 11, 176, 170],
    // patches of a map too large to be kept at a time, and such a filter
    [70, 69, 512, 64],
  ];
  for (const size of sizes) {
    it(`${size.join(', ')}: as oneDNN's`, async () => {
      const own = await direct(size, {});
      const other = await direct(size, { when: 'never' });
      own.forEach((numbers, part) =>
        expect(relativeError([...numbers], [...other[part]]), `part ${part}`).to.be.below(1e-5),
      );
      own.forEach((numbers, part) => expect(numbers, `part ${part}`).to.not.deep.equal(other[part]));
    });

    it(`${size.join(', ')}: as oneDNN's in bf16`, async () => {
      const own = await direct(size, { bf16: true });
      const other = await direct(size, { bf16: true, when: 'never' });
      own.forEach((numbers, part) =>
        expect(relativeError([...numbers], [...other[part]]), `part ${part}`).to.be.below(BF16_ERROR),
      );
    });

    it(`${size.join(', ')}: the same bytes each time`, async () => {
      for (const threads of [1, 2]) {
        const once = await direct(size, { threads });
        expect(await direct(size, { threads })).to.deep.equal(once);
      }
    });
  }
});
