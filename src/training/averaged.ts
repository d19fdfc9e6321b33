import * as tf from '@tensorflow/tfjs';
import type { Weights } from '../weights/weights.js';
import type { Optimizer, ParameterGroup } from './optimizer.js';

/** An optimizer that also keeps a running average of the parameters that it changes. */
export interface AveragingOptimizer extends Optimizer {
  /** The average, by the names of the parameter groups. */
  average(): Promise<Weights>;
}

/** Updates between two of the average: each costs a pass over all numbers. */
const EVERY = 5;
const SLOT = 'average';

/**
 * Averages late weights: a ← decayⁿ·a + (1 − decayⁿ)·θ after every n-th update (Polyak & Juditsky 1992, with
 * forgetting); the updates since then count when the average is asked for. Early on it forgets faster, so that the first
 * weights do not stay in it: decay is at most (1 + updates) / (10 + updates). The average is part of the saved state.
 */
export function averaged(
  optimizer: Optimizer,
  groups: readonly ParameterGroup[],
  decay: number,
): AveragingOptimizer {
  const variables = new Map(groups.flatMap((group) => [...group.variables]));
  // numbers of their own: a clone would share those that the optimizer changes in place
  const copy = (variable: tf.Tensor) => tf.tidy(() => tf.keep(tf.mul(variable, 1)));
  const averages = new Map([...variables].map(([name, variable]) => [name, copy(variable)]));
  let updates = 0;

  const set = (name: string, value: tf.Tensor) => {
    averages.get(name)?.dispose();
    averages.set(name, tf.keep(value));
  };
  const read = async (tensor: tf.Tensor) => (await tensor.data<'float32'>()).slice();
  /** The average once the last updates, `steps` of them, are taken in. */
  const next = (name: string, steps: number) => {
    const kept = Math.min(decay, (1 + updates) / (10 + updates)) ** steps;
    return tf.tidy(() => tf.add(tf.mul(averages.get(name)!, kept), tf.mul(variables.get(name)!, 1 - kept)));
  };

  return {
    ...optimizer,

    async step(gradients, rate) {
      const norm = await optimizer.step(gradients, rate);
      updates++;
      if (updates % EVERY !== 0) return norm;
      for (const name of variables.keys()) set(name, next(name, EVERY));
      return norm;
    },

    async average() {
      const late = updates % EVERY;
      const found: Weights = new Map();
      for (const [name, { shape }] of variables) {
        const average = next(name, late);
        found.set(name, { dtype: 'F32', shape: shape.slice(), data: await read(average) });
        average.dispose();
      }
      return found;
    },

    async save() {
      const saved = await optimizer.save();
      for (const [name, { shape }] of variables) {
        const data = await read(averages.get(name)!);
        saved.set(`${name}.${SLOT}`, { dtype: 'F32', shape: shape.slice(), data });
      }
      saved.set(`${SLOT}.updates`, { dtype: 'F32', shape: [1], data: Float32Array.of(updates) });
      return saved;
    },

    restore(saved) {
      const needed = [...variables.keys()].map((name) => `${name}.${SLOT}`);
      const missing = [...needed, `${SLOT}.updates`].find((name) => !saved.has(name));
      if (missing !== undefined) throw new Error(`the optimizer's state lacks ${missing}`);
      optimizer.restore(saved);
      for (const [name, { shape }] of variables) {
        const { data } = saved.get(`${name}.${SLOT}`)!;
        set(name, tf.tensor(data, shape, 'float32'));
      }
      updates = saved.get(`${SLOT}.updates`)!.data[0];
    },

    dispose() {
      for (const value of averages.values()) value.dispose();
      averages.clear();
      optimizer.dispose();
    },
  };
}
