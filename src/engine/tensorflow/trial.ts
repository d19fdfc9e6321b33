/** A program of its own, run by `probe.ts` and by set-up: loads TensorFlow and runs one convolution whose result is known. */
import * as tf from '@tensorflow/tfjs';
import type { Engine } from '../engine.js';
import { startTensorflow } from './start.js';

/** What a successful trial sends to its parent. */
export interface TrialMessage {
  device: Engine['device'];
  version: string;
}

try {
  const { device, version } = await startTensorflow(1);
  const ones = tf.ones<tf.Rank.R4>([1, 3, 3, 1]);
  const filter = tf.ones<tf.Rank.R4>([3, 3, 1, 1]);
  const [sum] = await tf.conv2d(ones, filter, 1, 'valid').data();
  if (sum !== 9) throw new Error(`a convolution of ones gives ${sum}, not 9`);
  process.send?.({ device, version } satisfies TrialMessage);
} catch (error) {
  // the last line of stderr is the reason that the user reads
  const [line] = (error instanceof Error ? error.message : String(error)).split('\n');
  process.stderr.write(`${line}\n`);
  process.exitCode = 1;
}
process.disconnect?.();
