import * as tf from '@tensorflow/tfjs';
import type { OsvosNetwork } from '../../networks/osvos-network.js';
import type { Batch } from './batch.js';

interface Entry {
  batch: Batch;
  /** Output of each frozen stage. */
  maps: tf.Tensor4D[];
}

/** Batches with the outputs of the stages that do not change, computed once each. Lives until `dispose`. */
export class FrozenFeatures {
  private readonly entries: Entry[] = [];

  constructor(
    private readonly network: OsvosNetwork,
    private readonly stages: number,
  ) {}

  /** Takes over the batch. */
  add(batch: Batch): void {
    const maps = tf.tidy(() => this.network.features(batch.input, 0, this.stages));
    this.entries.push({ batch, maps });
  }

  get(index: number): Entry {
    return this.entries[index % this.entries.length];
  }

  dispose(): void {
    for (const { batch, maps } of this.entries)
      tf.dispose([batch.input, batch.labels, batch.weights, ...maps]);
    this.entries.length = 0;
  }
}
