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
import type { Weights, WeightTensor } from '../../weights/weights.js';
import type { Annotation, LearnOptions, Method, Segmenter } from '../method.js';
import { osvosCost } from './cost.js';
import { osvosThreshold, type OsvosOptions } from './defaults.js';
import { drawCopies } from './fine-tune.js';
import { learnObject } from './learn-object.js';
import { loadParent, type ParentNetwork } from './parent.js';
import { MEMORY_COPIES, TargetMemory } from './target-memory.js';
import { TargetModel } from './target-model.js';

/** What was learnt of one object. */
interface TestNetwork {
  network: OsvosNetwork;
  target?: TargetModel;
  /** What the target model becomes along the clip. */
  memory?: TargetMemory;
  adapted?: TargetModel;
}

/**
 * One-shot video object segmentation (Caelles et al. 2017): a parent network that knows what objects look like is
 * fine-tuned on the annotated frames, one test network for each object; then every frame is segmented alone. Where the
 * parent has top-down heads each object also has a target model, which may learn along the clip.
 */
export const osvos: Method<OsvosOptions> = {
  name: 'osvos',
  family: 'online',
  annotations: 'all-before-start',
  threshold: osvosThreshold,
  framesInOrder: ({ targetModel, adaptEvery }) => targetModel && adaptEvery > 0,
  cost: osvosCost,
  open: async (options) => new OsvosSegmenter(options, await loadParent(options)),
};

class OsvosSegmenter implements Segmenter {
  /** Test networks by object id, ascending. */
  private networks = new Map<number, TestNetwork>();
  /** Trunk stages, from the first on, that are the same in all networks. */
  private sharedStages = 0;
  /** Frames since the pass began. */
  private seen = 0;

  constructor(
    private readonly options: OsvosOptions,
    private readonly parent: ParentNetwork,
  ) {}

  async learn(annotations: Annotation[], learning: LearnOptions): Promise<void> {
    const present = [...new Set(annotations.flatMap(({ labels }) => idsOf(labels)))].sort((a, b) => a - b);
    const ids = present.filter((id) => this.options.objects?.includes(id) ?? true);
    // what was restored may come from another parent: until it is compared, nothing counts as shared
    const restored = this.networks.size > 0;
    const shared = this.options.iterations === 0 ? Infinity : this.options.frozenStages;
    this.sharedStages = restored ? 0 : shared;
    let preview = learning.onPreview;
    for (const id of ids) {
      const samples = await this.samplesOf(id, annotations);
      const test: TestNetwork = this.networks.get(id) ?? {
        network: this.create(this.parent.weights, this.parent.file),
      };
      this.networks.set(id, test);
      await learnObject(test.network, {
        ...{ id, samples, objects: ids.length, input: this.parent.input, options: this.options },
        learning: { ...learning, onPreview: preview },
        onTarget: (target) => {
          test.target?.dispose();
          test.target = target;
        },
      });
      preview = undefined;
    }
    if (!restored) return;
    this.networks = new Map([...this.networks].sort(([a], [b]) => a - b));
    const networks = [...this.networks.values()].map(({ network }) => network);
    const states = await Promise.all(networks.map((network) => network.parameters.read()));
    this.sharedStages = countSharedStages(networks, states);
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

  async segment(frame: Frame): Promise<Probabilities> {
    const { adaptEvery, scales } = this.options;
    const adapts = adaptEvery > 0 && ++this.seen % adaptEvery === 0;
    const ids = [...this.networks.keys()];
    const pixels = frame.width * frame.height;
    const data = new Float32Array(ids.length * pixels);
    await tidyAsync(async () => {
      const sums: tf.Tensor4D[] = [];
      for (const scale of scales) {
        const seen = await this.look(frame, Math.round(scale * this.options.size), adapts && scale === 1);
        seen.forEach((logits, i) => {
          const before = sums[i];
          sums[i] = before ? tf.add(before, logits) : logits;
          if (before) tf.dispose([before, logits]); // maps at the frame's size are large
        });
      }
      for (const [i, sum] of sums.entries()) {
        const map = tf.tidy(() => tf.sigmoid(tf.div(sum, scales.length)));
        data.set(await map.data<'float32'>(), i * pixels);
        map.dispose();
      }
    });
    return { ids, width: frame.width, height: frame.height, data };
  }

  /** Logits of each object at the frame's size, `[1, H, W, 1]`, with the frame's short side at `short`. */
  private async look(frame: Frame, short: number, adapts: boolean): Promise<tf.Tensor4D[]> {
    const size = networkSize(frame, short);
    const picture = await resizePicture(frame.rgb, frame, size);
    return tidyAsync(async () => {
      const input = toInput([picture], size.height, size.width, this.parent.input);
      const shared = this.sharedFeatures(input);
      const logits: tf.Tensor4D[] = [];
      for (const test of this.networks.values()) {
        const own = await tidyAsync(async () => {
          const { network } = test;
          const rest = network.features(shared[shared.length - 1] ?? input, shared.length);
          const maps = [...shared, ...rest];
          const scored = network.heads.scoredStages.map((stage) => maps[stage]);
          const scores = (test.adapted ?? test.target)?.score(scored);
          const { fused } = network.read(maps, [size.height, size.width], { scores });
          if (adapts) await remember(test, scored, fused);
          // logits, not probabilities, are brought to the frame's size
          const map = tf.expandDims<tf.Tensor4D>(fused, 3);
          return tf.image.resizeBilinear<tf.Tensor4D>(map, [frame.height, frame.width], false, true);
        });
        logits.push(own);
      }
      return logits;
    });
  }

  async begin(annotation: Annotation): Promise<void> {
    this.seen = 0;
    for (const [id, test] of this.networks) {
      const { network, target } = test;
      forget(test);
      if (!target || this.options.adaptEvery === 0 || !annotation.labels.data.includes(id)) continue;
      const samples = await this.samplesOf(id, [annotation]);
      const copies = drawCopies(network, { samples, seed: this.options.seed, input: this.parent.input }, 0, MEMORY_COPIES); // prettier-ignore
      try {
        test.memory = copies.beginMemory(target);
      } finally {
        copies.dispose();
      }
    }
  }

  /** Stages that fine-tuning left as they were are the same for all objects. */
  private sharedFeatures(input: tf.Tensor4D): tf.Tensor4D[] {
    if (this.networks.size < 2 || this.sharedStages === 0) return [];
    const [{ network }] = this.networks.values();
    return tf.tidy(() => network.features(input, 0, this.sharedStages));
  }

  async save(): Promise<Weights> {
    const state: Weights = new Map();
    for (const [id, { network, target }] of this.networks) {
      const tensors = [...(await network.parameters.read()), ...((await target?.read()) ?? [])];
      for (const [name, tensor] of tensors) state.set(`object.${id}.${name}`, tensor);
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
      const own = byObject.get(id)!;
      const network = this.create(own, `test network, object ${id}`);
      this.networks.set(id, { network, target: TargetModel.from(own, network.heads.scoredStages.length) });
    }
    const networks = [...this.networks.values()].map(({ network }) => network);
    this.sharedStages = countSharedStages(networks, [...byObject.values()]);
  }

  private create(weights: Weights, source: string): OsvosNetwork {
    return OsvosNetwork.from(weights, this.parent, source);
  }

  private disposeNetworks(): void {
    for (const test of this.networks.values()) {
      forget(test);
      test.network.dispose();
      test.target?.dispose();
    }
    this.networks.clear();
  }

  close(): void {
    this.disposeNetworks();
  }
}

async function remember(
  test: TestNetwork,
  scored: readonly tf.Tensor4D[],
  logits: tf.Tensor3D,
): Promise<void> {
  const model = await test.memory?.remember(scored, tf.sigmoid(logits));
  if (!model) return;
  test.adapted?.dispose();
  test.adapted = model;
}

function forget(test: TestNetwork): void {
  test.memory?.dispose();
  test.adapted?.dispose();
  test.memory = test.adapted = undefined;
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
