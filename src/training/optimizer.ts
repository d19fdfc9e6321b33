import * as tf from '@tensorflow/tfjs';
import { asFloat32 } from '../weights/half.js';
import type { Weights } from '../weights/weights.js';

/** Parameters that are updated alike. */
export interface ParameterGroup {
  /** By the name under which state is saved. */
  variables: ReadonlyMap<string, tf.Variable>;
  /** Multiplies the rate of each step; 1 when left out. */
  rate?: number;
  /** λ of the weight decay; 0 when left out. */
  weightDecay?: number;
}

/** Changes parameters by their gradients. Holds its state as plain arrays: it owns no tensors. */
export interface Optimizer {
  /**
   * Adds the gradients of one example to those of the next step, which averages over all of them.
   * Reads and disposes the gradients.
   *
   * @param gradients as `tf.variableGrads` gives them, by the variables' own names
   */
  accumulate(gradients: tf.NamedTensorMap): Promise<void>;
  /**
   * Takes these last gradients (disposing them), then updates each parameter that has a gradient. When the norm is
   * not finite nothing is changed, neither parameters nor state, and the gradients gathered so far are dropped.
   *
   * @param rate learning rate of this step, before the groups' multipliers
   * @returns the norm of all averaged gradients together, before clipping
   */
  step(gradients: tf.NamedTensorMap, rate: number): Promise<number>;
  /** A copy of the state between two steps: `<parameter>.<slot>` and `<parameter>.steps`. Gradients gathered since the last step are no part of it. */
  save(): Weights;
  /** Goes on from a saved state. Throws when it is not of this rule and these parameters. */
  restore(state: Weights): void;
}

/** How one parameter changes; see `sgd.ts` and `adam.ts`. */
export interface UpdateRule {
  /** Names of the arrays kept for each parameter; all start at zero. */
  slots: readonly string[];
  update(parameter: Update): void;
}

/** What a rule gets for one parameter at one step. All arrays have the parameter's length. */
export interface Update {
  value: Float32Array;
  gradient: Float32Array;
  /** To be multiplied to the gradient: averaging and clipping in one factor. */
  scale: number;
  slots: readonly Float32Array[];
  /** Updates of this parameter including this one: 1, 2, … */
  steps: number;
  rate: number;
  weightDecay: number;
  /** Where the new value goes; never the same array as `value`. */
  result: Float32Array;
}

/** What one parameter carries from step to step. */
interface Held {
  name: string;
  variable: tf.Variable;
  group: ParameterGroup;
  slots: Float32Array[];
  steps: number;
  gathered?: Float32Array;
}

/** Keeps the clipping factor below 1 by a hair, as PyTorch's `clip_grad_norm_` does. */
const CLIP_EPSILON = 1e-6;

/**
 * An optimizer by a rule. The arithmetic runs over typed arrays in one pass per parameter: a chain of ten element-wise
 * tensor operations reads and writes memory ten times, and took longer on two cores than this with its copies.
 * A parameter counts its own steps, so that one that is unfrozen late starts like a fresh one.
 *
 * @param clipNorm gradients are scaled down to this global norm; Infinity = no clipping
 */
export function createOptimizer(
  groups: readonly ParameterGroup[],
  rule: UpdateRule,
  clipNorm: number = Infinity,
): Optimizer {
  if (!(clipNorm > 0)) throw new Error(`clipNorm must be above 0, not ${clipNorm}`);
  const held = hold(groups, rule);
  let examples = 0;

  const find = (name: string): Held => {
    const parameter = held.get(name);
    if (!parameter) throw new Error(`the gradient of ${name} belongs to no parameter group`);
    return parameter;
  };

  /** Reads the gradients and adds what is gathered. With one example per step nothing is copied. */
  async function take(gradients: tf.NamedTensorMap): Promise<Map<Held, Float32Array>> {
    const entries = Object.entries(gradients);
    const parameters = entries.map(([name]) => find(name));
    const arrays = await Promise.all(entries.map(([, gradient]) => gradient.data<'float32'>()));
    for (const [, gradient] of entries) gradient.dispose();
    examples++;
    return new Map(parameters.map((parameter, index) => [parameter, arrays[index]]));
  }

  function gather(parameter: Held, gradient: Float32Array): Float32Array {
    if (!parameter.gathered) return (parameter.gathered = gradient.slice());
    const sum = parameter.gathered;
    for (let i = 0; i < sum.length; i++) sum[i] += gradient[i];
    return sum;
  }

  return {
    async accumulate(gradients) {
      for (const [parameter, gradient] of await take(gradients)) gather(parameter, gradient);
    },

    async step(gradients, rate) {
      const sums = await take(gradients);
      for (const parameter of held.values()) {
        const gradient = sums.get(parameter);
        if (!parameter.gathered) continue;
        sums.set(parameter, gradient ? gather(parameter, gradient) : parameter.gathered);
        parameter.gathered = undefined;
      }
      const average = 1 / examples;
      examples = 0;
      let squares = 0;
      for (const sum of sums.values()) squares += sumOfSquares(sum);
      const norm = average * Math.sqrt(squares);
      if (!Number.isFinite(norm)) return norm;
      const scale = average * Math.min(1, clipNorm / (norm + CLIP_EPSILON));

      const values = await Promise.all([...sums.keys()].map(({ variable }) => variable.data<'float32'>()));
      [...sums].forEach(([parameter, gradient], index) => {
        const { variable, group, slots } = parameter;
        const result = new Float32Array(gradient.length);
        rule.update({
          value: values[index],
          gradient,
          scale,
          slots,
          steps: ++parameter.steps,
          rate: rate * (group.rate ?? 1),
          weightDecay: group.weightDecay ?? 0,
          result,
        });
        const next = tf.tensor(result, variable.shape);
        variable.assign(next);
        next.dispose();
      });
      return norm;
    },

    save() {
      const state: Weights = new Map();
      for (const { name, variable, slots, steps } of held.values()) {
        rule.slots.forEach((slot, index) => {
          state.set(`${name}.${slot}`, {
            dtype: 'F32',
            shape: variable.shape.slice(),
            data: slots[index].slice(),
          });
        });
        state.set(`${name}.steps`, { dtype: 'F32', shape: [1], data: Float32Array.of(steps) });
      }
      return state;
    },

    restore(state) {
      const read = (key: string, length: number): Float32Array => {
        const tensor = state.get(key);
        if (!tensor) throw new Error(`the optimizer's state lacks ${key}`);
        if (tensor.data.length !== length)
          throw new Error(`${key} has ${tensor.data.length} numbers, not ${length}`);
        return asFloat32(tensor).slice();
      };
      const found = [...held.values()].map(({ name, variable }) => ({
        slots: rule.slots.map((slot) => read(`${name}.${slot}`, variable.size)),
        steps: read(`${name}.steps`, 1)[0],
      }));
      // all of it is there: only now does anything change
      [...held.values()].forEach((parameter, index) =>
        Object.assign(parameter, found[index], { gathered: undefined }),
      );
      examples = 0;
    },
  };
}

function hold(groups: readonly ParameterGroup[], rule: UpdateRule): Map<string, Held> {
  const held = new Map<string, Held>();
  const names = new Set<string>();
  for (const group of groups) {
    for (const [name, variable] of group.variables) {
      if (held.has(variable.name) || names.has(name))
        throw new Error(`${name} stands in two parameter groups`);
      names.add(name);
      const slots = rule.slots.map(() => new Float32Array(variable.size));
      held.set(variable.name, { name, variable, group, slots, steps: 0 });
    }
  }
  return held;
}

/** Four sums side by side: one would wait for its own last addition. */
function sumOfSquares(x: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < x.length; i += 4) {
    a += x[i] * x[i];
    b += x[i + 1] * x[i + 1];
    c += x[i + 2] * x[i + 2];
    d += x[i + 3] * x[i + 3];
  }
  for (; i < x.length; i++) a += x[i] * x[i];
  return a + b + c + d;
}
