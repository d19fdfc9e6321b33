/** A program of its own, run by `probe.ts` and by set-up: loads Dawn and runs one convolution whose result is known. */
import * as tf from '@tensorflow/tfjs';
import { sendTrial } from '../trial.js';
import { startWebgpu } from './start.js';

await sendTrial(async () => {
  const { device, version, precision, threads } = await startWebgpu({ software: true });
  const ones = tf.ones<tf.Rank.R4>([1, 3, 3, 1]);
  const filter = tf.ones<tf.Rank.R4>([3, 3, 1, 1]);
  const [sum] = await tf.conv2d(ones, filter, 1, 'valid').data();
  if (sum !== 9) throw new Error(`a convolution of ones gives ${sum}, not 9`);
  return { device, version, precision, threads };
});
