/** What is compared on what, and what the processes that do it are told and tell. */
import type { EngineOptions } from '../engine/engine.js';
import type { MethodName } from '../methods/registry.js';
import type { ProgressEvent } from '../progress.js';
import type { Series } from '../report/comparison.js';
import type { Fault } from './fault.js';
import type { CommonOptions, SegmentSettings } from './segment-options.js';

/** A variant of a method: plain data, since each runs in a process of its own. */
export interface Contender {
  /** As it was written: `osvos@iterations=50`. */
  label: string;
  method: MethodName;
  family: 'online' | 'offline';
  /** Those of the method. */
  options: CommonOptions;
  settings: SegmentSettings;
  /** Where it is one of several that differ in one thing. */
  series?: Series;
}

/** Folder of a contender's masks; slashes of file names and what shells trip over become underscores. */
export function folderOf(label: string, seed?: number): string {
  const name = label.replace(/[^\w.@=,+-]/g, '_');
  return seed === undefined ? name : `${name}@seed=${seed}`;
}

/** Names of frames by sequence. */
export type Annotated = Readonly<Record<string, readonly string[]>>;

/** What a process has to do. */
export interface CompareTask {
  contender: Contender;
  input: ComparedDataSet | ComparedClip;
  /** Frames whose annotations are given besides the first, by sequence. */
  annotations?: Annotated;
  /** Folder of the masks. */
  out: string;
  engine: EngineOptions;
}

export interface ComparedDataSet {
  root: string;
  split: string;
  sequences?: string[];
  shard?: { index: number; count: number };
}

export interface ComparedClip {
  source: string;
  /** `FILE` or `FRAME=FILE`. */
  masks: string[];
  from?: string;
  to?: string;
}

/** What a process is told. */
export type Order = { task: CompareTask } | { stop: true };
/** What it says. */
export type Answer = { event: ProgressEvent } | { done: true } | { fault: Fault };
