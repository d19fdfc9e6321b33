import * as tf from '@tensorflow/tfjs';
import type { OsvosNetwork } from '../../networks/osvos-network.js';
import type { Batch } from '../../training/batch.js';
import { fitFilter, scoreCells } from './target-filter.js';

/**
 * Target scores of two pictures, each from a model that was fitted to the other one. The models count as constants:
 * gradients reach the maps through the scores alone.
 *
 * @param maps output of every stage for both pictures
 */
export function crossScores(
  { trunk, heads }: OsvosNetwork,
  maps: readonly tf.Tensor4D[],
  { labels, weights }: Batch,
): tf.Tensor4D[] {
  return heads.scoredStages.map((stage) => {
    const grid = { stride: trunk.stages[stage].stride, centred: trunk.centred };
    const filtersOfBoth = tf.customGrad((...args: unknown[]) => {
      const map = args[0] as tf.Tensor4D;
      const of = (picture: number) =>
        fitFilter(
          tf.slice4d(map, [picture, 0, 0, 0], [1, -1, -1, -1]),
          {
            labels: tf.slice3d(labels, [picture, 0, 0], [1, -1, -1]),
            // void pixels, and no others, weigh nothing
            known: tf.cast(tf.greater(tf.slice3d(weights, [picture, 0, 0], [1, -1, -1]), 0), 'float32'),
          },
          grid,
        );
      const { shape } = map;
      return { value: tf.stack([of(1), of(0)]), gradFunc: () => tf.zeros(shape) };
    });
    return scoreCells(maps[stage], filtersOfBoth(maps[stage]) as tf.Tensor2D);
  });
}
