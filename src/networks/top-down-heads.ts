import * as tf from '@tensorflow/tfjs';
import type { Random } from '../random.js';
import type { Weights } from '../weights/weights.js';
import { convolve } from './convolution.js';
import type { Heads, HeadsCost, HeadsInput, HeadsTask, OsvosLogits } from './heads.js';
import type { Parameters } from './parameters.js';
import type { Trunk } from './stage.js';
import { FLOAT_BYTES } from './trunk-cost.js';

/** Channels of every map of the heads. */
const CHANNELS = 32;

/** Target scores enter from this stride on: finer maps do not know what they see. */
const FINEST_SCORED_STRIDE = 8;

/** Log-odds at which a target score begins to saturate. */
const SCORE_SCALE = 4;

/**
 * Refinement from coarse to fine: each stage's map, brought to 32 channels, is added to the upsampled map of the
 * coarser one and to what the target model says there; a convolution with a shortcut follows (the target model's
 * scores refined by a decoder as in Robinson et al. 2020; top-down side paths as in Pinheiro et al. 2016). The mask
 * is read from the finest map. Parameters: `lateral.<k>`, `target.<k>`, `refine.<k>`, `score.<k>`, k fine to coarse.
 *
 * @param scored whether there is ever a target model; without, there are no parameters for it
 */
export function topDownHeads(trunk: Trunk, { scored = true } = {}): Heads {
  const levels = levelsOf(trunk, scored);
  const shapes = new Map<string, number[]>();
  levels.forEach(({ channels, scored }, k) => {
    shapes.set(`lateral.${k}.weight`, [1, 1, channels, CHANNELS]).set(`lateral.${k}.bias`, [CHANNELS]);
    if (scored) shapes.set(`target.${k}.weight`, [3, 3, 1, CHANNELS]).set(`target.${k}.bias`, [CHANNELS]);
    shapes.set(`refine.${k}.weight`, [3, 3, CHANNELS, CHANNELS]).set(`refine.${k}.bias`, [CHANNELS]);
    shapes.set(`score.${k}.weight`, [1, 1, CHANNELS, 1]).set(`score.${k}.bias`, [1]);
  });
  return {
    shapes,
    scoredStages: levels.filter(({ scored }) => scored).map(({ stage }) => stage),
    initial: (random) => initialNumbers(shapes, random),
    run: (input, parameters) => run(trunk, levels, input, parameters),
    cost: (task) => cost(levels, task),
    dispose: () => undefined,
  };
}

interface Level {
  /** Index of the trunk's stage. */
  stage: number;
  stride: number;
  channels: number;
  scored: boolean;
}

function levelsOf(trunk: Trunk, scored: boolean): Level[] {
  return trunk.stages.flatMap(({ side, stride, channels }, stage) =>
    side ? [{ stage, stride, channels, scored: scored && stride >= FINEST_SCORED_STRIDE }] : [],
  );
}

/** He et al.'s scale, lateral maps at a half of it since the trunk's maps are not centred; scores near zero. */
function initialNumbers(shapes: Map<string, number[]>, random: Random): Weights {
  const weights: Weights = new Map();
  for (const [name, shape] of shapes) {
    const size = shape.reduce((a, b) => a * b, 1);
    const fanIn = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const deviation = name.endsWith('.bias')
      ? 0
      : name.startsWith('score.')
        ? 0.002
        : name.startsWith('lateral.')
          ? Math.sqrt(0.5 / fanIn)
          : Math.sqrt(1 / fanIn);
    weights.set(name, {
      dtype: 'F32',
      shape,
      data: Float32Array.from({ length: size }, () => deviation * random.normal()),
    });
  }
  return weights;
}

function run(
  trunk: Trunk,
  levels: readonly Level[],
  { maps, height, width, withSides, scores = [] }: HeadsInput,
  parameters: Parameters,
): OsvosLogits {
  const enlarge = (x: tf.Tensor4D, h: number, w: number) =>
    // cells of a trunk with padded strides lie at multiples of the stride; those of a pooling one in the middle
    tf.image.resizeBilinear<tf.Tensor4D>(x, [h, w], false, trunk.centred);
  const read = (x: tf.Tensor4D, k: number) => {
    const logits = enlarge(convolve(x, parameters, `score.${k}`), height, width);
    return tf.squeeze<tf.Tensor3D>(logits, [3]);
  };
  const sides: tf.Tensor3D[] = [];
  let scored = scores.length;
  let above: tf.Tensor4D | undefined;
  for (let k = levels.length - 1; k >= 0; k--) {
    const level = levels[k];
    const map = maps[level.stage];
    let sum = convolve(map, parameters, `lateral.${k}`);
    if (above) sum = tf.add(sum, enlarge(above, map.shape[1], map.shape[2]));
    if (level.scored && scored > 0) {
      const score = tf.tanh<tf.Tensor4D>(tf.div(scores[--scored], SCORE_SCALE));
      sum = tf.add(sum, convolve(score, parameters, `target.${k}`));
    }
    const x = tf.relu(sum);
    above = convolve(x, parameters, `refine.${k}`, { residual: x, relu: true });
    if (withSides && k > 0) sides.unshift(read(above, k));
  }
  return { fused: read(above!, 0), sides };
}

/** Resizing does little arithmetic: of it the maps are counted alone. */
function cost(levels: readonly Level[], { stages, size, frozenStages, scored }: HeadsTask): HeadsCost {
  const total: HeadsCost = { forward: 0, backward: 0, mapBytes: 0 };
  levels.forEach((level, k) => {
    const { cells } = stages[level.stage];
    const reads = level.scored && scored;
    const lateral = cells * level.channels * CHANNELS;
    const target = reads ? cells * 9 * CHANNELS : 0;
    const refine = cells * 9 * CHANNELS * CHANNELS;
    const score = k === 0 ? cells * CHANNELS : 0;
    total.forward += lateral + target + refine + score;
    // neither frozen maps nor target scores have a gradient
    total.backward += (level.stage < frozenStages ? 1 : 2) * lateral + target + 2 * (refine + score);
    // lateral map, sum after its ReLU, refined map; the coarser map enlarged, and the score, each with the sum that it makes
    const maps = 3 + (k < levels.length - 1 ? 2 : 0) + (reads ? 2 : 0);
    total.mapBytes += cells * (maps * CHANNELS + (reads ? 2 : 0)) * FLOAT_BYTES;
    if (k === 0) total.mapBytes += (cells + size.width * size.height) * FLOAT_BYTES;
  });
  return total;
}
