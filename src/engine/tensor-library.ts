import * as tf from '@tensorflow/tfjs';

/** Tensors that are alive in this process: what must not grow from frame to frame. */
export function countTensors(): number {
  return tf.memory().numTensors;
}

/** Version of TensorFlow.js. */
export const libraryVersion: string = tf.version.tfjs;
