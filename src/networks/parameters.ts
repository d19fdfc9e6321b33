import * as tf from '@tensorflow/tfjs';
import { OsvosError } from '../errors.js';
import { asFloat32 } from '../weights/half.js';
import type { Weights } from '../weights/weights.js';

/** Shape of each parameter by name, in the order in which files hold them. */
export type ParameterShapes = ReadonlyMap<string, readonly number[]>;

/** Where a network looks up its numbers. */
export interface ParameterSource {
  /** Throws where there is none of that name. */
  get(name: string): tf.Variable;
}

/** The trainable numbers of one network, by name. Lives until `dispose`. */
export class Parameters implements ParameterSource {
  private constructor(private readonly variables: Map<string, tf.Variable>) {}

  /**
   * Takes the named shapes from `weights`. Throws `weights-unfit` that lists what is missing or has another
   * shape; what `weights` holds beyond `shapes` is left aside.
   */
  static from(weights: Weights, shapes: ParameterShapes, source: string): Parameters {
    const faults: string[] = [];
    for (const [name, shape] of shapes) {
      const tensor = weights.get(name);
      if (!tensor) faults.push(`${name} is missing`);
      else if (tensor.shape.join() !== shape.join())
        faults.push(`${name} is [${tensor.shape.join(', ')}], not [${shape.join(', ')}]`);
    }
    if (faults.length > 0) {
      const more = faults.length > 3 ? ` and ${faults.length - 3} more` : '';
      throw new OsvosError(
        'weights-unfit',
        `weights of another network (${faults.slice(0, 3).join('; ')}${more})`,
        source,
      );
    }
    const variables = new Map<string, tf.Variable>();
    for (const [name, shape] of shapes) {
      const value = tf.tensor(asFloat32(weights.get(name)!), [...shape], 'float32');
      variables.set(name, tf.variable(value));
      value.dispose();
    }
    return new Parameters(variables);
  }

  get(name: string): tf.Variable {
    const variable = this.variables.get(name);
    if (!variable) throw new Error(`no parameter named ${name}`);
    return variable;
  }

  names(): string[] {
    return [...this.variables.keys()];
  }

  /** Some of the variables, by name. */
  select(names: readonly string[]): Map<string, tf.Variable> {
    return new Map(names.map((name) => [name, this.get(name)]));
  }

  /** Sets all numbers; names and shapes must be those of `read`. */
  write(weights: Weights): void {
    for (const [name, variable] of this.variables) {
      const value = tf.tensor(asFloat32(weights.get(name)!), variable.shape, 'float32');
      variable.assign(value);
      value.dispose();
    }
  }

  /** A copy of all numbers, in full precision. */
  async read(): Promise<Weights> {
    const weights: Weights = new Map();
    for (const [name, variable] of this.variables) {
      weights.set(name, {
        dtype: 'F32',
        shape: variable.shape.slice(),
        data: (await variable.data()).slice() as Float32Array,
      });
    }
    return weights;
  }

  dispose(): void {
    for (const variable of this.variables.values()) variable.dispose();
    this.variables.clear();
  }
}
