import * as tf from '@tensorflow/tfjs';
import type { Triplet } from '../../datasets/triplets.js';
import { VOID } from '../../label-map.js';
import { toInput } from '../../networks/input.js';
import { torchvisionInput } from '../../weights/trunk-inputs.js';

/** Most objects of a triplet; classes are these and the background. */
const OBJECTS = 2;
const CLASSES = OBJECTS + 1;

/** Triplets as tensors. Rows of objects stand one after the other, sample by sample. */
export interface TripletBatch {
  samples: number;
  /** Pictures of frame 1, 2 and 3, each `[samples, H, W, 3]`, normalised. */
  pictures: readonly tf.Tensor4D[];
  /** Masks of the first frame: each object's own and that of all others, each `[rows, H, W, 1]`. */
  masks: readonly [tf.Tensor4D, tf.Tensor4D];
  /** Labels of frame 2 and 3, `[samples, pixels, classes]`, as `bootstrappedCrossEntropy` wants them. */
  labels: readonly tf.Tensor3D[];
  /** From one row for each sample to one for each object; the same tensor where samples have one each. */
  toObjects<T extends tf.Tensor>(x: T): T;
  /** From rows of objects to log-odds of two objects, `[samples, H, W, 2]`; an object that is not there is improbable. */
  toSamples(rows: tf.Tensor4D): tf.Tensor4D;
  /** From probabilities of all classes, `[samples, H, W, classes]`, back to masks as in `masks`. */
  toMasks(probabilities: tf.Tensor4D): readonly [tf.Tensor4D, tf.Tensor4D];
}

/** Log-odds of an object that is not there. */
const ABSENT = -100;

/** Call it inside the function that is differentiated: its tensors then end with the gradients. */
export function toTripletBatch(triplets: readonly Triplet[]): TripletBatch {
  const [{ width, height }] = triplets[0].samples;
  const samples = triplets.length;
  const pixels = width * height;
  const rows = triplets.flatMap(({ objects }, sample) =>
    Array.from({ length: objects }, (_, k) => ({ sample, label: k + 1 })),
  );
  const single = rows.length === samples;
  const sampleOfRow = tf.tensor1d(rows.map(({ sample }) => sample), 'int32'); // prettier-ignore
  // rows by sample and label; one more stands for objects that are not there
  const rowOf = (sample: number, label: number) =>
    rows.findIndex((row) => row.sample === sample && row.label === label);
  const places = triplets.flatMap((_, sample) =>
    Array.from({ length: OBJECTS }, (_, k) => rowOf(sample, k + 1)).map((row) =>
      row < 0 ? rows.length : row,
    ),
  );
  const rowOfPlace = tf.tensor1d(places, 'int32');
  const planeOfRow = tf.tensor1d(rows.map(({ sample, label }) => sample * CLASSES + label), 'int32'); // prettier-ignore
  // of two objects the other one is all others; without one they are nowhere, not where a softmax leaves a little
  const otherPlanes = rows.map(({ sample, label }) => {
    const other = CLASSES - label;
    return rowOf(sample, other) < 0 ? samples * CLASSES : sample * CLASSES + other;
  });
  const planeOfOther = tf.tensor1d(otherPlanes, 'int32');
  const mask = (accepts: (label: number, own: number) => boolean) => {
    const data = new Float32Array(rows.length * pixels);
    rows.forEach(({ sample, label }, r) => {
      triplets[sample].samples[0].labels.forEach((value, i) => {
        if (value !== VOID && accepts(value, label)) data[r * pixels + i] = 1;
      });
    });
    return tf.tensor4d(data, [rows.length, height, width, 1]);
  };
  const labelsOf = (frame: number) => {
    const data = new Float32Array(samples * pixels * CLASSES);
    triplets.forEach((triplet, n) => {
      triplet.samples[frame].labels.forEach((value, i) => {
        if (value !== VOID) data[(n * pixels + i) * CLASSES + value] = 1;
      });
    });
    return tf.tensor3d(data, [samples, pixels, CLASSES]);
  };
  const pictures = [0, 1, 2].map((frame) => {
    const all = triplets.map((triplet) => triplet.samples[frame].rgb);
    return toInput(all, height, width, torchvisionInput);
  });
  return {
    samples,
    pictures,
    masks: [mask((value, own) => value === own), mask((value, own) => value !== 0 && value !== own)],
    labels: [labelsOf(1), labelsOf(2)],
    toObjects: (x) => (single ? x : tf.gather(x, sampleOfRow)),
    toSamples(x) {
      const absent = tf.fill([1, height, width, 1], ABSENT);
      const all = tf.gather(tf.concat([x, absent], 0), rowOfPlace);
      const planes = tf.reshape<tf.Rank.R4>(all, [samples, OBJECTS, height, width]);
      return tf.transpose(planes, [0, 2, 3, 1]);
    },
    toMasks(probabilities) {
      const planes = tf.reshape<tf.Rank.R4>(tf.transpose(probabilities, [0, 3, 1, 2]), [
        samples * CLASSES,
        height,
        width,
        1,
      ]);
      const withNone = tf.concat([planes, tf.zeros<tf.Rank.R4>([1, height, width, 1])], 0);
      return [tf.gather(planes, planeOfRow), tf.gather(withNone, planeOfOther)];
    },
  };
}
