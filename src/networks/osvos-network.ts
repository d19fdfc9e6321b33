import type * as tf from '@tensorflow/tfjs';
import type { Weights } from '../weights/weights.js';
import type { CropRule } from './crop-rules.js';
import type { Heads, HeadsName, OsvosLogits } from './heads.js';
import { Parameters, type ParameterShapes } from './parameters.js';
import { sideOutputHeads } from './side-output-heads.js';
import type { Trunk } from './stage.js';
import { topDownHeads } from './top-down-heads.js';
import { createTrunk } from './trunk.js';
import type { TrunkName } from './trunk-names.js';

export interface OsvosNetworkOptions {
  trunk: TrunkName;
  heads: HeadsName;
  /** Of side outputs. */
  crop: CropRule;
}

export function createHeads(trunk: Trunk, { heads, crop }: Omit<OsvosNetworkOptions, 'trunk'>): Heads {
  return heads === 'top-down' ? topDownHeads(trunk) : sideOutputHeads(trunk, crop);
}

/** Shapes of the trunk's and the heads' parameters. */
export function osvosShapes(trunk: Trunk, heads: Heads): ParameterShapes {
  return new Map([...trunk.shapes, ...heads.shapes]);
}

/** A fully convolutional network from a picture to a mask: a trunk and heads on the maps of its stages. Lives until `dispose`. */
export class OsvosNetwork {
  constructor(
    readonly trunk: Trunk,
    readonly heads: Heads,
    readonly parameters: Parameters,
  ) {}

  /** Throws `weights-unfit` naming `source`. */
  static from(weights: Weights, options: OsvosNetworkOptions, source: string): OsvosNetwork {
    const trunk = createTrunk(options.trunk);
    const heads = createHeads(trunk, options);
    return new OsvosNetwork(trunk, heads, Parameters.from(weights, osvosShapes(trunk, heads), source));
  }

  /** Names of the parameters of stages 1 … `count`, which stay as they are when these are frozen. */
  frozenNames(count: number): Set<string> {
    return new Set(this.trunk.stages.slice(0, count).flatMap((stage) => stage.names));
  }

  /**
   * Runs the stages from `first` (0 = the picture) and gives the output of each.
   *
   * @param x `[N, H, W, 3]` normalised for the trunk, or the output of stage `first` − 1
   */
  features(x: tf.Tensor4D, first = 0, last = this.trunk.stages.length): tf.Tensor4D[] {
    const maps: tf.Tensor4D[] = [];
    let y = x;
    for (const stage of this.trunk.stages.slice(first, last)) maps.push((y = stage.run(y, this.parameters)));
    return maps;
  }

  /**
   * @param maps output of every stage
   * @param scores of the target model, where there is one
   */
  read(
    maps: readonly tf.Tensor4D[],
    [height, width]: readonly [number, number],
    { withSides = false, scores }: { withSides?: boolean; scores?: readonly tf.Tensor4D[] } = {},
  ): OsvosLogits {
    return this.heads.run({ maps, height, width, withSides, scores }, this.parameters);
  }

  /** All of it, without a target model: `[N, H, W, 3]` → logits `[N, H, W]`. */
  run(x: tf.Tensor4D, withSides = false): OsvosLogits {
    return this.read(this.features(x), [x.shape[1], x.shape[2]], { withSides });
  }

  dispose(): void {
    this.parameters.dispose();
    this.heads.dispose();
  }
}
