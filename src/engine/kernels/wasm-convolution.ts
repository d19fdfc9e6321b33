import * as tf from '@tensorflow/tfjs';
import { convolutionGeometry, type ConvolutionAttributes, type Geometry } from './convolution-geometry.js';
import { addKernel, replaceKernel } from './replace-kernel.js';

/**
 * The gradients of convolution on the `wasm` engine, which lacks one and has a naive form of the other. Both are put
 * together from products of matrices and convolutions of stride 1, which are fast there.
 *
 * With stride s the padded input is taken apart into s × s phases, x[p::s, q::s]. Tap (i, j) of the filter meets only
 * phase (i mod s, j mod s), and it meets that one with stride 1.
 */
export function repairWasmConvolution(): void {
  addKernel('Conv2DBackpropFilter', 'wasm', ({ inputs, attrs }) => {
    const { x, dy } = inputs as { x: tf.Tensor4D; dy: tf.Tensor4D };
    const { filterShape, ...attributes } = attrs as unknown as ConvolutionAttributes & {
      filterShape: number[];
    };
    return tf.tidy(() => filterGradient(x, dy, convolutionGeometry(x.shape, filterShape, attributes)));
  });
  replaceKernel('Conv2DBackpropInput', 'wasm', () => ({ inputs, attrs }) => {
    const { dy, filter } = inputs as { dy: tf.Tensor4D; filter: tf.Tensor4D };
    const { inputShape, ...attributes } = attrs as unknown as ConvolutionAttributes & {
      inputShape: number[];
    };
    return tf.tidy(() =>
      inputGradient(dy, filter, convolutionGeometry(inputShape, filter.shape, attributes)),
    );
  });
}

/** One axis of a convolution: `cells` cells in each phase of the padded input, of which `before` lie in front of it. */
interface Axis {
  cells: number;
  before: number;
  after: number;
}

function axis(size: number, output: number, filter: number, stride: number, before: number): Axis {
  const cells = Math.ceil(Math.max((output - 1) * stride + filter, before + size) / stride);
  return { cells, before, after: cells * stride - before - size };
}

function axes(info: Geometry): { rows: Axis; columns: Axis } {
  return {
    rows: axis(info.inHeight, info.outHeight, info.filterHeight, info.strideHeight, info.padInfo.top),
    columns: axis(info.inWidth, info.outWidth, info.filterWidth, info.strideWidth, info.padInfo.left),
  };
}

/** dW[i, j] = x[i::s, j::s]ᵀ · dy over all places. The product is made the other way round, dyᵀ · x: one transpose. */
function filterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, info: Geometry): tf.Tensor {
  const { batchSize, outHeight, outWidth, inChannels, outChannels, filterHeight, filterWidth } = info;
  const { strideHeight, strideWidth } = info;
  const { rows, columns } = axes(info);
  const places = batchSize * outHeight * outWidth;
  // wasm's transposeA flag takes a naive path; an explicit transpose does not
  const dyT = tf.transpose(tf.reshape<tf.Rank.R2>(dy, [places, outChannels]));
  const padded = padPlaces(x, [rows.before, rows.after], [columns.before, columns.after]);
  const phases = new Map<string, tf.Tensor4D>();
  const taps: tf.Tensor[] = [];
  for (let i = 0; i < filterHeight; i++) {
    for (let j = 0; j < filterWidth; j++) {
      const [p, q] = [i % strideHeight, j % strideWidth];
      const key = `${p} ${q}`;
      const phase = phases.get(key) ?? takePhase(padded, p, q, info, rows, columns);
      phases.set(key, phase);
      const begin = [0, (i - p) / strideHeight, (j - q) / strideWidth, 0];
      const seen = tf.slice(phase, begin, [batchSize, outHeight, outWidth, inChannels]);
      const tap = tf.reshape<tf.Rank.R2>(seen, [places, inChannels]);
      taps.push(tf.matMul(dyT, tap));
      tf.dispose([seen, tap]);
    }
  }
  const stacked = taps.length === 1 ? tf.reshape(taps[0], [1, outChannels, inChannels]) : tf.stack(taps);
  return tf.reshape(tf.transpose(stacked, [0, 2, 1]), info.filterShape);
}

/** x[p::s, q::s] as slices of whole rows: `[N·U, s, V, s·C]` has the phases side by side. */
function takePhase(
  x: tf.Tensor4D,
  p: number,
  q: number,
  info: Geometry,
  rows: Axis,
  columns: Axis,
): tf.Tensor4D {
  const { batchSize, inChannels, strideHeight, strideWidth } = info;
  if (strideHeight === 1 && strideWidth === 1) return x;
  const apart = tf.reshape(x, [
    batchSize * rows.cells,
    strideHeight,
    columns.cells,
    strideWidth * inChannels,
  ]);
  const phase = tf.slice(apart, [0, p, 0, q * inChannels], [-1, 1, -1, inChannels]);
  return tf.reshape(phase, [batchSize, rows.cells, columns.cells, inChannels]);
}

/** Each phase of dx is dy convolved with the filter's taps of that phase, turned round; then they are interleaved. */
function inputGradient(dy: tf.Tensor4D, filter: tf.Tensor4D, info: Geometry): tf.Tensor {
  const { batchSize, inHeight, inWidth, inChannels, strideHeight, strideWidth } = info;
  const { rows, columns } = axes(info);
  const together = allPhases(dy, filter, info, rows, columns);
  const [height, width] = [rows.cells * strideHeight, columns.cells * strideWidth];
  const padded = tf.reshape(together, [batchSize, height, width, inChannels]);
  if (height === inHeight && width === inWidth) return padded;
  return tf.slice(padded, [0, rows.before, columns.before, 0], [batchSize, inHeight, inWidth, inChannels]);
}

/** The phases of dx side by side, `[N·U, s, V, s·C]`. */
function allPhases(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  info: Geometry,
  rows: Axis,
  columns: Axis,
): tf.Tensor4D {
  const { batchSize, inChannels, outHeight, outWidth, strideHeight, strideWidth } = info;
  const turned = tf.transpose(filter, [0, 1, 3, 2]);
  if (info.filterHeight === 1 && info.filterWidth === 1) {
    // all phases but the first are zero
    const places = padPlaces(dy, [0, rows.cells - outHeight], [0, columns.cells - outWidth]);
    const seen = tf.reshape<tf.Rank.R4>(tf.conv2d(places, turned, 1, 'valid'), [
      batchSize * rows.cells,
      1,
      columns.cells,
      inChannels,
    ]);
    return tf.pad<tf.Tensor4D>(seen, [[0, 0], [0, strideHeight - 1], [0, 0], [0, (strideWidth - 1) * inChannels]]); // prettier-ignore
  }
  const bands: tf.Tensor4D[] = [];
  for (let p = 0; p < strideHeight; p++) {
    const phases: tf.Tensor4D[] = [];
    for (let q = 0; q < strideWidth; q++) {
      const [a, b] = [
        Math.ceil((info.filterHeight - p) / strideHeight),
        Math.ceil((info.filterWidth - q) / strideWidth),
      ];
      let phase: tf.Tensor4D;
      if (a <= 0 || b <= 0) phase = tf.zeros([batchSize, rows.cells, columns.cells, inChannels]);
      else {
        const taps = tf.reverse(everyNth(turned, [p, q], [strideHeight, strideWidth]), [0, 1]);
        const around = padPlaces(dy, [a - 1, rows.cells - outHeight], [b - 1, columns.cells - outWidth]);
        phase = tf.conv2d(around, taps, 1, 'valid');
      }
      phases.push(tf.reshape(phase, [batchSize * rows.cells, 1, columns.cells, inChannels]));
    }
    bands.push(phases.length === 1 ? phases[0] : tf.concat(phases, 3));
  }
  return bands.length === 1 ? bands[0] : tf.concat(bands, 1);
}

function everyNth(filter: tf.Tensor4D, [p, q]: [number, number], [s, t]: [number, number]): tf.Tensor4D {
  return s === 1 && t === 1
    ? filter
    : (tf.stridedSlice(filter, [p, q, 0, 0], filter.shape, [s, t, 1, 1]) as tf.Tensor4D);
}

/** Zeros around, or, where a number is negative, so many places less. */
function padPlaces(x: tf.Tensor4D, rows: [number, number], columns: [number, number]): tf.Tensor4D {
  return [...rows, ...columns].every((n) => n === 0) ? x : tf.pad(x, [[0, 0], rows, columns, [0, 0]]);
}
