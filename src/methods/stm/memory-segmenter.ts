import * as tf from '@tensorflow/tfjs';
import { tidyAsync } from '../../engine/tensors.js';
import { OsvosError } from '../../errors.js';
import type { Frame } from '../../frame.js';
import { idsOf, type LabelMap, type Probabilities } from '../../label-map.js';
import type { MemoryNetwork, Query } from '../../networks/memory/memory-network.js';
import { aggregate } from '../../networks/memory/soft-aggregation.js';
import { breathe } from '../../progress.js';
import type { Weights } from '../../weights/weights.js';
import type { FrameOrigin, MemoryAnswer, PixelQuestion } from '../memory-use.js';
import type { Annotation, LearnOptions, Segmenter } from '../method.js';
import { OBJECT_CHUNK, type MemoryOptions } from './defaults.js';
import { explainReads, type LastRead } from './explain-reads.js';
import { withGiven } from './given-odds.js';
import { cellsOf, ObjectReads } from './object-reads.js';
import { readMemories, saveMemories } from './saved-memory.js';
import { cropped, labelsAtSize, masksOf, seeFrame, type SeenFrame } from './seen-frame.js';
import { SpaceTimeMemory, type RememberedFrame } from './space-time-memory.js';

interface Size {
  width: number;
  height: number;
}

/** The last frame with its masks, to be remembered when the next one comes. */
interface Pending {
  picture: tf.Tensor4D;
  ids: readonly number[];
  /** Of background and objects, `[1, H, W, 1 + ids]`, zero in the padding. */
  probabilities: tf.Tensor4D;
  /** What image keys are made from. */
  image?: Pick<Query, 'key' | 'r4'>;
  time: number;
  origin: FrameOrigin;
}

/** Segments a clip by what it remembers of it: nothing is trained. Objects may enter at any annotated frame. */
export class MemorySegmenter implements Segmenter {
  private readonly memory: SpaceTimeMemory;
  private readonly reads: ObjectReads;
  /** Objects that are looked for, ascending. */
  private ids: number[] = [];
  private pending?: Pending;
  /** Frames since the pass began. */
  private time = 0;
  private watching = false;
  /** The last frame, while questions about it may come. */
  private last?: LastRead;

  constructor(
    private readonly network: MemoryNetwork,
    private readonly options: MemoryOptions,
  ) {
    this.memory = new SpaceTimeMemory(options);
    this.reads = new ObjectReads(this.memory, network.architecture.keys, options);
  }

  /** Remembers annotated frames for ever. Throws `mask-empty` where an object vanishes at the network's size. */
  async learn(annotations: Annotation[], { signal }: Pick<LearnOptions, 'signal'> = {}): Promise<void> {
    for (const [done, annotation] of annotations.entries()) {
      if (signal?.aborted) {
        const what = `stopped with ${done} of ${annotations.length} annotated frames remembered`;
        throw new OsvosError('interrupted', what);
      }
      const ids = this.wanted(annotation.labels);
      if (ids.length > 0) this.memory.annotate(await this.remembered(annotation, ids));
      await breathe();
    }
    this.ids = this.known();
  }

  /** A pass starts from an annotation: what was seen before is forgotten, and only its objects are looked for. */
  async begin({ labels }: Annotation): Promise<void> {
    this.forget();
    this.ids = this.wanted(labels);
  }

  async segment(frame: Frame): Promise<Probabilities> {
    return this.look(frame, this.ids);
  }

  /**
   * An annotated frame within a pass: objects that it shows are there as they were given, and looked for from now on;
   * the others are segmented.
   */
  async meet(annotation: Annotation): Promise<Probabilities> {
    const given = this.wanted(annotation.labels);
    this.ids = [...new Set([...this.ids, ...given])].sort((a, b) => a - b);
    return this.look(annotation.frame, this.ids, { labels: annotation.labels, ids: given });
  }

  watch(): void {
    this.watching = true;
  }

  async explain(questions: readonly PixelQuestion[]): Promise<MemoryAnswer> {
    const { last, memory } = this;
    const uses = last ? await explainReads(last, memory, questions, (ids) => this.reads.groups(ids)) : [];
    const origin = last && { index: last.index, place: last.part.place };
    return { held: memory.indices(), origin, uses };
  }

  async save(): Promise<Weights> {
    return saveMemories(this.memory.annotations);
  }

  async restore(state: Weights): Promise<void> {
    this.forget();
    this.memory.dispose();
    for (const frame of readMemories(state, this.network.widths)) this.memory.annotate(frame);
    this.ids = this.known();
  }

  close(): void {
    this.forget();
    this.memory.dispose();
    this.network.dispose();
  }

  private async remembered(annotation: Annotation, ids: readonly number[]): Promise<RememberedFrame> {
    const seen = await seeFrame(annotation.frame, this.options.size);
    try {
      const { keys, values } = tf.tidy(() => {
        const image = this.imageKeys ? this.network.imageKey(seen.picture) : undefined;
        return this.encode(seen.picture, masksOf(annotation, ids, seen), ids, image);
      });
      return { ids, keys, values, origin: seen.origin };
    } finally {
      seen.picture.dispose();
    }
  }

  private get imageKeys(): boolean {
    return this.network.architecture.keys === 'image';
  }

  private wanted(labels: LabelMap): number[] {
    return idsOf(labels).filter((id) => this.options.objects?.includes(id) ?? true);
  }

  private known(): number[] {
    const all = new Set(this.memory.annotations.flatMap(({ ids }) => ids));
    return [...all].filter((id) => this.options.objects?.includes(id) ?? true).sort((a, b) => a - b);
  }

  private forget(): void {
    this.memory.restart();
    this.drop();
    this.time = 0;
  }

  private drop(): void {
    if (this.pending)
      tf.dispose([this.pending.picture, this.pending.probabilities, { ...this.pending.image }]);
    this.pending = undefined;
    this.last?.key.dispose();
    this.last = undefined;
  }

  /** Segments a frame, given what some objects' masks are. */
  private async look(
    frame: Frame,
    ids: readonly number[],
    given?: { labels: LabelMap; ids: readonly number[] },
  ): Promise<Probabilities> {
    this.rememberLast();
    this.time++;
    const { width, height } = frame;
    if (ids.length === 0) return { ids: [], width, height, data: new Float32Array(0) };
    const seen = await seeFrame(frame, this.options.size);
    const size = labelsAtSize(given?.labels, frame, seen);
    const pixels = width * height;
    const data = new Float32Array(ids.length * pixels);
    const background = new Float32Array(pixels);
    await tidyAsync(async () => {
      const query = tf.tidy(() => this.network.query(seen.picture) as Query & tf.NamedTensorMap);
      const found = ids.filter((id) => !given?.ids.includes(id));
      const odds = this.oddsOf(query, found, seen);
      const merged = given ? withGiven(odds, found, ids, given.ids, size!) : odds;
      this.keep(seen, merged, ids, query);
      if (this.watching) this.keepRead(frame.cut?.of ?? { width, height }, seen, query);
      // log-odds, not probabilities, are brought to the frame's size
      const large = tf.image.resizeBilinear(cropped(merged, seen), [height, width], false, true);
      const planes = tf.transpose(tf.softmax(large, -1), [0, 3, 1, 2]);
      const values = await planes.data<'float32'>();
      background.set(values.subarray(0, pixels));
      data.set(values.subarray(pixels));
    });
    return { ids: [...ids], width, height, data, background };
  }

  /** What the memory was waiting for: the frame before, once there is a next one. */
  private rememberLast(): void {
    const { pending } = this;
    if (!pending) return;
    if (this.memory.wants()) {
      const frame = tf.tidy(() => {
        const { picture, probabilities, ids, image } = pending;
        const own = tf.slice(probabilities, [0, 0, 0, 1], [-1, -1, -1, -1]);
        return this.encode(picture, tf.transpose(own, [3, 1, 2, 0]), ids, image);
      });
      this.memory.remember({ ids: pending.ids, ...frame, origin: pending.origin }, pending.time);
    }
    this.drop();
  }

  /** @param masks `[objects, H, W, 1]` */
  private encode(
    picture: tf.Tensor4D,
    masks: tf.Tensor4D,
    ids: readonly number[],
    image?: Pick<Query, 'key' | 'r4'>,
  ): { keys: tf.Tensor2D[]; values: tf.Tensor2D[] } {
    const flat = (map: tf.Tensor4D) => {
      const cells = map.shape[1] * map.shape[2];
      const rows = tf.reshape<tf.Rank.R3>(map, [map.shape[0], cells, map.shape[3]]);
      return tf.unstack(rows, 0) as tf.Tensor2D[];
    };
    const all = tf.sum(masks, 0, true);
    const keys: tf.Tensor2D[] = image ? flat(image.key).map((key) => tf.clone(key)) : [];
    const values: tf.Tensor2D[] = [];
    for (let from = 0; from < ids.length; from += OBJECT_CHUNK) {
      const part = tf.tidy(() => {
        const own = tf.slice(masks, [from, 0, 0, 0], [Math.min(OBJECT_CHUNK, ids.length - from), -1, -1, -1]);
        const others = tf.clipByValue<tf.Tensor4D>(tf.sub(all, own), 0, 1);
        const count = own.shape[0];
        const repeated = (x: tf.Tensor4D) => (count === 1 ? x : tf.tile(x, [count, 1, 1, 1]));
        const memory = this.network.memorise(repeated(picture), [own, others], image && repeated(image.r4));
        return { keys: memory.key ? flat(memory.key) : [], values: flat(memory.value) };
      });
      keys.push(...part.keys);
      values.push(...part.values);
    }
    return { keys, values };
  }

  /** Log-odds of background and of some objects, `[1, H, W, 1 + objects]`. */
  private oddsOf(query: Query, ids: readonly number[], { padding }: SeenFrame): tf.Tensor4D {
    const logits: tf.Tensor4D[] = [];
    const reads = this.reads.read(query, ids);
    for (let from = 0; from < ids.length; from += OBJECT_CHUNK) {
      const part = reads.slice(from, from + OBJECT_CHUNK);
      const repeated = (x: tf.Tensor4D) => (part.length === 1 ? x : tf.tile(x, [part.length, 1, 1, 1]));
      const own = { value: repeated(query.value), s3: repeated(query.s3), s2: repeated(query.s2) };
      logits.push(tf.tidy(() => this.network.decode(tf.concat(part, 0), own)));
    }
    if (logits.length === 0) return tf.zeros([1, padding.height, padding.width, 1]);
    return aggregate(tf.transpose(tf.concat(logits, 0), [3, 1, 2, 0])) as tf.Tensor4D;
  }

  /** Keeps a frame with its masks until the next one comes. */
  private keep(
    { picture, size, padding, origin }: SeenFrame,
    odds: tf.Tensor4D,
    ids: readonly number[],
    query: Query,
  ): void {
    const inside = tf.softmax(cropped(odds, { size, padding }), -1);
    const probabilities = tf.pad(inside, [
      [0, 0],
      [padding.top, padding.height - padding.top - size.height],
      [padding.left, padding.width - padding.left - size.width],
      [0, 0],
    ]);
    const image = this.imageKeys ? { key: tf.keep(query.key), r4: tf.keep(query.r4) } : undefined;
    const { time } = this;
    this.pending = {
      picture: tf.keep(picture),
      ids,
      probabilities: tf.keep(probabilities),
      image,
      time,
      origin,
    };
  }

  /** Keeps what questions about a frame need. */
  private keepRead(frame: Size, { size, padding, origin }: SeenFrame, query: Query): void {
    const { cells, grid } = cellsOf(query);
    const { index, place } = origin;
    const part = { frame, place, size, padding };
    this.last = { key: tf.keep(cells), index, part, options: this.reads.options(grid) };
  }
}
