/** Scores folders of masks against annotations, by the protocols of DAVIS 2016 and 2017. */
import path from 'node:path';
import { writeFileAtomically } from '../clips/atomic-file.js';
import type { Report } from '../progress.js';
import { describeDegenerate, type MaskFacts } from '../scores/degenerate-masks.js';
import { scoreObject, scoreSet, type Evaluation, type ObjectScores } from '../scores/evaluation.js';
import { protocolOf, scoredFrames, type FrameScore, type Protocol } from '../scores/protocols.js';
import { globalTable, perSequenceTable } from '../scores/tables.js';
import type { FrameTask } from './evaluate-frames.js';
import { scoreTasks } from './evaluate-pool.js';
import { ensureComplete, locateResults, maskFile, type ResultFolders } from './evaluate-results.js';
import {
  firstFilledAnnotation,
  objectsOf,
  openTruth,
  type Truth,
  type TruthSource,
} from './evaluate-truth.js';
import { gatherFaults } from './fault.js';

export interface EvaluateOptions {
  /** Folder with a folder of masks per sequence, or with the masks of one sequence. */
  results: string;
  truth: TruthSource;
  /** By the annotations when left out: 2016 where they are black and white. */
  protocol?: Protocol;
  /** Only these sequences. */
  sequences?: string[];
  /** Folder for the official tables; tables of the same name are replaced, they are never read. */
  csv?: string;
  /** Tell the kinds of wrong pixels too. */
  withErrors?: boolean;
  /** Most threads; all cores when left out. */
  threads?: number;
  report: Report;
}

export interface EvaluateResult extends Evaluation {
  protocol: Protocol;
  sequences: number;
  /** Annotated frames, and how many of them count. */
  frames: number;
  scored: number;
  /** What looks like a mistake rather than a result. */
  warnings: string[];
}

/**
 * Scores masks. Scores are always computed from the masks, never read back from tables.
 * Throws `data-set`, `results-incomplete`, `mask-unreadable` (all exit 3) and `cannot-write` (7).
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluateResult> {
  const { results, report } = options;
  const flatName = path.basename(path.resolve(results));
  const opened = await openTruth(options.truth, flatName, options.sequences);
  const { truth, folders } = await locateResults(results, opened);
  await ensureComplete(folders);
  const protocol = options.protocol ?? (await detectProtocol(truth));
  const scored = await scoreSequences(truth, folders, protocol, options);
  const warnings = describeOddities(scored);
  for (const text of warnings) report({ kind: 'warning', text });
  const objects: Record<string, ObjectScores> = {};
  for (const { name, ids, frames } of scored) {
    ids.forEach((id, k) => (objects[`${name}_${id}`] = scoreObject(frames.map(({ scores }) => scores[k]))));
  }
  const evaluation = scoreSet(objects);
  if (options.csv !== undefined) await writeTables(evaluation, options.csv, truth.set);
  return { ...evaluation, protocol, sequences: truth.sequences.length, ...countFrames(truth), warnings };
}

/** Names `<sequence>_<id>` of what is scored. Throws `data-set` and `mask-unreadable`. */
export async function scoredObjects(source: TruthSource, sequences?: string[]): Promise<string[]> {
  const truth = await openTruth(source, '', sequences);
  const protocol = await detectProtocol(truth);
  const names: string[] = [];
  for (const sequence of truth.sequences)
    for (const id of await objectsOf(sequence, protocol)) names.push(`${sequence.name}_${id}`);
  return names;
}

async function detectProtocol(truth: Truth): Promise<Protocol> {
  const annotations = await Promise.all(truth.sequences.map(firstFilledAnnotation));
  return protocolOf(annotations.filter((labels) => labels !== undefined));
}

function countFrames(truth: Truth): { frames: number; scored: number } {
  let frames = 0;
  let scored = 0;
  for (const sequence of truth.sequences) {
    frames += sequence.frames.length;
    scored += scoredFrames(sequence.frames).length;
  }
  return { frames, scored };
}

/** What was found in a sequence. */
interface Scored {
  name: string;
  ids: readonly number[];
  /** Scored frames in order; scores by object. */
  frames: { name: string; scores: FrameScore[]; facts: MaskFacts }[];
}

async function scoreSequences(
  truth: Truth,
  folders: ResultFolders,
  protocol: Protocol,
  { threads, report, withErrors }: EvaluateOptions,
): Promise<Scored[]> {
  const tasks: FrameTask[] = [];
  const owners: { sequence: Scored; name: string }[] = [];
  const scored: Scored[] = [];
  for (const sequence of truth.sequences) {
    const ids = await objectsOf(sequence, protocol);
    const own: Scored = { name: sequence.name, ids, frames: [] };
    scored.push(own);
    const first = sequence.frames[0].file;
    for (const { name, file } of scoredFrames(sequence.frames)) {
      const prediction = maskFile(folders.get(sequence) as string, name);
      tasks.push({ prediction, truth: file, first, protocol, ids, withErrors });
      owners.push({ sequence: own, name });
    }
  }
  report({ kind: 'stage', stage: 'scoring', total: tasks.length, unit: 'frames' });
  const onProgress = (done: number) => report({ kind: 'step', done });
  const outcomes = await scoreTasks(tasks, { threads, onProgress });
  const faults = outcomes.flatMap((outcome) => ('fault' in outcome ? [outcome.fault] : []));
  if (faults.length > 0) throw gatherFaults(faults);
  outcomes.forEach((outcome, i) => {
    const { sequence, name } = owners[i];
    if ('scores' in outcome) sequence.frames.push({ name, ...outcome });
  });
  return scored;
}

/** What looks like a mistake rather than a score. */
function describeOddities(scored: Scored[]): string[] {
  const short = scored.filter(({ frames }) => frames.length === 0).map(({ name }) => name);
  const warnings = describeDegenerate(scored);
  if (short.length > 0)
    warnings.push(`fewer than three annotated frames, nothing to score: ${short.join(', ')}`);
  return warnings;
}

/** The official tables of a set; those that are there are replaced. Throws `cannot-write`. */
export async function writeTables(evaluation: Evaluation, folder: string, set: string): Promise<void> {
  await writeFileAtomically(path.join(folder, `global_results-${set}.csv`), globalTable(evaluation));
  await writeFileAtomically(
    path.join(folder, `per-sequence_results-${set}.csv`),
    perSequenceTable(evaluation),
  );
}
