/** Scores folders of masks against annotations, by the protocols of DAVIS 2016 and 2017. */
import path from 'node:path';
import { writeFileAtomically } from '../clips/atomic-file.js';
import { OsvosError } from '../errors.js';
import type { Report } from '../progress.js';
import { scoreObject, scoreSet, type Evaluation, type ObjectScores } from '../scores/evaluation.js';
import {
  isBlackAndWhite,
  objectCount,
  protocolOf,
  scoredFrames,
  type FrameScore,
  type Protocol,
} from '../scores/protocols.js';
import { globalTable, perSequenceTable } from '../scores/tables.js';
import type { FrameTask } from './evaluate-frames.js';
import { scoreTasks } from './evaluate-pool.js';
import { ensureComplete, locateResults, maskFile, type ResultFolders } from './evaluate-results.js';
import {
  firstAnnotation,
  firstFilledAnnotation,
  openTruth,
  type Truth,
  type TruthSequence,
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
  const scores = await scoreSequences(truth, folders, protocol, options);
  warnOfOddities(scores, report);
  const objects: Record<string, ObjectScores> = {};
  for (const [sequence, byObject] of scores) {
    byObject.forEach((frames, i) => (objects[`${sequence.name}_${i + 1}`] = scoreObject(frames)));
  }
  const evaluation = scoreSet(objects);
  if (options.csv !== undefined) await writeTables(evaluation, options.csv, truth.set);
  return { ...evaluation, protocol, sequences: truth.sequences.length, ...countFrames(truth) };
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

/** For each sequence and object the scores of its frames in order. */
async function scoreSequences(
  truth: Truth,
  folders: ResultFolders,
  protocol: Protocol,
  { threads, report, withErrors }: EvaluateOptions,
): Promise<Map<TruthSequence, FrameScore[][]>> {
  const tasks: FrameTask[] = [];
  const scores = new Map<TruthSequence, FrameScore[][]>();
  const owners: FrameScore[][][] = [];
  for (const sequence of truth.sequences) {
    const objects = protocol === 'davis-2016' ? 1 : await countObjects(sequence);
    const byObject = Array.from({ length: objects }, (): FrameScore[] => []);
    scores.set(sequence, byObject);
    for (const { name, file } of scoredFrames(sequence.frames)) {
      tasks.push({
        prediction: maskFile(folders.get(sequence) as string, name),
        truth: file,
        protocol,
        objects,
        withErrors,
      });
      owners.push(byObject);
    }
  }
  report({ kind: 'stage', stage: 'scoring', total: tasks.length, unit: 'frames' });
  const onProgress = (done: number) => report({ kind: 'step', done });
  const outcomes = await scoreTasks(tasks, { threads, onProgress });
  const faults = outcomes.flatMap((outcome) => ('fault' in outcome ? [outcome.fault] : []));
  if (faults.length > 0) throw gatherFaults(faults);
  outcomes.forEach((outcome, i) => {
    if ('scores' in outcome) outcome.scores.forEach((score, object) => owners[i][object].push(score));
  });
  return scores;
}

/** Objects of a sequence in the 2017 protocol. Throws `data-set` where the first annotation has none. */
async function countObjects(sequence: TruthSequence): Promise<number> {
  const first = await firstAnnotation(sequence);
  const objects = objectCount('davis-2017', first);
  if (objects > 0) return objects;
  const { file } = sequence.frames[0];
  if (isBlackAndWhite(first)) {
    const what = 'the annotation is black and white, where davis-2017 wants object ids (255 is void)';
    throw new OsvosError('data-set', what, file, 'score with --protocol davis-2016');
  }
  throw new OsvosError(
    'data-set',
    'the first annotation has no object',
    file,
    'leave the sequence out with --sequences',
  );
}

/** Says what looks like a mistake rather than a score. */
function warnOfOddities(scores: Map<TruthSequence, FrameScore[][]>, report: Report): void {
  const names = (wanted: (objects: FrameScore[][]) => boolean) =>
    [...scores].filter(([, objects]) => wanted(objects)).map(([sequence]) => sequence.name);
  // J is 1 only where the masks are equal
  const identical = names((objects) => objects[0].length > 0 && objects.flat().every(({ J }) => J === 1));
  if (identical.length > 0) {
    const text = `the masks equal the annotations in every frame: ${identical.join(', ')}: are these really results?`;
    report({ kind: 'warning', text });
  }
  const short = names((objects) => objects[0].length === 0);
  if (short.length > 0) {
    report({
      kind: 'warning',
      text: `fewer than three annotated frames, nothing to score: ${short.join(', ')}`,
    });
  }
}

/** The official tables of a set; those that are there are replaced. Throws `cannot-write`. */
export async function writeTables(evaluation: Evaluation, folder: string, set: string): Promise<void> {
  await writeFileAtomically(path.join(folder, `global_results-${set}.csv`), globalTable(evaluation));
  await writeFileAtomically(
    path.join(folder, `per-sequence_results-${set}.csv`),
    perSequenceTable(evaluation),
  );
}
