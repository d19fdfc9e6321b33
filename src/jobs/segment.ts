/** `osvos segment` and whoever else wants a clip or a data set segmented with the real engine and method. */
import path from 'node:path';
import { openDavis } from '../clips/davis.js';
import type { EngineOptions } from '../engine/engine.js';
import { OsvosError } from '../errors.js';
import { formatSize } from '../frame.js';
import type { OsvosOptions } from '../methods/osvos/defaults.js';
import type { MethodName } from '../methods/registry.js';
import type { Report } from '../progress.js';
import { finetuneClip, type FinetuneResult } from './finetune.js';
import { clipOutput } from './output-folder.js';
import { segmentClip } from './segment-clip.js';
import { chooseSequences, segmentDataSet, sequenceRequest, type Shard } from './segment-data-set.js';
import { holdNotes, type HeldNotes } from './segment-held-notes.js';
import { readInput, type SegmentInput } from './segment-input.js';
import { parseMaskFlags } from './segment-mask-flag.js';
import type { SegmentSettings } from './segment-options.js';
import type { SegmentRequest } from './segment-request.js';
import { planSegmentation, type SegmentPlan } from './segment-plan.js';
import { clipResult, dataSetResult, type ClipResult, type DataSetResult } from './segment-result.js';
import { createServices } from './segment-services.js';
import { objectsOfTestNetwork } from './segment-test-network.js';

/** What is asked for, whatever is segmented. */
interface SegmentCall {
  method: MethodName;
  options: OsvosOptions;
  settings: SegmentSettings;
  engine: EngineOptions;
  /** Default: `runs/<clip>-<method>`. */
  out?: string;
  report: Report;
  signal?: AbortSignal;
}

export interface ClipCall extends SegmentCall {
  /** Folder of frames or video file. */
  source: string;
  from?: string;
  to?: string;
  /** Number of the first frame of a video; 0 when left out. */
  startNumber?: number;
  /** `FILE` or `FRAME=FILE`. */
  masks: string[];
}

export interface FinetuneCall extends Omit<ClipCall, 'settings' | 'out'> {
  out: string;
  fitMask: boolean;
  force: boolean;
  ignoreMemoryLimit: boolean;
}

export interface DataSetCall extends SegmentCall {
  root: string;
  split: string;
  sequences?: string[];
  shard?: Shard;
}

/** Segments one clip. Throws as `readInput` and `segmentClip`; `usage` when there is no mask. */
export async function segmentOneClip(call: ClipCall): Promise<ClipResult> {
  return withHeldNotes(call, async (held) => {
    const request = await clipRequest({ ...call, report: held.report });
    const services = createServices({ ...call, held });
    const record = await segmentClip(request, services);
    return clipResult(request.input.clip.name, record, request.paths, call.settings);
  });
}

/** Says what `segmentOneClip` would do. */
export async function planOneClip(call: ClipCall): Promise<SegmentPlan> {
  return planSegmentation(await clipRequest(call), createServices(call));
}

/** Segments the sequences of a data set from their first annotations. Throws as `segmentDataSet`. */
export async function segmentSequences(call: DataSetCall): Promise<DataSetResult> {
  const out = call.out ?? defaultOut(openDavis(call.root, { split: call.split }).name, call.method);
  return withHeldNotes(call, async (held) => {
    const services = createServices({ ...call, held });
    return dataSetResult(await segmentDataSet({ ...call, out }, services), call.split, out);
  });
}

/** Says what `segmentSequences` would do, sequence by sequence. */
export async function planSequences(call: DataSetCall): Promise<SegmentPlan[]> {
  const out = call.out ?? defaultOut(openDavis(call.root, { split: call.split }).name, call.method);
  const services = createServices(call);
  const plans: SegmentPlan[] = [];
  for (const sequence of chooseSequences(call)) {
    plans.push(
      await planSegmentation(await sequenceRequest(sequence, { ...call, out }, call.report), services),
    );
  }
  return plans;
}

async function clipRequest(call: ClipCall): Promise<SegmentRequest<OsvosOptions>> {
  const { options, settings } = call;
  const known = settings.testNetwork === undefined ? [] : await objectsOfTestNetwork(settings.testNetwork);
  const input = await readCall(
    { ...call, objects: options.objects, fitMask: settings.fitMask, command: 'osvos segment' },
    known,
  );
  const out = call.out ?? defaultOut(input.clip.name, call.method);
  refuseInputAsOutput(out, input);
  return { input, paths: clipOutput(out, input.clip.name), options, settings };
}

/** Fine-tunes and writes the test network to `out`. Throws as `readInput` and `finetuneClip`; `usage` without a mask. */
export async function finetuneToFile(call: FinetuneCall): Promise<FinetuneResult> {
  return withHeldNotes(call, async (held) => {
    const input = await readCall({
      ...call,
      objects: call.options.objects,
      report: held.report,
      command: 'osvos finetune',
    });
    return finetuneClip({ ...call, input }, createServices({ ...call, held }));
  });
}

type ReadCall = Pick<ClipCall, 'source' | 'from' | 'to' | 'startNumber' | 'masks' | 'report'> & {
  objects?: number[];
  fitMask: boolean;
  /** What the user wrote, for the error that shows what to write. */
  command: string;
};

async function readCall(call: ReadCall, known: number[] = []): Promise<SegmentInput> {
  const input = await readInput({ ...call, masks: parseMaskFlags(call.masks) }, call.report, known);
  if (input.objects.length === 0) throw noMask(call, input);
  return input;
}

function defaultOut(name: string, method: string): string {
  return path.join('runs', `${name}-${method}`);
}

/** Masks are named as the frames: in the frames' folder they would take their place, and no force shall do that. */
function refuseInputAsOutput(out: string, { clip }: SegmentInput): void {
  if (path.resolve(out) !== path.resolve(clip.source)) return;
  throw new OsvosError(
    'usage',
    'masks in the folder of the clip would overwrite the frames',
    `--out ${out}`,
    'choose another folder',
  );
}

/** The command to write, where somebody did not know that a mask is needed. */
function noMask({ source, command }: ReadCall, { clip }: SegmentInput): OsvosError {
  const quoted = /^[\w./-]+$/.test(source) ? source : `'${source}'`;
  return new OsvosError(
    'usage',
    'no mask given',
    source,
    `paint the object of frame ${clip.names[clip.first]} (${formatSize(clip)}, white on black) and write: ` +
      `${command} ${quoted} --mask first.png`,
  );
}

async function withHeldNotes<T>(
  { report }: { report: Report },
  work: (held: HeldNotes) => Promise<T>,
): Promise<T> {
  const held = holdNotes(report);
  try {
    return await work(held);
  } finally {
    held.release(); // also where no engine was needed, or something went wrong before it
  }
}
