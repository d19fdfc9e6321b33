import * as tf from '@tensorflow/tfjs';
import type { Sample } from '../../datasets/sample.js';
import type { OsvosNetwork } from '../../networks/osvos-network.js';
import type { TrunkInput } from '../../weights/trunk-inputs.js';
import { toBatch, type Batch } from '../../training/batch.js';
import { TargetMemory } from './target-memory.js';
import { TargetModel } from './target-model.js';

/** A picture with known labels, and what of the network's work on it does not change. */
export interface AnnotatedCopy {
  batch: Batch;
  /** Output of each frozen stage. */
  maps: tf.Tensor4D[];
  /** What a target model that does not know this copy says of it, where the heads read that. */
  scores?: tf.Tensor4D[];
}

/**
 * A fixed set of warped copies of the annotated frames. The outputs of the stages that do not change are computed
 * once for each. Lives until `dispose`.
 */
export class AnnotatedCopies {
  private readonly copies: AnnotatedCopy[] = [];

  constructor(
    private readonly network: OsvosNetwork,
    private readonly frozenStages: number,
  ) {}

  add(sample: Sample, input: TrunkInput): void {
    const { maps, ...batch } = tf.tidy(() => {
      const made = toBatch([sample], input, 'balanced');
      return { ...made, maps: this.network.features(made.input, 0, this.frozenStages) };
    });
    this.copies.push({ batch, maps });
  }

  /** Counted on and on: after the last copy comes the first. */
  get(index: number): AnnotatedCopy {
    return this.copies[index % this.copies.length];
  }

  /** A target model of what all copies show, with the network as it is now. The caller disposes it. */
  fitTarget(): TargetModel {
    const maps = this.copies.map((copy) => this.scoredMaps(copy));
    try {
      return this.fit(this.copies, maps);
    } finally {
      tf.dispose(maps);
    }
  }

  /**
   * Scores each copy by a model that was fitted to every second of the others: on the pictures that a model was fitted
   * to, its scores are better than any that the network will see.
   */
  scoreAcross(): void {
    const maps = this.copies.map((copy) => this.scoredMaps(copy));
    for (const rest of [0, 1]) {
      const isOther = (_: unknown, i: number) => this.copies.length === 1 || i % 2 !== rest;
      const model = this.fit(this.copies.filter(isOther), maps.filter(isOther));
      this.copies.forEach((copy, i) => {
        if (i % 2 !== rest) return;
        tf.dispose(copy.scores ?? []);
        copy.scores = model.score(maps[i]);
      });
      model.dispose();
    }
    tf.dispose(maps);
  }

  /** A memory of all copies, for a target model that fits them. The caller disposes it. */
  beginMemory(model: TargetModel): TargetMemory {
    const { trunk, heads } = this.network;
    const maps = this.copies.map((copy) => this.scoredMaps(copy));
    const { joined, labels } = this.join(this.copies, maps);
    tf.dispose(maps);
    const memory = TargetMemory.begin(trunk, heads.scoredStages, joined, labels, model);
    tf.dispose([joined, labels.labels, labels.known]);
    return memory;
  }

  private fit(copies: readonly AnnotatedCopy[], maps: readonly tf.Tensor4D[][]): TargetModel {
    const { trunk, heads } = this.network;
    const { joined, labels } = this.join(copies, maps);
    const model = TargetModel.fit(trunk, heads.scoredStages, joined, labels);
    tf.dispose([joined, labels.labels, labels.known]);
    return model;
  }

  /** Copies as one batch: maps of the scored stages, and labels. */
  private join(copies: readonly AnnotatedCopy[], maps: readonly tf.Tensor4D[][]) {
    const known = (copy: AnnotatedCopy) => tf.cast<tf.Tensor3D>(tf.greater(copy.batch.weights, 0), 'float32');
    const labels = tf.tidy(() => ({
      labels: tf.concat3d(copies.map((copy) => copy.batch.labels), 0), // prettier-ignore
      known: tf.concat3d(copies.map(known), 0),
    }));
    const { scoredStages } = this.network.heads;
    const joined = scoredStages.map((_, i) => tf.concat4d(maps.map((ofCopy) => ofCopy[i]), 0)); // prettier-ignore
    return { joined, labels };
  }

  /** Maps of the scored stages. */
  private scoredMaps({ batch, maps }: AnnotatedCopy): tf.Tensor4D[] {
    return tf.tidy(() => {
      const rest = this.network.features(maps[maps.length - 1] ?? batch.input, this.frozenStages);
      const all = [...maps, ...rest];
      return this.network.heads.scoredStages.map((stage) => tf.clone(all[stage]));
    });
  }

  dispose(): void {
    for (const { batch, maps, scores = [] } of this.copies)
      tf.dispose([batch.input, batch.labels, batch.weights, ...maps, ...scores]);
    this.copies.length = 0;
  }
}
