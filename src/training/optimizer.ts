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

/** Changes parameters by their gradients. Lives until `dispose`. */
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
  save(): Promise<Weights>;
  /** Goes on from a saved state. Throws when it is not of this rule and these parameters. */
  restore(state: Weights): void;
  /** Gives back what is held; no other call may follow. */
  dispose(): void;
}

/**
 * How gradients are gathered and parameters changed: over typed arrays (`array-arithmetic.ts`) or inside TensorFlow
 * (`fused-adam.ts`).
 *
 * @template Gradient one parameter's gradient
 * @template State what is kept for one parameter from step to step
 */
export interface Arithmetic<Gradient, State> {
  /** Names of the arrays in a parameter's state. */
  slots: readonly string[];
  /** The state of a parameter before its first step: zeros. */
  create(variable: tf.Variable): State;
  /** Takes over tensors, which their giver must not use again. */
  take(gradients: tf.Tensor[]): Promise<Gradient[]>;
  /** `sum + gradient`, or what begins a sum; uses up both. */
  gather(sum: Gradient | undefined, gradient: Gradient): Gradient;
  /** √Σg² over all gradients together. */
  norm(gradients: Gradient[]): Promise<number>;
  /** Changes variables and states. */
  update(changes: Change<Gradient, State>[]): Promise<void>;
  /** Ends gradients that are of no more use. */
  drop(gradients: Gradient[]): void;
  /** Copies of the slots' arrays, in their order. */
  read(state: State): Promise<Float32Array[]>;
  write(state: State, slots: Float32Array[]): void;
  dispose(state: State): void;
}

/** What changes one parameter at one step. */
export interface Change<Gradient, State> {
  variable: tf.Variable;
  gradient: Gradient;
  state: State;
  /** To be multiplied to the gradient: averaging and clipping in one factor. */
  scale: number;
  /** Updates of this parameter including this one: 1, 2, … */
  steps: number;
  rate: number;
  weightDecay: number;
}

/** What one parameter carries from step to step. */
interface Held<Gradient, State> {
  name: string;
  variable: tf.Variable;
  group: ParameterGroup;
  state: State;
  steps: number;
  gathered?: Gradient;
}

/** Keeps the clipping factor below 1 by a hair, as PyTorch's `clip_grad_norm_` does. */
const CLIP_EPSILON = 1e-6;

/**
 * An optimizer: what all rules share. A parameter counts its own steps, so that one that is unfrozen late starts like
 * a fresh one.
 *
 * @param clipNorm gradients are scaled down to this global norm; Infinity = no clipping
 */
export function createOptimizer<Gradient, State>(
  groups: readonly ParameterGroup[],
  arithmetic: Arithmetic<Gradient, State>,
  clipNorm: number = Infinity,
): Optimizer {
  if (!(clipNorm > 0)) throw new Error(`clipNorm must be above 0, not ${clipNorm}`);
  type Parameter = Held<Gradient, State>;
  const held = hold(groups, arithmetic);
  let examples = 0;

  const find = (name: string): Parameter => {
    const parameter = held.get(name);
    if (!parameter) throw new Error(`the gradient of ${name} belongs to no parameter group`);
    return parameter;
  };

  async function take(gradients: tf.NamedTensorMap): Promise<Map<Parameter, Gradient>> {
    const parameters = Object.keys(gradients).map(find);
    const taken = await arithmetic.take(Object.values(gradients));
    examples++;
    return new Map(parameters.map((parameter, index) => [parameter, taken[index]]));
  }

  function dropGathered(): void {
    for (const parameter of held.values()) {
      if (parameter.gathered) arithmetic.drop([parameter.gathered]);
      parameter.gathered = undefined;
    }
    examples = 0;
  }

  return {
    async accumulate(gradients) {
      for (const [parameter, gradient] of await take(gradients))
        parameter.gathered = arithmetic.gather(parameter.gathered, gradient);
    },

    async step(gradients, rate) {
      const sums = await take(gradients);
      for (const parameter of held.values()) {
        const { gathered } = parameter;
        if (!gathered) continue;
        const gradient = sums.get(parameter);
        sums.set(parameter, gradient ? arithmetic.gather(gathered, gradient) : gathered);
        parameter.gathered = undefined;
      }
      const average = 1 / examples;
      examples = 0;
      const norm = average * (await arithmetic.norm([...sums.values()]));
      if (Number.isFinite(norm)) {
        const scale = average * Math.min(1, clipNorm / (norm + CLIP_EPSILON));
        const changes = [...sums].map(([parameter, gradient]) => ({
          variable: parameter.variable,
          gradient,
          state: parameter.state,
          scale,
          steps: ++parameter.steps,
          rate: rate * (parameter.group.rate ?? 1),
          weightDecay: parameter.group.weightDecay ?? 0,
        }));
        await arithmetic.update(changes);
      }
      arithmetic.drop([...sums.values()]);
      return norm;
    },

    async save() {
      const saved: Weights = new Map();
      for (const { name, variable, state, steps } of held.values()) {
        const slots = await arithmetic.read(state);
        slots.forEach((data, index) => {
          saved.set(`${name}.${arithmetic.slots[index]}`, {
            dtype: 'F32',
            shape: variable.shape.slice(),
            data,
          });
        });
        saved.set(`${name}.steps`, { dtype: 'F32', shape: [1], data: Float32Array.of(steps) });
      }
      return saved;
    },

    restore(saved) {
      const read = (key: string, length: number): Float32Array => {
        const tensor = saved.get(key);
        if (!tensor) throw new Error(`the optimizer's state lacks ${key}`);
        if (tensor.data.length !== length)
          throw new Error(`${key} has ${tensor.data.length} numbers, not ${length}`);
        return asFloat32(tensor).slice();
      };
      const found = [...held.values()].map(({ name, variable }) => ({
        slots: arithmetic.slots.map((slot) => read(`${name}.${slot}`, variable.size)),
        steps: read(`${name}.steps`, 1)[0],
      }));
      // all of it is there: only now does anything change
      [...held.values()].forEach((parameter, index) => {
        arithmetic.write(parameter.state, found[index].slots);
        parameter.steps = found[index].steps;
      });
      dropGathered();
    },

    dispose() {
      dropGathered();
      for (const { state } of held.values()) arithmetic.dispose(state);
      held.clear();
    },
  };
}

function hold<Gradient, State>(
  groups: readonly ParameterGroup[],
  arithmetic: Arithmetic<Gradient, State>,
): Map<string, Held<Gradient, State>> {
  const entries = groups.flatMap((group) =>
    [...group.variables].map(([name, variable]) => ({ name, variable, group })),
  );
  const seen = new Set<string | tf.Variable>();
  for (const { name, variable } of entries) {
    if (seen.has(name) || seen.has(variable)) throw new Error(`${name} stands in two parameter groups`);
    seen.add(name).add(variable);
  }
  // only now: a state may have to be disposed
  return new Map(
    entries.map((entry) => {
      const { variable } = entry;
      return [variable.name, { ...entry, state: arithmetic.create(variable), steps: 0 }];
    }),
  );
}
