import type { Frame } from '../frame.js';
import type { LabelMap, Probabilities } from '../label-map.js';
import type { Report } from '../progress.js';
import type { Weights } from '../weights/weights.js';

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
  /** What it takes to go on later: a test network, a memory. */
  save(): Promise<Weights>;
  restore(state: Weights): Promise<void>;
  /** Gives back every tensor. */
  close(): void;
}

export interface Method<Options> {
  readonly name: string;
  readonly family: 'online' | 'offline';
  readonly annotations: 'all-before-start' | 'as-they-come';
  /** Default threshold on probabilities, one for all objects, chosen on the hold-out sequences. */
  readonly threshold: number;
  open(options: Options): Promise<Segmenter>;
}
