import * as tf from '@tensorflow/tfjs';

/** Log-odds of 1 − 10⁻⁷, between whose negative and which the release keeps all (single precision reaches it). */
const LIMIT = Math.log((1 - 1e-7) / 1e-7);

/**
 * Soft aggregation of objects that were segmented one by one (Oh et al. 2018, 2019): the background is where no object
 * is, e₀ = Π(1 − pᵢ), and the probabilities are in the ratio of the odds e / (1 − e). In the log domain, where products
 * of small numbers and differences to 1 stay exact.
 *
 * @param logits log-odds of each object alone, `[…, objects]`
 * @returns log-odds of background and objects before they are brought to the sum 1, `[…, 1 + objects]`: a softmax of
 *   them gives the probabilities
 */
export function aggregate(logits: tf.Tensor): tf.Tensor {
  const clamped = tf.clipByValue(logits, -LIMIT, LIMIT);
  // log Π(1 − p) = −Σ log(1 + eᵈ)
  const none = tf.neg(tf.sum(tf.softplus(clamped), -1, true));
  // log of the odds: log e₀ − log(1 − e₀)
  const background = tf.clipByValue(tf.sub(none, tf.log(tf.neg(tf.expm1(none)))), -LIMIT, LIMIT);
  return tf.concat([background, clamped], -1);
}
