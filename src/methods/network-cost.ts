/** What any network on a trunk costs, counted from the shapes of its maps. */
import type { HeadsCost } from '../networks/heads.js';
import { FLOAT_BYTES, sum, type StageCost } from '../networks/trunk-cost.js';
import type { Work } from './cost.js';

/**
 * How often each map is read or written besides the convolutions themselves: forward the convolution's output, bias and
 * ReLU; backward their gradients, and the sums where paths join.
 */
export const FORWARD_PASSES = 6;
export const BACKWARD_PASSES = 10;

/**
 * Bytes held for each byte of maps. The first is for a frame: its maps until the last one is there, and what the
 * engine's convolutions need besides. Learning adds the second: gradients, and arrays that the allocator keeps for
 * the next step. With the bytes of a parameter below: a frame within an eighth of `bench/results/osvos-step-*`, a step
 * (which there writes no checkpoint) within a half.
 */
export const HELD_FORWARD = 1.3;
export const HELD_BACKWARD = 2.8;
/** Bytes held for each parameter: file, array and tensor, and the engine's own order of the filters. */
export const PARAMETER_BYTES = 4 * FLOAT_BYTES;
/** Bytes held whatever the network. */
export const FIXED_BYTES = 65e6;

export function forward(stages: readonly StageCost[]): Work {
  const multiplyAdds = sum(stages.map((stage) => stage.multiplyAdds));
  return { forward: multiplyAdds, backward: 0, moved: FORWARD_PASSES * mapBytes(stages) };
}

export function forwardHeads(heads: HeadsCost): Work {
  return { forward: heads.forward, backward: 0, moved: FORWARD_PASSES * heads.mapBytes };
}

export function mapBytes(stages: readonly StageCost[]): number {
  return sum(stages.map((stage) => stage.mapBytes));
}

export function outputBytes(stages: readonly StageCost[]): number {
  return sum(stages.map((stage) => stage.outputBytes));
}
