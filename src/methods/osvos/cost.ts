/** What OSVOS costs, counted from the shapes of trunk and heads at the size that the network sees. */
import { networkSize, type Size } from '../../clips/network-size.js';
import { FLOAT_BYTES, sum, trunkCost, type StageCost } from '../../networks/trunk-cost.js';
import { createHeads, osvosShapes } from '../../networks/osvos-network.js';
import { createTrunk } from '../../networks/trunk.js';
import { addWork, noWork, timesWork, type MethodCost, type Work } from '../cost.js';
import type { OsvosOptions } from './defaults.js';
import { fixedCopies } from './fine-tune.js';

/** Channels of a side branch. */
const SIDE_CHANNELS = 16;

/**
 * How often each map is read or written besides the convolutions themselves: forward the convolution's output, bias and
 * ReLU; backward their gradients, and the sums where paths join.
 */
const FORWARD_PASSES = 6;
const BACKWARD_PASSES = 10;
/** Adam reads weight, gradient and both moments, and writes all but the gradient. */
const ADAM_BYTES = 7 * FLOAT_BYTES;

/**
 * Bytes held for each byte of maps. The first is for a frame: its maps until the last one is there, and what the
 * engine's convolutions need besides. Learning adds the second: gradients, and arrays that the allocator keeps for
 * the next step. With the bytes of a parameter below: a frame within a tenth of `bench/results/speed-*`, a step (which
 * there writes no checkpoint) within a third.
 */
const HELD_FORWARD = 1.3;
const HELD_BACKWARD = 2.8;
/** Bytes held for each parameter: file, array and tensor, and the engine's own order of the filters. */
const PARAMETER_BYTES = 4 * FLOAT_BYTES;
/** While it learns also gradient and moments, the arrays of a checkpoint with these, and the checkpoint as a file. */
const LEARNT_PARAMETER_BYTES = (4 + 3 + 3) * FLOAT_BYTES;
/** Whatever the network. */
const FIXED_BYTES = 65e6;

/** Multiply-adds and bytes of one network; `annotations`: how many frames have masks. */
export function osvosCost(options: OsvosOptions, frame: Size, objects: number, annotations = 1): MethodCost {
  const { frozenStages, iterations, timeBudget } = options;
  const size = networkSize(frame, options.size);
  const trunk = createTrunk(options.trunk);
  const stages = trunkCost(trunk, size);
  const frozen = iterations > 0 ? stages.slice(0, frozenStages) : [];
  const tuned = stages.slice(frozen.length);
  const parameters = sum(
    [...osvosShapes(trunk, createHeads(trunk, { heads: options.heads, crop: 'fixed' })).values()].map(
      (shape) => shape.reduce((a, b) => a * b, 1),
    ),
  );
  const tunedParameters = parameters - sum(frozen.map((stage) => stage.parameters));
  const head = headCost(stages, frozen.length, size);

  const forward = (part: StageCost[]): Work => ({
    ...noWork,
    forward: sum(part.map((stage) => stage.multiplyAdds)),
    moved: FORWARD_PASSES * sum(part.map((stage) => stage.mapBytes)),
  });
  const copies = frozen.length > 0 ? fixedCopies(annotations) : 0;
  const step: Work = addWork(forward(tuned), head.forward, head.backward, {
    forward: 0,
    backward: 2 * sum(tuned.map((stage) => stage.multiplyAdds)),
    moved: BACKWARD_PASSES * sum(tuned.map((stage) => stage.mapBytes)) + ADAM_BYTES * tunedParameters,
  });
  // stages that all objects have in common are computed once
  const shared = objects > 1 ? frozen : [];
  const own = addWork(forward(stages.slice(shared.length)), head.forward);
  const pixels = size.width * size.height;
  const tunedMaps = sum(tuned.map((stage) => stage.mapBytes)) + head.mapBytes;
  const allMaps = sum(stages.map((stage) => stage.mapBytes)) + head.mapBytes;
  const networks = objects * parameters * FLOAT_BYTES;
  const segmentingBytes =
    FIXED_BYTES + networks + (PARAMETER_BYTES - FLOAT_BYTES) * parameters + HELD_FORWARD * allMaps;
  const copyBytes = sum(frozen.map((stage) => stage.outputBytes)) + 5 * pixels * FLOAT_BYTES; // picture, labels, weights
  const learningBytes =
    FIXED_BYTES +
    networks +
    (PARAMETER_BYTES - FLOAT_BYTES) * parameters +
    LEARNT_PARAMETER_BYTES * tunedParameters +
    copies * copyBytes +
    (HELD_FORWARD + HELD_BACKWARD) * tunedMaps;
  return {
    start: timesWork(copies, forward(frozen)),
    step,
    steps: iterations,
    learnsAtMost: timeBudget,
    frame: addWork(forward(shared), timesWork(objects, own)),
    learningBytes: iterations > 0 ? Math.max(learningBytes, segmentingBytes) : 0,
    segmentingBytes,
    stateBytes: networks,
    // weights and two moments
    checkpointBytes: iterations > 0 ? 3 * networks : 0,
    finestStride: Math.min(...stages.filter((stage) => stage.side).map((stage) => stage.stride)),
  };
}

interface HeadCost {
  forward: Work;
  backward: Work;
  mapBytes: number;
}

/** Side branches and fuse: 3×3 to 16 channels, 1×1 to one, then A_y · X · A_xᵀ up to the picture's size. */
function headCost(stages: readonly StageCost[], frozen: number, { width, height }: Size): HeadCost {
  let forward = 0;
  let backward = 0;
  let mapBytes = 0;
  stages.forEach(({ side, stride, channels, cells }, index) => {
    if (!side) return;
    const branch = cells * (9 * channels * SIDE_CHANNELS + SIDE_CHANNELS);
    const rows = Math.ceil(height / stride);
    const upsampling = rows * Math.ceil(width / stride) * width + height * rows * width;
    forward += branch + upsampling;
    // of maps that do not change only the weights' gradient is asked for
    backward += (index < frozen ? 1 : 2) * branch + upsampling;
    mapBytes += (cells * (SIDE_CHANNELS + 1) + width * rows + width * height) * FLOAT_BYTES;
  });
  return {
    forward: { forward, backward: 0, moved: FORWARD_PASSES * mapBytes },
    backward: { forward: 0, backward, moved: BACKWARD_PASSES * mapBytes },
    mapBytes,
  };
}
