/** Which frames of a clip are remembered, and for how long. */
import * as tf from '@tensorflow/tfjs';
import type { MemoryBlock } from '../../engine/kernels/memory-scores.js';
import type { FrameOrigin } from '../memory-use.js';
import type { MemoryOptions } from './defaults.js';

/** What is remembered of one frame. */
export interface RememberedFrame {
  /** Objects that it shows, in the order of the values. */
  ids: readonly number[];
  /** `[cells, key]` for each object; one for all where keys come from the picture alone. */
  keys: readonly tf.Tensor2D[];
  /** `[cells, value]` for each object. */
  values: readonly tf.Tensor2D[];
  /** A memory that was restored may not know it. */
  origin?: FrameOrigin;
}

/** A frame of the memory without its values. */
export interface MemorySource {
  origin?: FrameOrigin;
  annotated: boolean;
  /** `[cells, key]`. */
  keys: tf.Tensor2D;
}

/** A frame that was seen in the clip. */
interface Seen extends RememberedFrame {
  /** Frames since the pass began. */
  time: number;
}

/**
 * The memory along a clip: annotated frames for ever, the frame before until the next, and every few frames one
 * between (Oh et al. 2019, § 3.3). Where there are more than `maxMemoryFrames` of these, every second one is forgotten
 * and from then on half as many are kept: they always lie evenly over what was seen, and memory and time for a frame
 * are bounded however long the clip is. Owns its tensors.
 */
export class SpaceTimeMemory {
  private readonly annotated: RememberedFrame[] = [];
  private kept: Seen[] = [];
  private previous?: Seen;
  private interval: number;
  private readonly options: Pick<MemoryOptions, 'memory' | 'memoryEvery' | 'maxMemoryFrames'>;

  constructor(options: Pick<MemoryOptions, 'memory' | 'memoryEvery' | 'maxMemoryFrames'>) {
    this.options = options;
    this.interval = options.memoryEvery;
  }

  /** Remembers an annotated frame for ever. */
  annotate(frame: RememberedFrame): void {
    this.annotated.push(frame);
  }

  /** Annotated frames in the order in which they were given. */
  get annotations(): readonly RememberedFrame[] {
    return this.annotated;
  }

  /** Forgets all but the annotated frames. */
  restart(): void {
    for (const frame of [...this.kept, this.previous]) if (frame) dispose(frame);
    this.kept = [];
    this.previous = undefined;
    this.interval = this.options.memoryEvery;
  }

  /** Whether the frame of a time need be remembered at all. */
  wants(): boolean {
    return this.options.memory !== 'first';
  }

  /** Takes the frame before the next one; `time` counts from the start of the pass, which is 0. */
  remember(frame: RememberedFrame, time: number): void {
    this.release(this.previous);
    this.previous = { ...frame, time };
    if (this.options.memory !== 'every' || time % this.interval !== 0) return;
    this.kept.push(this.previous);
    while (this.kept.length > this.options.maxMemoryFrames) this.thin();
  }

  /** What is known of some objects: blocks that hold all of them, values side by side. */
  blocks(ids: readonly number[]): MemoryBlock[] {
    return this.knowing(ids).map((frame) => {
      const wanted = ids.map((id) => frame.values[frame.ids.indexOf(id)]);
      return { keys: keysOf(frame, ids), values: wanted.length === 1 ? wanted[0] : tf.concat(wanted, 1) };
    });
  }

  /** Where the blocks of some objects come from, in their order. */
  sources(ids: readonly number[]): MemorySource[] {
    return this.knowing(ids).map((frame) => ({
      origin: frame.origin,
      annotated: this.annotated.includes(frame),
      keys: keysOf(frame, ids),
    }));
  }

  /** Indices of the frames that are remembered, as far as they are known, ascending. */
  indices(): number[] {
    const known = this.frames().flatMap(({ origin }) => origin?.index ?? []);
    return [...new Set(known)].sort((a, b) => a - b);
  }

  /** Frames that know an object, as a name: objects of the same frames can be read together. */
  signature(id: number): string {
    return this.frames()
      .map((frame, i) => (frame.ids.includes(id) ? i : ''))
      .join();
  }

  /** Times of the frames that are remembered beside the annotated ones, ascending. */
  times(): number[] {
    const times = [...this.kept, this.previous]
      .filter((frame) => frame !== undefined)
      .map(({ time }) => time);
    return [...new Set(times)].sort((a, b) => a - b);
  }

  dispose(): void {
    this.restart();
    this.annotated.splice(0).forEach(dispose);
  }

  private knowing(ids: readonly number[]): RememberedFrame[] {
    return this.frames().filter((frame) => ids.every((id) => frame.ids.includes(id)));
  }

  private frames(): RememberedFrame[] {
    const { previous, kept, annotated } = this;
    const last = previous && !kept.includes(previous) ? [previous] : [];
    // of the previous frame alone: the annotated one where nothing else was seen yet
    if (this.options.memory === 'previous' && previous) return last;
    return [...annotated, ...kept, ...last];
  }

  /** Forgets every second frame that was kept, and keeps half as many from now on. */
  private thin(): void {
    this.interval *= 2;
    const kept = this.kept.filter(({ time }) => time % this.interval === 0);
    const dropped = this.kept.filter((frame) => !kept.includes(frame));
    this.kept = kept;
    for (const frame of dropped) if (frame !== this.previous) dispose(frame);
  }

  private release(frame: Seen | undefined): void {
    if (frame && !this.kept.includes(frame)) dispose(frame);
  }
}

function keysOf({ ids: own, keys }: RememberedFrame, ids: readonly number[]): tf.Tensor2D {
  return keys[keys.length === 1 ? 0 : own.indexOf(ids[0])];
}

function dispose({ keys, values }: RememberedFrame): void {
  tf.dispose([...keys, ...values]);
}
