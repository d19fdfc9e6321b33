/** A program that ends while the card is at work on what nobody waits for. */
import * as tf from '@tensorflow/tfjs';
import { startEngine } from '../../../src/engine/start.js';

await startEngine({ engine: 'webgpu' });
tf.env().set('WEBGPU_CPU_FORWARD', false);
const filter = tf.ones<tf.Rank.R4>([3, 3, 32, 32]);
let map = tf.ones<tf.Rank.R4>([1, 64, 64, 32]);
for (let i = 0; i < 20; i++) map = tf.conv2d(map, filter, 1, 'same');
process.exit(0);
