/** Every sequence of a data set, each segmented like a clip of its own from its first annotation. */
import path from 'node:path';
import { openDavis, type DavisSequence } from '../clips/davis.js';
import type { Engine } from '../engine/engine.js';
import { removeLeftovers } from '../clips/leftover-files.js';
import { OsvosError } from '../errors.js';
import type { Report } from '../progress.js';
import { addEstimates, describeEstimate, type Estimate } from './estimate.js';
import { lookAtOutput, makeWritable, sequenceOutput } from './output-folder.js';
import {
  differences,
  readRunRecord,
  writeRunRecord,
  type RunIdentity,
  type RunRecord,
  type RunStatus,
  type StoredRun,
} from './run-record.js';
import { segmentClip } from './segment-clip.js';
import { segmentInTurn, type Turn } from './segment-in-turn.js';
import { estimateClip } from './segment-estimate.js';
import { readMasks } from './segment-input.js';
import {
  recordedOptions,
  type CommonOptions,
  type SegmentServices,
  type SegmentSettings,
} from './segment-options.js';
import type { SegmentRequest } from './segment-request.js';

/** Part `index` of `count`, both counted from 1. */
export interface Shard {
  index: number;
  count: number;
}

export interface DataSetRequest<Options extends CommonOptions> {
  root: string;
  split: string;
  /** Only these; all of the split when left out. */
  sequences?: string[];
  shard?: Shard;
  /** Frames whose annotations are given besides the first, by sequence. */
  annotations?: Readonly<Record<string, readonly string[]>>;
  /** The results' root folder. */
  out: string;
  options: Options;
  settings: SegmentSettings;
}

/** What the data set's record tells of one sequence. */
export interface SequenceSummary {
  name: string;
  status: RunStatus;
  frames: number;
  objects: number[];
  /** All stages together. */
  seconds: number;
  secondsPerFrame: number | null;
}

/** `run.json` beside the sequences' folders: all sequences that have a record, whichever start made them. */
export interface DataSetRecord extends StoredRun {
  sequences: SequenceSummary[];
  /** Mean over the sequences, all stages. */
  secondsPerSequence: number | null;
  warnings: string[];
}

/**
 * Segments the sequences of a split, or of one shard of it. Goes on where an earlier call stopped, also one with other
 * sequences or another shard; a sequence that fails does not stop the others.
 *
 * @throws OsvosError `data-set`, and what `segmentClip` throws, as `segmentInTurn` sums it up
 */
export async function segmentDataSet<Options extends CommonOptions>(
  request: DataSetRequest<Options>,
  services: SegmentServices<Options>,
): Promise<DataSetRecord> {
  const { root, split, out, settings } = request;
  const all = openDavis(root, { split }).sequences.map((sequence) => sequence.name);
  const chosen = chooseSequences(request);
  const file = path.join(out, 'run.json');
  const identity = await identifyDataSet(request, services);
  await lookAtOutput<DataSetRecord>({ folder: out, record: file }, identity, settings.force);
  await makeWritable(out);
  await removeLeftovers(out, { of: file });
  const writeSummary = async (status: RunStatus) => {
    const record = await summarise(identity, out, all, status);
    await writeRunRecord(file, record);
    return record;
  };

  await writeSummary('running');
  try {
    await announce(chosen, request, services);
    const turns = chosen.map((sequence) => sequenceTurn(sequence, request, services));
    await segmentInTurn(turns, 'sequences', services.report);
  } catch (error) {
    await writeSummary(
      error instanceof OsvosError && error.code === 'interrupted' ? 'interrupted' : 'failed',
    );
    throw error;
  }
  return writeSummary('finished');
}

/** Sequences of the request, in the split's order. Throws `data-set`, and `usage` for a shard without sequences. */
export function chooseSequences({
  root,
  split,
  sequences,
  shard,
}: Pick<DataSetRequest<CommonOptions>, 'root' | 'split' | 'sequences' | 'shard'>): DavisSequence[] {
  const listed = openDavis(root, { split, sequences }).sequences;
  if (!shard) return listed;
  // every count-th one, so that the shards are of about the same length
  const chosen = listed.filter((_, i) => i % shard.count === shard.index - 1);
  if (chosen.length === 0) {
    throw new OsvosError(
      'usage',
      `no sequence is left for shard ${shard.index}/${shard.count}`,
      '',
      `there are ${listed.length} sequences`,
    );
  }
  return chosen;
}

/** A sequence as a clip of its own. */
export async function sequenceRequest<Options extends CommonOptions>(
  sequence: DavisSequence,
  {
    out,
    options,
    settings,
    annotations = {},
  }: Pick<DataSetRequest<Options>, 'out' | 'options' | 'settings' | 'annotations'>,
  report: Report,
): Promise<SegmentRequest<Options>> {
  const given = [sequence.firstAnnotation, ...(annotations[sequence.name] ?? [])];
  const masks = given.map((frame) => ({ key: frame, file: sequence.annotationFile(frame) }));
  const { objects } = options;
  const input = await readMasks(await sequence.clip(), { masks, objects, fitMask: settings.fitMask }, report);
  return { input, paths: sequenceOutput(out, sequence.name), options, settings };
}

function sequenceTurn<Options extends CommonOptions>(
  sequence: DavisSequence,
  request: DataSetRequest<Options>,
  services: SegmentServices<Options>,
): Turn<RunRecord> {
  return {
    name: sequence.name,
    run: async (report) => {
      const own = await sequenceRequest(sequence, request, report);
      return segmentClip(own, { ...services, report }, { announced: true });
    },
  };
}

/** Says what all sequences that are not finished will take together. Throws `memory` and `cannot-write`. */
async function announce<Options extends CommonOptions>(
  sequences: DavisSequence[],
  request: DataSetRequest<Options>,
  services: SegmentServices<Options>,
): Promise<void> {
  const { machine, report } = services;
  const estimates: Estimate[] = [];
  let engine: Engine | undefined;
  for (const sequence of sequences) {
    const former = await readRunRecord(sequenceOutput(request.out, sequence.name).record);
    const goesOn = former !== undefined && !request.settings.force;
    if (goesOn && former.status === 'finished') continue;
    engine ??= await services.startEngine(goesOn ? former : undefined);
    const method = await services.method.load();
    // what there is to tell of clip and mask is told when the sequence's turn comes
    const own = await sequenceRequest(sequence, request, () => undefined);
    const foresight = await estimateClip({ request: own, method, machine, goesOn, engine, started: true });
    if (foresight) estimates.push(foresight.estimate);
  }
  if (engine && estimates.length > 0)
    report({ kind: 'note', text: describeEstimate(addEstimates(estimates), engine.device) });
}

async function identifyDataSet<Options extends CommonOptions>(
  { root, split, options, settings }: DataSetRequest<Options>,
  services: SegmentServices<Options>,
): Promise<RunIdentity> {
  return {
    command: 'segment',
    method: services.method.name,
    options: recordedOptions(options, settings),
    seed: options.seed,
    weights: await services.weights(options, settings),
    input: { source: path.resolve(root), split },
    annotations: [],
    objects: options.objects ?? [],
  };
}

async function summarise(
  identity: RunIdentity,
  out: string,
  all: string[],
  status: RunStatus,
): Promise<DataSetRecord> {
  const sequences: SequenceSummary[] = [];
  const warnings: string[] = [];
  for (const name of all) {
    const record = await readRunRecord(sequenceOutput(out, name).record);
    if (!record || !belongs(record, identity)) continue;
    sequences.push(summariseSequence(name, record));
    warnings.push(...record.warnings.map((text) => `${name}: ${text}`));
  }
  const sum = sequences.reduce((total, { seconds }) => total + seconds, 0);
  const secondsPerSequence = sequences.length > 0 ? Math.round((sum / sequences.length) * 10) / 10 : null;
  // another shard may still be at work
  const unfinished = sequences.some((sequence) => sequence.status !== 'finished');
  return {
    ...identity,
    status: status === 'finished' && unfinished ? 'running' : status,
    sequences,
    secondsPerSequence,
    warnings,
  };
}

/** Whether a sequence's record was made with the data set's options: after --force others may still lie there. */
function belongs(record: RunRecord, identity: RunIdentity): boolean {
  const { input, annotations, objects } = identity;
  return differences({ ...record, input, annotations, objects }, identity).length === 0;
}

function summariseSequence(name: string, record: RunRecord): SequenceSummary {
  const { status, objects, secondsPerFrame } = record;
  const seconds = Object.values(record.seconds).reduce((a, b) => a + b, 0);
  return {
    name,
    status,
    frames: record.frames.length,
    objects,
    seconds: Math.round(seconds * 10) / 10,
    secondsPerFrame,
  };
}
