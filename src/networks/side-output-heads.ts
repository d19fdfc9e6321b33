import * as tf from '@tensorflow/tfjs';
import type { Random } from '../random.js';
import type { WeightTensor, Weights } from '../weights/weights.js';
import { convolve } from './convolution.js';
import type { CropRule } from './crop-rules.js';
import type { Heads, HeadsCost, HeadsInput, HeadsTask, OsvosLogits } from './heads.js';
import type { Parameters } from './parameters.js';
import type { Trunk } from './stage.js';
import { FLOAT_BYTES } from './trunk-cost.js';
import { Upsampling } from './upsampling.js';

/** Channels of a side branch (Caelles et al. 2017). */
const SIDE_CHANNELS = 16;

/**
 * Side branches at strides 2, 4, 8 and 16, whose 16-channel maps are fused at full size (Caelles et al. 2017, § 3).
 * Since fuse is linear and the upsampling the same for each channel, each 16→1 slice of fuse is applied before it:
 * same numbers, a fraction of the memory. Parameters: `side.<k>`, `score.<k>`, `fuse`.
 */
export function sideOutputHeads(trunk: Trunk, crop: CropRule, sideChannels = SIDE_CHANNELS): Heads {
  const upsampling = new Upsampling(crop);
  const shapes = sideOutputShapes(trunk, sideChannels);
  return {
    shapes,
    scoredStages: [],
    initial: (random) => initialNumbers(shapes, random),
    run: (input, parameters) => run(trunk, upsampling, input, parameters),
    cost: (task) => cost(task, sideChannels),
    dispose: () => upsampling.dispose(),
  };
}

function sideOutputShapes(trunk: Trunk, sideChannels: number): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  const sides = trunk.stages.filter((stage) => stage.side);
  sides.forEach((stage, k) => {
    shapes.set(`side.${k}.weight`, [3, 3, stage.channels, sideChannels]);
    shapes.set(`side.${k}.bias`, [sideChannels]);
    shapes.set(`score.${k}.weight`, [1, 1, sideChannels, 1]);
    shapes.set(`score.${k}.bias`, [1]);
  });
  shapes.set('fuse.weight', [1, 1, sideChannels * sides.length, 1]);
  shapes.set('fuse.bias', [1]);
  return shapes;
}

/**
 * Side branches start at He et al.'s scale, scores and fuse near zero, so that every probability starts near one half
 * and the balanced loss needs no prior.
 */
function initialNumbers(shapes: Map<string, number[]>, random: Random): Weights {
  const scoreDeviation = 0.01;
  const weights: Weights = new Map();
  for (const [name, shape] of shapes) {
    const size = shape.reduce((a, b) => a * b, 1);
    const fanIn = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const deviation = name.endsWith('.bias')
      ? 0
      : name.startsWith('side.')
        ? Math.sqrt(1 / fanIn)
        : scoreDeviation;
    const tensor: WeightTensor = {
      dtype: 'F32',
      shape,
      data: Float32Array.from({ length: size }, () => deviation * random.normal()),
    };
    weights.set(name, tensor);
  }
  return weights;
}

function run(
  trunk: Trunk,
  upsampling: Upsampling,
  { maps, height, width, withSides }: HeadsInput,
  parameters: Parameters,
): OsvosLogits {
  const fuse = parameters.get('fuse.weight');
  const sides: tf.Tensor3D[] = [];
  const parts: tf.Tensor3D[] = [];
  let k = 0;
  trunk.stages.forEach((stage, s) => {
    if (!stage.side) return;
    const side = convolve(maps[s], parameters, `side.${k}`);
    const channels = side.shape[3];
    const slice = tf.slice(fuse, [0, 0, k * channels, 0], [1, 1, channels, 1]) as tf.Tensor4D;
    parts.push(upsampling.run(tf.conv2d(side, slice, 1, 'same'), stage.stride, height, width));
    if (withSides) {
      sides.push(upsampling.run(convolve(side, parameters, `score.${k}`), stage.stride, height, width));
    }
    k++;
  });
  const sum = parts.reduce((a, b) => tf.add(a, b));
  return { fused: tf.add(sum, parameters.get('fuse.bias')), sides };
}

/** Branches of 3×3 to the side channels and from there to one, each brought to the picture's size by A_y · X · A_xᵀ. */
function cost({ stages, size, frozenStages }: HeadsTask, sideChannels: number): HeadsCost {
  const { width, height } = size;
  const total: HeadsCost = { forward: 0, backward: 0, mapBytes: 0 };
  stages.forEach(({ side, stride, channels, cells }, index) => {
    if (!side) return;
    const branch = cells * (9 * channels * sideChannels + sideChannels);
    const rows = Math.ceil(height / stride);
    const upsampling = rows * Math.ceil(width / stride) * width + height * rows * width;
    total.forward += branch + upsampling;
    // of maps that do not change only the weights' gradient is asked for
    total.backward += (index < frozenStages ? 1 : 2) * branch + upsampling;
    total.mapBytes += (cells * (sideChannels + 1) + width * rows + width * height) * FLOAT_BYTES;
  });
  return total;
}
