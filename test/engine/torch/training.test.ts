import { expect } from 'chai';
import type { EngineName, Precision } from '../../../src/engine/engine.js';
import { startEngine } from '../../../src/engine/start.js';
import { borrowedCalls } from '../../../src/engine/torch/kernels/borrowed.js';
import { toBatch } from '../../../src/training/batch.js';
import { OsvosNetwork } from '../../../src/networks/osvos-network.js';
import { createSgd } from '../../../src/training/sgd.js';
import { train } from '../../../src/training/loop.js';
import { weightedCrossEntropy } from '../../../src/training/losses.js';
import { readSafetensors } from '../../../src/weights/safetensors.js';
import { trunkInputs } from '../../../src/weights/trunk-inputs.js';
import { twoObjects, writeSlimParent } from '../../methods/osvos/slim-parent.js';
import { startOrSkip } from '../kernels/engines.js';
import { addonOrSkip } from './against-cpu.js';

const UPDATES = 40;
const RATE = 0.004;
/** Of the loss, after forty updates that each multiply what the last bits differ by. */
const F32_BAND = 0.002;
/** bfloat16 keeps 8 bits: the curves part by a few percent, and end in the same place. */
const BF16_BAND = 0.03;

describe('a training on engine torch', () => {
  let parent: string;
  before(async function () {
    addonOrSkip(this);
    parent = await writeSlimParent('top-down');
  });

  async function losses(engine: EngineName, precision?: Precision): Promise<number[]> {
    await startEngine({ engine, precision, threads: 1 });
    const { tensors } = await readSafetensors(parent);
    const options = { trunk: 'vgg19-slim', heads: 'top-down', crop: 'fixed' } as const;
    const network = OsvosNetwork.from(tensors, options, parent);
    const names = network.parameters.names();
    // not Adam, whose first steps hang on the signs of gradients near zero
    const groups = [{ variables: network.parameters.select(names) }];
    const optimizer = createSgd({ groups, momentum: 0.9, clipNorm: 1 });
    const { frame, labels } = twoObjects();
    const sample = { ...frame, labels: labels.data };
    const curve: number[] = [];
    await train({
      ...{ parameters: network.parameters, trained: names, optimizer, updates: UPDATES },
      rate: () => RATE,
      loss: () => () => {
        const batch = toBatch([sample], trunkInputs['vgg19-slim'], 'balanced');
        return weightedCrossEntropy(network.run(batch.input).fused, batch.labels, batch.weights);
      },
      after: async ({ loss }) => curve.push(loss) > 0,
    });
    optimizer.dispose();
    network.dispose();
    return curve;
  }

  it('follows the curve that TensorFlow’s own follows', async function () {
    this.timeout(60_000);
    await startOrSkip(this, 'tensorflow');
    const wanted = await losses('tensorflow');
    const f32 = await losses('torch', 'f32');
    expect(wanted[UPDATES - 1]).to.be.below(0.2 * wanted[0]);
    f32.forEach((loss, i) =>
      expect(Math.abs(loss - wanted[i]), `update ${i}`).to.be.below(F32_BAND * wanted[0]),
    );
    const bf16 = await losses('torch', 'bf16');

    bf16.forEach((loss, i) =>
      expect(Math.abs(loss - wanted[i]), `update ${i}`).to.be.below(BF16_BAND * wanted[0]),
    );
  });

  it('borrows no kernel of the cpu engine', async () => {
    const before = new Map(borrowedCalls());
    await losses('torch', 'f32');
    const during = [...borrowedCalls()].filter(([name, calls]) => calls !== before.get(name));
    expect(during).to.deep.equal([]);
  });
});
