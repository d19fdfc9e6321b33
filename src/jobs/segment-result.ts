/** The result of a segmentation, as `--json` prints it and as a line. */
import path from 'node:path';
import type { MaskChanges } from './compare-to-run.js';
import type { OutputPaths } from './output-folder.js';
import type { RunRecord, StageCost } from './run-record.js';
import type { DataSetRecord, SequenceSummary } from './segment-data-set.js';
import type { SegmentSettings } from './segment-options.js';

export interface ClipResult {
  status: string;
  method: string;
  clip: string;
  /** Folder of the masks, `<frame>.png`, and of the record, `run.json`. */
  out: string;
  record: string;
  /** Only where they were asked for. */
  overlays?: string;
  overlayVideo?: string;
  probabilities?: string;
  /** Pictures of the memory. */
  memory?: string;
  network?: string;
  frames: number;
  objects: number[];
  /** `854×480`. */
  size: string;
  networkSize: string;
  engine: string;
  threads: number;
  /** By stage. */
  seconds: Record<string, number>;
  secondsTotal: number;
  secondsPerFrame: number | null;
  secondsPerFrameAndObject: number | null;
  /** Fine-tuning by object. */
  learning: Record<string, StageCost>;
  peakMemoryMB: number;
  warnings: string[];
  /** Beside an earlier run, where that was asked for. */
  changes?: MaskChanges;
}

export interface DataSetResult {
  status: string;
  method: string;
  split: string;
  out: string;
  record: string;
  sequences: SequenceSummary[];
  secondsPerSequence: number | null;
  warnings: string[];
}

export function clipResult(
  clip: string,
  record: RunRecord,
  paths: OutputPaths,
  settings: SegmentSettings,
): ClipResult {
  const {
    status,
    method,
    input,
    objects,
    engine,
    threads,
    seconds,
    secondsPerFrame,
    secondsPerFrameAndObject = null,
    learning = {},
    peakMemoryMB,
    warnings,
  } = record;
  return {
    ...{ status, method, clip, out: paths.folder, record: paths.record },
    overlays: settings.overlays || settings.overlayVideo ? paths.overlays : undefined,
    overlayVideo: settings.overlayVideo ? paths.overlayVideo : undefined,
    probabilities: settings.saveProbabilities ? paths.probabilities : undefined,
    memory: settings.vizMemory ? paths.memorySheets : undefined,
    network: settings.saveNetwork ? paths.network : undefined,
    ...{ frames: record.frames.length, objects, size: input.size, networkSize: input.networkSize },
    ...{
      engine: engine.name,
      threads,
      seconds,
      secondsTotal: sum(seconds),
      secondsPerFrame,
      secondsPerFrameAndObject,
      learning,
      peakMemoryMB,
      warnings,
    },
  };
}

export function dataSetResult(record: DataSetRecord, split: string, out: string): DataSetResult {
  const { status, method, sequences, secondsPerSequence, warnings } = record;
  return {
    status,
    method,
    split,
    out,
    record: path.join(out, 'run.json'),
    sequences,
    secondsPerSequence,
    warnings,
  };
}

/** What learning is called in records, by family of methods. */
const learningStages = ['fine-tuning', 'memorising'];

/** One line: how much, how long, where. */
export function describeClipResult(result: ClipResult): string {
  const { frames, objects, secondsTotal, secondsPerFrame, seconds, peakMemoryMB, out, overlays } = result;
  const each = result.secondsPerFrameAndObject;
  const share = objects.length > 1 && each !== null ? ` (${each.toFixed(3)} s per object)` : '';
  const parts = [
    `${frames} frames in ${secondsTotal.toFixed(1)} s`,
    ...learningStages.map((stage) => (stage in seconds ? `${stage} ${seconds[stage].toFixed(1)} s` : '')),
    secondsPerFrame === null ? '' : `${secondsPerFrame.toFixed(3)} s per frame${share}`,
    `peak memory ${(peakMemoryMB / 1000).toFixed(2)} GB`,
    `masks in ${out}`,
    overlays === undefined ? '' : `overlays in ${overlays}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** One line: how many sequences, how long, where. */
export function describeDataSetResult({ sequences, secondsPerSequence, out }: DataSetResult): string {
  const frames = sequences.reduce((total, sequence) => total + sequence.frames, 0);
  const mean = secondsPerSequence === null ? '' : `, ${secondsPerSequence.toFixed(1)} s per sequence`;
  return `${sequences.length} sequences, ${frames} frames${mean}, masks in ${out}`;
}

function sum(seconds: Record<string, number>): number {
  const total = Object.values(seconds).reduce((a, b) => a + b, 0);
  return Math.round(total * 1000) / 1000;
}
