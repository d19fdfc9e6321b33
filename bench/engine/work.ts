/** The work that is measured, by the program's own network, loss, optimizer and loop. `startEngine` must have run. */
import * as tf from '@tensorflow/tfjs';
import { OsvosNetwork } from '../../src/networks/osvos-network.js';
import { train } from '../../src/training/loop.js';
import { weightedCrossEntropy } from '../../src/training/losses.js';
import { createSgd } from '../../src/training/sgd.js';
import { readSafetensors } from '../../src/weights/safetensors.js';
import { MOMENTUM, networkOptions, SIDE_WEIGHT, type NetworkName } from './case.js';

export interface Work {
  /** One frame without gradients: its fused logits `[H, W]`, row by row. */
  forward(): Promise<Float32Array>;
  /** Iterations of a training: forward, backward and an update of all parameters. `after` runs after each. */
  iterate(count: number, after?: (loss: number) => void): Promise<void>;
  dispose(): void;
}

/** @param file as `writeCase` writes it */
export async function openWork(file: string): Promise<Work> {
  const { tensors, metadata } = await readSafetensors(file);
  const take = (name: string) => {
    const { shape, data } = tensors.get(name)!;
    tensors.delete(name);
    return tf.tensor(data, shape, 'float32');
  };
  const picture = take('picture') as tf.Tensor4D;
  const [labels, weights] = [take('labels'), take('weights')];
  const network = OsvosNetwork.from(tensors, networkOptions(metadata.trunk as NetworkName), file);
  tensors.clear(); // the variables hold them now
  const { parameters } = network;
  const trained = parameters.names();
  const optimizer = createSgd({ groups: [{ variables: parameters.select(trained) }], momentum: MOMENTUM });
  const rate = Number(metadata.rate);

  const loss = (): tf.Scalar => {
    const { fused, sides } = network.run(picture, true);
    return sides.reduce<tf.Scalar>(
      (sum, side) => tf.add(sum, tf.mul(SIDE_WEIGHT, weightedCrossEntropy(side, labels, weights))),
      weightedCrossEntropy(fused, labels, weights),
    );
  };
  return {
    async forward() {
      const logits = tf.tidy(() => network.run(picture).fused);
      const numbers = await logits.data<'float32'>();
      logits.dispose();
      return numbers;
    },
    async iterate(count, after) {
      await train({
        ...{ parameters, trained, optimizer, updates: count },
        rate: () => rate,
        loss: () => loss,
        after: async (update) => {
          after?.(update.loss);
          return true;
        },
      });
    },
    dispose() {
      optimizer.dispose();
      network.dispose();
      tf.dispose([picture, labels, weights]);
    },
  };
}
