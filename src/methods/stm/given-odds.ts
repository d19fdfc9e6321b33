import * as tf from '@tensorflow/tfjs';

/** Log-odds of what is known: as far as soft aggregation lets any go, see `soft-aggregation.ts`. */
const CERTAIN = 16;

/**
 * Puts given masks into what was found of other objects.
 *
 * @param odds of background and the objects `found`, `[1, H, W, 1 + found]`
 * @param ids all objects, in the order of the result
 * @param labels `[H, W]`: where one of `given` stands, it is there and nothing else; they are nowhere else
 * @returns `[1, H, W, 1 + ids]`
 */
export function withGiven(
  odds: tf.Tensor4D,
  found: readonly number[],
  ids: readonly number[],
  given: readonly number[],
  labels: Uint8Array,
): tf.Tensor4D {
  return tf.tidy(() => {
    const [, height, width] = odds.shape;
    const plane = (accepts: (label: number) => boolean) =>
      tf.tensor4d(Float32Array.from(labels, (label) => (accepts(label) ? CERTAIN : -CERTAIN)), [1, height, width, 1]); // prettier-ignore
    const taken = tf.greater(
      plane((label) => given.includes(label)),
      0,
    );
    const [background, ...others] = tf.split<tf.Tensor4D>(odds, 1 + found.length, 3);
    const free = (x: tf.Tensor4D): tf.Tensor4D => tf.where(taken, tf.fill(x.shape, -CERTAIN), x);
    const own = new Map(others.map((x, i) => [found[i], free(x)]));
    const planes = ids.map((id) => own.get(id) ?? plane((label) => label === id));
    return tf.concat([free(background), ...planes], 3);
  });
}
