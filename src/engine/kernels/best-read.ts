/** The read of a space-time memory's best cells alone, on plain numbers. */
import * as tf from '@tensorflow/tfjs';
import { kernelised, partsOf, queryPart, type MemoryBlock, type ReadOptions } from './memory-scores.js';

/**
 * Each cell of the query gets the mean of the values of its best cells, the first of equal ones. The library's own
 * search takes ten times as long as all else on most engines, and products with weights that are mostly zero are in
 * vain: both are loops over what the engine's scores say.
 */
export function readBest(
  query: tf.Tensor2D,
  blocks: readonly MemoryBlock[],
  options: ReadOptions & { topK: number },
): tf.Tensor2D {
  const cells = query.shape[0];
  const count = blocks.reduce((sum, { keys }) => sum + keys.shape[0], 0);
  const best = new BestCells(cells, Math.min(options.topK, count));
  const scaled = tf.tidy(() => queryPart(query, options.similarity));
  let first = 0;
  for (const part of partsOf(blocks, cells, options)) {
    const scores = tf.tidy(() => kernelised(scaled, part().keys, options));
    best.look(scores.dataSync<'float32'>(), first);
    first += scores.shape[1];
    scores.dispose();
  }
  scaled.dispose();
  return best.read(blocks);
}

/** A list for each cell of the query: scores and numbers of cells of the memory, the best first. */
class BestCells {
  private readonly scores: Float32Array;
  private readonly places: Int32Array;
  /** Until the lists are full, how long they are. */
  private count = 0;

  constructor(
    private readonly cells: number,
    private readonly capacity: number,
  ) {
    this.scores = new Float32Array(cells * capacity);
    this.places = new Int32Array(cells * capacity);
  }

  /** @param table scores of some cells of the memory in rows, one for each cell of the query; `first` of them all */
  look(table: Float32Array, first: number): void {
    const { scores, places, capacity } = this;
    const columns = table.length / this.cells;
    let count = this.count;
    for (let q = 0; q < this.cells; q++) {
      const start = q * capacity;
      count = this.count;
      for (let c = 0, i = q * columns; c < columns; c++, i++) {
        const score = table[i];
        if (count === capacity && !(score > scores[start + capacity - 1])) continue;
        let place = start + (count < capacity ? count++ : capacity - 1);
        for (; place > start && scores[place - 1] < score; place--) {
          scores[place] = scores[place - 1];
          places[place] = places[place - 1];
        }
        scores[place] = score;
        places[place] = first + c;
      }
    }
    this.count = count;
  }

  /** Means of the values, weighted by the softmax of the scores. */
  read(blocks: readonly MemoryBlock[]): tf.Tensor2D {
    const { scores, places, capacity, cells } = this;
    const channels = blocks[0].values.shape[1];
    const weights = softmax(scores, capacity);
    const result = new Float32Array(cells * channels);
    let first = 0;
    for (const { values } of blocks) {
      const rows = values.dataSync();
      const end = first + values.shape[0];
      for (let i = 0; i < weights.length; i++) {
        if (places[i] < first || places[i] >= end) continue;
        const to = Math.floor(i / capacity) * channels;
        const from = (places[i] - first) * channels;
        const weight = weights[i];
        for (let v = 0; v < channels; v++) result[to + v] += weight * rows[from + v];
      }
      first = end;
    }
    return tf.tensor2d(result, [cells, channels]);
  }
}

/** Of rows whose first number is the largest. */
function softmax(scores: Float32Array, columns: number): Float32Array {
  const weights = scores.map((score, i) => Math.exp(score - scores[i - (i % columns)]));
  for (let start = 0; start < weights.length; start += columns) {
    const row = weights.subarray(start, start + columns);
    const sum = row.reduce((total, weight) => total + weight, 0);
    for (let i = 0; i < columns; i++) row[i] /= sum;
  }
  return weights;
}
