/** The whole way on one clip: make or open it, learn and segment by the real job for data sets, score by the real scorer. */
import path from 'node:path';
import { openDavis } from '../clips/davis.js';
import type { SyntheticOptions } from '../clips/synthetic/defaults.js';
import {
  syntheticSequence,
  syntheticSplit,
  writeSyntheticClip,
} from '../clips/synthetic/write-synthetic-clip.js';
import type { EngineOptions } from '../engine/engine.js';
import { OsvosError } from '../errors.js';
import type { OsvosOptions } from '../methods/osvos/defaults.js';
import { methods } from '../methods/registry.js';
import type { Report } from '../progress.js';
import { evaluate } from './evaluate.js';
import { sequenceOutput } from './output-folder.js';
import { readRunRecord, type RunRecord } from './run-record.js';
import { segmentDataSet } from './segment-data-set.js';
import { holdNotes } from './segment-held-notes.js';
import type { CommonOptions, SegmentServices, SegmentSettings } from './segment-options.js';
import { createClock } from './clock.js';
import { createServices } from './segment-services.js';

/** The clip that comes with the program, or a sequence of a data set: the split's first when none is named. */
export type DemoClip =
  | { kind: 'bundled'; options: SyntheticOptions }
  | { kind: 'davis'; root: string; split: string; sequence?: string };

export interface DemoRequest<Options extends CommonOptions> {
  clip: DemoClip;
  /** The bundled clip goes to `out/clip`, results to `out/results`. */
  out: string;
  options: Options;
  settings: SegmentSettings;
}

export interface DemoResult {
  /** Folder of the frames. */
  frames: string;
  masks: string;
  overlays: string;
  /** How many frames, and their size `480×270`. */
  frameCount: number;
  size: string;
  /** Means over objects and scored frames, 0–1; `null` for clips of less than three frames. */
  J: number | null;
  F: number | null;
  /** Wall seconds by stage, and their sum; the segmentation’s stages over all starts of the run. */
  stages: Record<string, number>;
  seconds: number;
}

/** The demo with the real engine and the method's weights. */
export interface DemoCall extends DemoRequest<OsvosOptions> {
  engine: EngineOptions;
  report: Report;
  signal?: AbortSignal;
}

/** Runs the demo with OSVOS. Throws as `runDemo`, and `weights-*`, `engine`. */
export async function demo(call: DemoCall): Promise<DemoResult> {
  const held = holdNotes(call.report);
  const { engine, report, signal } = call;
  const services = createServices({ method: methods.osvos, engine, report, signal, held });
  try {
    return await runDemo(call, services);
  } finally {
    held.release(); // also where no engine was needed, or something went wrong before it
  }
}

/**
 * Runs the demo. A demo that stopped goes on; a finished one is scored again from its masks, which takes a second.
 *
 * @throws OsvosError what `writeSyntheticClip`, `segmentDataSet` and `evaluate` throw
 */
export async function runDemo<Options extends CommonOptions>(
  { clip, out, options, settings }: DemoRequest<Options>,
  services: SegmentServices<Options>,
): Promise<DemoResult> {
  const { report } = services;
  const clock = createClock();
  const { root, split, sequence } = await clock.time('clip', () =>
    provideClip(clip, out, settings.force, services),
  );
  const results = path.join(out, 'results');
  await segmentDataSet({ root, split, sequences: [sequence], out: results, options, settings }, services);
  const paths = sequenceOutput(results, sequence);
  const record = await readFinished(paths.record);
  const truth = { davis: root, split };
  const { global } = await clock.time('scoring', () =>
    evaluate({ results, truth, sequences: [sequence], report }),
  );
  const stages = { clip: clock.seconds.clip, ...record.seconds, scoring: clock.seconds.scoring };
  return {
    frames: record.input.source,
    masks: paths.folder,
    overlays: paths.overlays,
    frameCount: record.input.frames,
    size: record.input.size,
    J: global['J-Mean'],
    F: global['F-Mean'],
    stages,
    seconds: Object.values(stages).reduce((sum, seconds) => sum + seconds, 0),
  };
}

interface Place {
  root: string;
  split: string;
  sequence: string;
}

async function provideClip<Options extends CommonOptions>(
  clip: DemoClip,
  out: string,
  force: boolean,
  { report, signal }: SegmentServices<Options>,
): Promise<Place> {
  if (clip.kind === 'davis') {
    const { root, split, sequence } = clip;
    const [first] = openDavis(root, {
      split,
      sequences: sequence === undefined ? undefined : [sequence],
    }).sequences;
    return { root, split, sequence: first.name };
  }
  const root = path.join(out, 'clip');
  await writeSyntheticClip(root, clip.options, { force, report, signal });
  return { root, split: syntheticSplit, sequence: syntheticSequence };
}

async function readFinished(file: string): Promise<RunRecord> {
  const record = await readRunRecord(file);
  if (record) return record;
  throw new OsvosError('results-incomplete', 'the record of the segmentation is gone', file);
}
