import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { networkSize } from '../../clips/network-size.js';
import { resizeLabels, resizePicture } from '../../clips/resize.js';
import type { Sample } from '../../datasets/sample.js';
import { tidyAsync } from '../../engine/tensors.js';
import { OsvosError } from '../../errors.js';
import { formatSize, type Frame } from '../../frame.js';
import { idsOf, VOID, type Probabilities } from '../../label-map.js';
import { toInput } from '../../networks/input.js';
import { OsvosNetwork } from '../../networks/osvos-network.js';
import { createAdam } from '../../training/adam.js';
import { readCheckpoint, writeCheckpoint, type TrainingState } from '../../training/checkpoint.js';
import { cosine } from '../../training/schedule.js';
import type { Weights, WeightTensor } from '../../weights/weights.js';
import type { Annotation, LearnOptions, Method, Segmenter } from '../method.js';
import { osvosThreshold, type OsvosOptions } from './defaults.js';
import { fineTune } from './fine-tune.js';
import { loadParent, type ParentNetwork } from './parent.js';

/** Updates between two checkpoints of a fine-tuning. */
const CHECKPOINT_EVERY = 50;

/** Update after which a first result is worth a look. */
const PREVIEW_AT = 10;

/** Learning rates end at this share of where they began. */
const FINAL_RATE = 0.1;

/**
 * One-shot video object segmentation (Caelles et al. 2017): a parent network that knows what objects look like is
 * fine-tuned on the annotated frames, one test network for each object; then every frame is segmented alone.
 */
export const osvos: Method<OsvosOptions> = {
  name: 'osvos',
  family: 'online',
  annotations: 'all-before-start',
  threshold: osvosThreshold,
  open: async (options) => new OsvosSegmenter(options, await loadParent(options)),
};

class OsvosSegmenter implements Segmenter {
  /** Test networks by object id, ascending. */
  private networks = new Map<number, OsvosNetwork>();
  /** Trunk stages, from the first on, that are the same in all networks. */
  private sharedStages = 0;

  constructor(
    private readonly options: OsvosOptions,
    private readonly parent: ParentNetwork,
  ) {}

  async learn(annotations: Annotation[], learning: LearnOptions): Promise<void> {
    const present = [...new Set(annotations.flatMap(({ labels }) => idsOf(labels)))].sort((a, b) => a - b);
    const ids = present.filter((id) => this.options.objects?.includes(id) ?? true);
    // what was restored may come from another parent: until it is compared, nothing counts as shared
    const restored = this.networks.size > 0;
    this.sharedStages = restored ? 0 : this.options.frozenStages;
    let preview = learning.onPreview;
    for (const id of ids) {
      const samples = await this.samplesOf(id, annotations);
      const network = this.networks.get(id) ?? this.create(this.parent.weights, this.parent.file);
      this.networks.set(id, network);
      await this.tune(id, network, samples, ids.length, { ...learning, onPreview: preview });
      preview = undefined;
    }
    if (!restored) return;
    const networks = [...this.networks].sort(([a], [b]) => a - b);
    this.networks = new Map(networks);
    const states = await Promise.all(networks.map(([, network]) => network.parameters.read()));
    this.sharedStages = countSharedStages([...this.networks.values()], states);
  }

  /** Annotations that have the object as the network sees them: it is 1, all others are background. */
  private async samplesOf(id: number, annotations: Annotation[]): Promise<Sample[]> {
    const samples: Sample[] = [];
    for (const { frame, labels } of annotations) {
      const size = networkSize(frame, this.options.size);
      const binary = labels.data.map((label) => (label === id ? 1 : label === VOID ? VOID : 0));
      if (!binary.includes(1)) continue; // without a positive pixel the balanced loss is nothing: lost steps
      const small = resizeLabels(binary, frame, size);
      if (!small.includes(1)) {
        throw new OsvosError(
          'mask-empty',
          `object ${id} vanishes when the frame is reduced from ${formatSize(frame)} to ${formatSize(size)}`,
          `frame ${frame.name}`,
          'use a larger --size',
        );
      }
      samples.push({ ...size, rgb: await resizePicture(frame.rgb, frame, size), labels: small });
    }
    return samples;
  }

  private async tune(
    id: number,
    network: OsvosNetwork,
    samples: Sample[],
    objects: number,
    learning: LearnOptions,
  ) {
    const { iterations, timeBudget = Infinity, trunkRate, headRate, frozenStages, seed } = this.options;
    if (iterations === 0) return;
    const { report, signal } = learning;
    const frozen = network.frozenNames(frozenStages);
    const trained = network.parameters.names().filter((name) => !frozen.has(name));
    const ofTrunk = (name: string) => network.trunk.shapes.has(name);
    const optimizer = createAdam({
      groups: [
        { variables: network.parameters.select(trained.filter(ofTrunk)), rate: trunkRate },
        { variables: network.parameters.select(trained.filter((name) => !ofTrunk(name))), rate: headRate },
      ],
    });
    const schedule = cosine(1, iterations, FINAL_RATE);
    try {
      const file = learning.checkpoints && path.join(learning.checkpoints, `object-${id}.safetensors`);
      const keep = async (state: TrainingState) =>
        file && writeCheckpoint(file, network.parameters, optimizer, state);
      const { updates: start, seconds: before } = file
        ? await readCheckpoint(file, network.parameters, optimizer)
        : { updates: 0, seconds: 0 };
      let spent = before;
      const budget = timeBudget / objects; // it is one for all objects of a clip
      report({
        kind: 'stage',
        stage: objects > 1 ? `fine-tuning object ${id}` : 'fine-tuning',
        total: iterations,
        unit: 'steps',
        start,
      });
      const done = await fineTune(network, {
        samples,
        input: this.parent.input,
        trained,
        optimizer,
        seed,
        start,
        iterations: start > 0 && before >= budget ? start : iterations,
        frozenStages,
        signal,
        rate: schedule,
        after: async ({ index, loss, seconds }) => {
          report({ kind: 'step', done: index + 1, detail: `loss ${loss.toFixed(3)}` });
          if (index + 1 === PREVIEW_AT) await learning.onPreview?.();
          spent = before + seconds;
          const last = index + 1 === iterations || spent >= budget;
          if (last || (index + 1) % CHECKPOINT_EVERY === 0)
            await keep({ updates: index + 1, seconds: spent });
          return !last;
        },
      });
      if (signal?.aborted && done < iterations) {
        await keep({ updates: done, seconds: spent });
        throw new OsvosError('interrupted', `stopped after step ${done} of ${iterations}`);
      }
    } finally {
      optimizer.dispose();
    }
  }

  async segment(frame: Frame): Promise<Probabilities> {
    const size = networkSize(frame, this.options.size);
    const picture = await resizePicture(frame.rgb, frame, size);
    const ids = [...this.networks.keys()];
    const pixels = frame.width * frame.height;
    const data = new Float32Array(ids.length * pixels);
    await tidyAsync(async () => {
      const input = toInput([picture], size.height, size.width, this.parent.input);
      const shared = this.sharedFeatures(input);
      for (const [i, id] of ids.entries()) {
        const map = tf.tidy(() => {
          const network = this.networks.get(id)!;
          const rest = network.features(shared[shared.length - 1] ?? input, shared.length);
          const { fused } = network.heads([...shared, ...rest], size.height, size.width, false);
          // logits, not probabilities, are brought to the frame's size
          const logits = tf.expandDims<tf.Tensor4D>(fused, 3);
          return tf.sigmoid(tf.image.resizeBilinear(logits, [frame.height, frame.width], false, true));
        });
        data.set(await map.data<'float32'>(), i * pixels);
        map.dispose(); // before the next object's: maps at the frame's size are large
      }
    });
    return { ids, width: frame.width, height: frame.height, data };
  }

  /** Stages that fine-tuning left as they were are the same for all objects. */
  private sharedFeatures(input: tf.Tensor4D): tf.Tensor4D[] {
    if (this.networks.size < 2 || this.sharedStages === 0) return [];
    const [first] = this.networks.values();
    return tf.tidy(() => first.features(input, 0, this.sharedStages));
  }

  async save(): Promise<Weights> {
    const state: Weights = new Map();
    for (const [id, network] of this.networks) {
      for (const [name, tensor] of await network.parameters.read()) state.set(`object.${id}.${name}`, tensor);
    }
    return state;
  }

  async restore(state: Weights): Promise<void> {
    const byObject = new Map<number, Weights>();
    for (const [name, tensor] of state) {
      const match = /^object\.(\d+)\.(.+)$/.exec(name);
      if (!match)
        throw new OsvosError(
          'weights-unfit',
          `no test network: tensor ${name} belongs to no object`,
          'test network',
        );
      const id = Number(match[1]);
      if (this.options.objects && !this.options.objects.includes(id)) continue;
      const own = byObject.get(id) ?? new Map<string, WeightTensor>();
      byObject.set(id, own.set(match[2], tensor));
    }
    this.disposeNetworks();
    for (const id of [...byObject.keys()].sort((a, b) => a - b)) {
      this.networks.set(id, this.create(byObject.get(id)!, `test network, object ${id}`));
    }
    this.sharedStages = countSharedStages([...this.networks.values()], [...byObject.values()]);
  }

  private create(weights: Weights, source: string): OsvosNetwork {
    return OsvosNetwork.from(weights, { trunk: this.parent.trunk, crop: this.parent.crop }, source);
  }

  private disposeNetworks(): void {
    for (const network of this.networks.values()) network.dispose();
    this.networks.clear();
  }

  close(): void {
    this.disposeNetworks();
  }
}

/** How many trunk stages, from the first on, have the same numbers in all of the states. */
function countSharedStages([network]: OsvosNetwork[], [first, ...others]: Weights[]): number {
  const stages = network?.trunk.stages ?? [];
  const equal = (name: string) => {
    const { data } = first.get(name)!;
    return others.every((other) => data.every((value, i) => value === other.get(name)!.data[i]));
  };
  const different = stages.findIndex(({ names }) => !names.every(equal));
  return different < 0 ? stages.length : different;
}
