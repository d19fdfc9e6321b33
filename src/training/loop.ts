import * as tf from '@tensorflow/tfjs';
import { OsvosError } from '../errors.js';
import type { Parameters } from '../networks/parameters.js';
import { breathe } from '../progress.js';
import type { Optimizer } from './optimizer.js';

/** What the loop tells after each update. */
export interface Update {
  /** Counted from 0 over the whole training, also after a resume. */
  index: number;
  loss: number;
  /** Since this call of `train` began. */
  seconds: number;
}

export interface TrainingOptions {
  parameters: Parameters;
  /** Names of the parameters that change. */
  trained: readonly string[];
  optimizer: Optimizer;
  /** First update to run; greater than 0 after a resume. */
  start?: number;
  /** Updates of the whole training. */
  updates: number;
  /** Learning rate of update `index`, before the groups' own factors. */
  rate(index: number, seconds: number): number;
  /** Batches whose gradients are averaged for an update; 1 when left out. */
  batches?: number;
  /** Draws the data of batch `part` of update `index` and gives its loss, as a function of the trained parameters. */
  loss(index: number, seconds: number, part: number): () => tf.Scalar;
  /** Runs after each update, for logs and checkpoints; `false` ends the training. */
  after(update: Update): Promise<boolean>;
  /** Ends the training after the current update. */
  signal?: AbortSignal;
}

/**
 * Gradient descent, one batch an update. Gives the number of updates done in all. Breathes between updates, so
 * that progress is shown and signals arrive. Throws `not-a-number` (exit 6) before a broken update is applied.
 */
export async function train(options: TrainingOptions): Promise<number> {
  const { parameters, trained, optimizer, updates, signal, batches = 1 } = options;
  const variables = trained.map((name) => parameters.get(name));
  const began = performance.now();
  let index = options.start ?? 0;
  while (index < updates && !signal?.aborted) {
    const elapsed = (performance.now() - began) / 1000;
    let sum = 0;
    let norm = 0;
    for (let part = 0; part < batches; part++) {
      const { value, grads } = tf.variableGrads(options.loss(index, elapsed, part), variables);
      const [number] = await value.data();
      value.dispose();
      if (!Number.isFinite(number)) {
        tf.dispose(grads);
        throw new OsvosError('not-a-number', `the loss is ${number}`, `update ${index + 1}`);
      }
      sum += number;
      if (part < batches - 1) await optimizer.accumulate(grads);
      else norm = await optimizer.step(grads, options.rate(index, elapsed));
    }
    if (!Number.isFinite(norm)) {
      throw new OsvosError('not-a-number', `the gradients’ norm is ${norm}`, `update ${index + 1}`);
    }
    index++;
    const goOn = await options.after({
      index: index - 1,
      loss: sum / batches,
      seconds: (performance.now() - began) / 1000,
    });
    await breathe();
    if (!goOn) break;
  }
  return index;
}
