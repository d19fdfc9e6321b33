import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { engineNames } from '../../src/engine/engine.js';
import { biasedConvolution } from '../../src/engine/kernels/biased-convolution.js';
import { tidyAsync } from '../../src/engine/tensors.js';
import { createAdam } from '../../src/training/adam.js';
import { startOrSkip } from './kernels/engines.js';

for (const engine of engineNames) {
  const steps = engine === 'webgpu' ? 40 : 300; // a card that is a processor is slow
  describe(`tensors on ${engine}`, () => {
    before(async function () {
      await startOrSkip(this, engine);
    });

    it(`are as many after ${steps} training steps as before, and the loss has fallen`, async () => {
      const image = tf.randomUniform<tf.Rank.R4>([1, 8, 6, 3], -1, 1, 'float32', 1);
      const filter = tf.variable(tf.randomNormal([3, 3, 3, 4], 0, 0.2, 'float32', 2));
      const narrow = tf.variable(tf.randomNormal([1, 1, 4, 2], 0, 0.2, 'float32', 3));
      // above zero, so that no ReLU is dead from the start
      const biases = [tf.variable(tf.fill([4], 0.3)), tf.variable(tf.fill([2], 0.3))];
      const variables = [filter, narrow, ...biases];
      const target = tf.fill([1, 8, 6, 2], 0.5);
      const optimizer = createAdam({ groups: [{ variables: new Map(variables.map((v) => [v.name, v])) }], clipNorm: 1 }); // prettier-ignore
      const loss = (): tf.Scalar => {
        const maps = biasedConvolution(image, filter as unknown as tf.Tensor4D, biases[0] as tf.Tensor1D, { stride: 2, padding: 1, relu: true }); // prettier-ignore
        const pooled = tf.maxPool(maps, 2, 1, 'same');
        const scores = tf.add(tf.conv2d(pooled, narrow as unknown as tf.Tensor4D, 1, 'same'), biases[1]);
        const large = tf.image.resizeBilinear(tf.relu(scores) as tf.Tensor4D, [8, 6], false, true);
        return tf.mean(tf.square(tf.sub(large, target)));
      };
      const step = async (): Promise<number> => {
        const { value, grads } = tf.variableGrads(loss, variables);
        await optimizer.step(grads, 0.01);
        const [number] = await value.data();
        value.dispose();
        return number;
      };
      const first = await step();
      const before = tf.memory();
      let last = first;
      for (let i = 0; i < steps; i++) last = await step();
      const after = tf.memory();
      expect([after.numTensors, after.numDataBuffers]).to.deep.equal([
        before.numTensors,
        before.numDataBuffers,
      ]);
      expect(last).to.be.below(0.5 * first);
      tf.dispose([image, target, ...variables]);
    });

    it('of an asynchronous block are given back, but for its result', async () => {
      const before = tf.memory().numTensors;
      const result = await tidyAsync(async () => {
        const a = tf.tensor1d([1, 2]);
        await new Promise(setImmediate);
        const inner = await tidyAsync(async () => tf.add(a, tf.scalar(1)));
        return { doubled: tf.mul(inner, 2) };
      });
      expect(tf.memory().numTensors).to.equal(before + 1);
      expect([...(await result.doubled.data())]).to.deep.equal([4, 6]);
      result.doubled.dispose();
    });

    it('of an asynchronous block that fails are given back', async () => {
      const before = tf.memory().numTensors;
      const error = await tidyAsync(async () => {
        tf.zeros([3]);
        await new Promise(setImmediate);
        throw new Error('stop');
      }).catch((fault: Error) => fault);
      expect(error).to.be.an('error').with.property('message', 'stop');
      expect(tf.memory().numTensors).to.equal(before);
    });
  });
}

describe('asynchronous blocks beside each other', () => {
  it('are refused instead of disposing each other’s tensors', async () => {
    await tf.setBackend('cpu');
    let finish = (): void => undefined;
    const first = tidyAsync(() => new Promise<number>((resolve) => (finish = () => resolve(1))));
    const second = tidyAsync(async () => {
      await new Promise(setImmediate);
      return 2;
    });
    finish();
    const error = await first.catch((fault: Error) => fault);
    expect(error)
      .to.be.an('error')
      .with.property('message')
      .that.matches(/scopes overlap/);
    expect(await second).to.equal(2);
    tf.engine().endScope(); // the first block's, which it left open
  });
});
