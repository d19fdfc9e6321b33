/** `osvos segment` and whoever else wants a clip or a data set segmented with the real engine and method. */
import path from 'node:path';
import type { Clip } from '../clips/clip.js';
import { openDavis } from '../clips/davis.js';
import type { EngineOptions } from '../engine/engine.js';
import { OsvosError } from '../errors.js';
import { formatSize } from '../frame.js';
import type { RegisteredMethod } from '../methods/registry.js';
import type { Report } from '../progress.js';
import { compareToRun, requireComparable } from './compare-to-run.js';
import { finetuneClip, type FinetuneResult } from './finetune.js';
import { clipOutput } from './output-folder.js';
import { segmentClip } from './segment-clip.js';
import { chooseSequences, segmentDataSet, sequenceRequest, type Shard } from './segment-data-set.js';
import { holdNotes, type HeldNotes } from './segment-held-notes.js';
import { readInput, readMasks, type SegmentInput } from './segment-input.js';
import { parseMaskFlags } from './segment-mask-flag.js';
import type { CommonOptions, SegmentSettings } from './segment-options.js';
import type { SegmentRequest } from './segment-request.js';
import { planSegmentation, type SegmentPlan } from './segment-plan.js';
import { clipResult, dataSetResult, type ClipResult, type DataSetResult } from './segment-result.js';
import { createServices } from './segment-services.js';
import { checkMasksForNetwork, objectsOfTestNetwork } from './segment-test-network.js';

/** What is asked for, whatever is segmented. */
export interface SegmentCall<Options extends CommonOptions> {
  method: RegisteredMethod<Options>;
  options: NoInfer<Options>;
  settings: SegmentSettings;
  engine: EngineOptions;
  /** Default: `runs/<clip>-<method>`. */
  out?: string;
  report: Report;
  signal?: AbortSignal;
}

export interface ClipCall<Options extends CommonOptions> extends SegmentCall<Options> {
  /** Folder of frames or video file. */
  source: string;
  from?: string;
  to?: string;
  /** Number of the first frame of a video; 0 when left out. */
  startNumber?: number;
  /** `FILE` or `FRAME=FILE`. */
  masks: string[];
  /** Folder of an earlier run: it is said how many masks changed. */
  compareTo?: string;
}

export interface FinetuneCall<Options extends CommonOptions> extends Omit<
  ClipCall<Options>,
  'settings' | 'out' | 'compareTo'
> {
  out: string;
  /** File of a test network to go on from. */
  testNetwork?: string;
  fitMask: boolean;
  force: boolean;
  ignoreMemoryLimit: boolean;
}

export interface DataSetCall<Options extends CommonOptions> extends SegmentCall<Options> {
  root: string;
  split: string;
  sequences?: string[];
  shard?: Shard;
  /** Frames whose annotations are given besides the first, by sequence. */
  annotations?: Readonly<Record<string, readonly string[]>>;
}

/** Segments one clip. Throws as `readInput` and `segmentClip`; `usage` when there is no mask. */
export async function segmentOneClip<Options extends CommonOptions>(
  call: ClipCall<Options>,
): Promise<ClipResult> {
  return withHeldNotes(call, async (held) => {
    const request = await clipRequest({ ...call, report: held.report });
    const services = createServices({ ...call, held });
    const { input, paths } = request;
    const record = await segmentClip(request, services);
    const result = clipResult(input.clip.name, record, paths, call.settings);
    if (call.compareTo === undefined) return result;
    return { ...result, changes: await compareToRun(call.compareTo, input, paths, held.report) };
  });
}

/** Says what `segmentOneClip` would do. */
export async function planOneClip<Options extends CommonOptions>(
  call: ClipCall<Options>,
): Promise<SegmentPlan> {
  return planSegmentation(await clipRequest(call), createServices(call));
}

/** Segments the sequences of a data set from their first annotations. Throws as `segmentDataSet`. */
export async function segmentSequences<Options extends CommonOptions>(
  call: DataSetCall<Options>,
): Promise<DataSetResult> {
  const out = call.out ?? defaultOut(openDavis(call.root, { split: call.split }).name, call.method.name);
  return withHeldNotes(call, async (held) => {
    const services = createServices({ ...call, held });
    return dataSetResult(await segmentDataSet({ ...call, out }, services), call.split, out);
  });
}

/** Says what `segmentSequences` would do, sequence by sequence. */
export async function planSequences<Options extends CommonOptions>(
  call: DataSetCall<Options>,
): Promise<SegmentPlan[]> {
  const out = call.out ?? defaultOut(openDavis(call.root, { split: call.split }).name, call.method.name);
  const services = createServices(call);
  const plans: SegmentPlan[] = [];
  for (const sequence of chooseSequences(call)) {
    plans.push(
      await planSegmentation(await sequenceRequest(sequence, { ...call, out }, call.report), services),
    );
  }
  return plans;
}

/** Everything that a clip's segmentation needs; `clip` where it is open already. Throws as `readInput`. */
export async function clipRequest<Options extends CommonOptions>(
  call: ClipCall<Options>,
  clip?: Clip,
): Promise<SegmentRequest<Options>> {
  const { options, settings } = call;
  const { fitMask, testNetwork, tuneTestNetwork: tunes = false } = settings;
  const { objects } = options;
  const wanted = { ...call, objects, fitMask, testNetwork, tunes, command: 'osvos segment' };
  const input = await readCall(wanted, clip);
  const out = call.out ?? defaultOut(input.clip.name, call.method.name);
  refuseInputAsOutput(out, input);
  const paths = clipOutput(out, input.clip.name);
  if (call.compareTo !== undefined) requireComparable(call.compareTo, input, paths);
  return { input, paths, options, settings };
}

/** Fine-tunes and writes the test network to `out`. Throws as `readInput` and `finetuneClip`; `usage` without a mask. */
export async function finetuneToFile<Options extends CommonOptions>(
  call: FinetuneCall<Options>,
): Promise<FinetuneResult> {
  return withHeldNotes(call, async (held) => {
    const { objects } = call.options;
    const { report } = held;
    const input = await readCall({ ...call, objects, report, tunes: true, command: 'osvos finetune' });
    return finetuneClip({ ...call, input }, createServices({ ...call, held }));
  });
}

type ReadCall = Pick<
  ClipCall<CommonOptions>,
  'source' | 'from' | 'to' | 'startNumber' | 'masks' | 'report'
> & {
  objects?: number[];
  fitMask: boolean;
  testNetwork?: string;
  /** Whether masks are learnt from where there is a test network. */
  tunes: boolean;
  /** What the user wrote, for the error that shows what to write. */
  command: string;
};

async function readCall(call: ReadCall, clip?: Clip): Promise<SegmentInput> {
  const { testNetwork: file, tunes, objects, report } = call;
  const known = file === undefined ? [] : await objectsOfTestNetwork(file);
  for (const text of clip?.notes ?? []) report({ kind: 'note', text });
  const request = { ...call, masks: parseMaskFlags(call.masks) };
  const input = clip
    ? await readMasks(clip, request, report, known)
    : await readInput(request, report, known);
  if (input.objects.length === 0) throw noMask(call, input);
  if (file !== undefined) {
    const followed = known.filter((id) => objects?.includes(id) ?? true);
    checkMasksForNetwork({ file, known: followed, masks: input.masks, tunes }, report);
  }
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

/** Holds notes back until the engine's line, and lets go of them in the end whatever happens. */
export async function withHeldNotes<T>(
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
