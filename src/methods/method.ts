import { networkSize, type Size } from '../clips/network-size.js';
import type { Frame } from '../frame.js';
import type { LabelMap, Probabilities } from '../label-map.js';
import type { Report } from '../progress.js';
import type { Weights } from '../weights/weights.js';
import type { MethodCost } from './cost.js';
import type { MemoryAnswer, PixelQuestion } from './memory-use.js';

/** A frame with the labels that the user gave. Fine-tuning needs both. */
export interface Annotation {
  frame: Frame;
  labels: LabelMap;
}

/** What `learn` may be told. */
export interface LearnOptions {
  report: Report;
  /** Asks to stop after the current step; `learn` then throws `interrupted`. */
  signal?: AbortSignal;
  /** Where to keep checkpoints, so that the same call goes on after a stop; none are kept without. */
  checkpoints?: string;
  /** Called after the tenth step, once, so that a first result can be shown early. */
  onPreview?: () => Promise<void>;
}

/** How masks travel through a clip: learn from annotations, then segment frame by frame. */
export interface Segmenter {
  /**
   * Fine-tunes on, or memorises, annotations. After `restore` it goes on from what was restored: objects known there
   * learn further where annotations have them, else they stay as they are; new ones begin where all begin.
   * Throws `not-a-number` (exit 6) and `interrupted` (130).
   */
  learn(annotations: Annotation[], options: LearnOptions): Promise<void>;
  segment(frame: Frame): Promise<Probabilities>;
  /**
   * In place of `segment`, for an annotated frame within a pass whose annotation does not show all objects: an object
   * enters there, or only one of several was corrected. The objects that it shows are as they were given, and are
   * looked for from now on; the others are segmented. Only methods have it whose annotations come as they go.
   */
  meet?(annotation: Annotation): Promise<Probabilities>;
  /**
   * Called at the start of each pass with the annotation that it starts from, where there is one. Only methods that
   * want their frames in order need it: it makes them forget every frame that they have seen.
   */
  begin?(annotation: Annotation): Promise<void>;
  /**
   * Methods with a memory: how it was read for some pixels of the frame that was segmented last, whose memory is still
   * the one that was read. Called after `watch` and before anything else is seen.
   */
  explain?(questions: readonly PixelQuestion[]): Promise<MemoryAnswer>;
  /** Asks to keep from now on what `explain` needs of a frame until the next. */
  watch?(): void;
  /** What it takes to go on later: a test network, a memory. */
  save(): Promise<Weights>;
  restore(state: Weights): Promise<void>;
  /** Gives back every tensor. */
  close(): void;
}

export interface Method<Options> {
  readonly name: string;
  readonly family: 'online' | 'offline';
  /**
   * Whether each annotation is of all objects, or each object is annotated where the user annotated it: then one may
   * enter late, and `meet` is called.
   */
  readonly annotations: 'all-before-start' | 'as-they-come';
  /** Whether its segmenters can tell how they read their memory, by `explain`. */
  readonly explains?: true;
  /** Default threshold on probabilities, one for all objects, chosen on the hold-out sequences. */
  readonly threshold: number;
  /**
   * Whether a frame's probabilities depend on the frames segmented before it. Such a method is given each pass from
   * its annotation on, frame by frame, and after a stop again from there, so that it gives the same as without. When
   * left out: whether the family is offline, whose methods remember.
   */
  framesInOrder?(options: Options): boolean;
  /** Size at which the network sees a frame whose short side is to be so long; `networkSize` when left out. */
  networkSize?(frame: Size, shortSide: number): Size;
  /** Whether it can look at a region around the objects (`--roi`). */
  readonly regions?: boolean;
  /**
   * What it costs to learn and segment frames of a size; without it nothing is foretold.
   *
   * @param annotations frames with masks
   */
  cost?(
    options: Options,
    frame: { width: number; height: number },
    objects: number,
    annotations?: number,
  ): MethodCost;
  open(options: Options): Promise<Segmenter>;
}

/** Whether a method wants its frames in order: see `framesInOrder`. */
export function wantsOrder<Options>(
  method: Pick<Method<Options>, 'family' | 'framesInOrder'>,
  options: Options,
): boolean {
  return method.framesInOrder?.(options) ?? method.family === 'offline';
}

/** Size at which a method's network sees a frame. */
export function sizeSeen(method: Pick<Method<never>, 'networkSize'>, frame: Size, shortSide: number): Size {
  return (method.networkSize ?? networkSize)(frame, shortSide);
}

/** What learning is called, in records and where progress is told. */
export function learningStage({ family }: Pick<Method<never>, 'family'>): 'fine-tuning' | 'memorising' {
  return family === 'online' ? 'fine-tuning' : 'memorising';
}
