/** `osvos compare`: several ways of segmenting on the same sequences, scored and timed. */
import path from 'node:path';
import type { DavisSequence } from '../clips/davis.js';
import { readAttributes } from '../clips/davis-attributes.js';
import type { ComparedMethod, Comparison } from '../report/comparison.js';
import { meanErrors } from '../scores/error-split.js';
import { scoredFrames } from '../scores/protocols.js';
import type { ComparedDataSet, Contender } from './compare-contenders.js';
import { takeOver } from './compare-merge.js';
import { costOf } from './compare-cost.js';
import { detailsOf } from './compare-run-details.js';
import { writeComparison } from './compare-files.js';
import { ANNOTATIONS, withNextAnnotation } from './compare-rounds.js';
import {
  refuseTwins,
  runContenders,
  runsOf,
  type CompareOptions,
  type ContenderRun,
} from './compare-runs.js';
import { scoreReference, type Reference } from './compare-references.js';
import { meanScores, spreadOfScores } from './compare-seeds.js';
import { keepWarnings } from './compare-warnings.js';
import { evaluate, scoredObjects, type EvaluateResult } from './evaluate.js';
import { sequenceOutput } from './output-folder.js';
import { readRunRecord, type RunRecord } from './run-record.js';
import { chooseSequences } from './segment-data-set.js';

export interface DataSetComparison extends CompareOptions {
  davis: ComparedDataSet;
  references: Reference[];
  /** Comparisons of other shards, whose masks and records are taken over. */
  merge: string[];
  /** Numbers of annotations that each sequence is segmented from, ascending: the first, then the worst frames. */
  annotationsPerSequence: number[];
}

/**
 * Runs what is not finished yet, scores all, and writes `scores.json` and tables. Each contender's masks and records are
 * those of `osvos segment` in `OUT/masks/<variant>`, and go on after a stop as these do.
 *
 * @throws OsvosError as `segmentSequences` and `evaluate`
 */
export async function compareOnDataSet(job: DataSetComparison): Promise<Comparison> {
  const { contenders, davis, out, report } = job;
  refuseTwins([...contenders, ...job.references]);
  const chosen = chooseSequences(davis);
  const own = { ...davis, sequences: chosen.map(({ name }) => name) };
  const references = await scoreReferences(job, own); // first: what is wrong with them is to be heard before hours of work
  for (const folder of job.merge) report({ kind: 'note', text: await takeOver(folder, out) });
  const found = await runRounds(job, chosen, own);
  const methods = contenders.flatMap((contender) =>
    job.annotationsPerSequence.map((count) => {
      const scored = found.filter(
        (each) => each.count === count && each.of.contender.label === contender.label,
      );
      return methodOf(contender, scored, job);
    }),
  );
  methods.push(...references);
  const { protocol } = found[0].scores;
  const attributes = await readAttributes(davis.root);
  const sequences = chosen.map((sequence) => ({
    name: sequence.name,
    frames: sequence.frameNames,
    scored: scoredFrames(sequence.annotatedFrames()),
    attributes: attributes.get(sequence.name) ?? [],
  }));
  const comparison: Comparison = { version: 1, set: davis.split, protocol, sequences, methods };
  // the files are those of all shards; this one's own scores are printed
  if (davis.shard) return comparison;
  const reported = chosen.map((sequence) => ({ ...sequence, folder: sequence.name }));
  await writeComparison(comparison, reported, out, report);
  return comparison;
}

async function scoreReferences(
  { references, engine, out, report }: DataSetComparison,
  own: ComparedDataSet & { sequences: string[] },
): Promise<ComparedMethod[]> {
  if (references.length === 0) return [];
  const { root, split, sequences } = own;
  const objects = await scoredObjects({ davis: root, split }, sequences);
  const methods: ComparedMethod[] = [];
  for (const reference of references) {
    methods.push(await scoreReference(reference, own, objects, { threads: engine.threads, report, out }));
  }
  return methods;
}

/** A run that is finished and scored. */
interface Scored {
  /** Annotations of each sequence, and the run of the first round. */
  count: number;
  of: ContenderRun;
  run: ContenderRun;
  scores: EvaluateResult;
  records: RunRecord[];
  /** About its masks. */
  warnings: string[];
}

/** Runs and scores all rounds: what the next one is given depends on the scores of the one before. */
async function runRounds(
  job: DataSetComparison,
  chosen: readonly DavisSequence[],
  own: ComparedDataSet & { sequences: string[] },
): Promise<Scored[]> {
  const first = job.contenders.flatMap((contender) => runsOf(contender, job));
  const found: Scored[] = [];
  const frames = chosen.reduce((sum, { frameNames }) => sum + frameNames.length, 0);
  let runs = first;
  for (let count = 1; count <= Math.max(...job.annotationsPerSequence); count++) {
    await runContenders(runs, job.davis, frames, job);
    const scored: Scored[] = [];
    for (const [i, run] of runs.entries())
      scored.push({ count, of: first[i], run, ...(await score(run, own, job)) });
    runs = scored.map(({ of, run, scores }) =>
      withNextAnnotation(run, of, scores.objects, chosen, count + 1),
    );
    found.push(...scored);
  }
  return found;
}

async function score(
  { folder, name }: ContenderRun,
  { root, split, sequences, shard }: ComparedDataSet & { sequences: string[] },
  { engine, report, out }: DataSetComparison,
): Promise<Pick<Scored, 'scores' | 'records' | 'warnings'>> {
  const heard = keepWarnings(report, name);
  const scores = await evaluate({
    ...{
      results: folder,
      truth: { davis: root, split },
      sequences,
      threads: engine.threads,
      withErrors: true,
    },
    // a shard's tables would be taken for those of the whole set
    csv: shard ? undefined : path.join(out, 'csv', path.basename(folder)),
    report: heard.report,
  });
  const records: RunRecord[] = [];
  for (const sequence of sequences) {
    const record = await readRunRecord(sequenceOutput(folder, sequence).record);
    if (record) records.push(record);
  }
  return { scores, records, warnings: heard.warnings };
}

function methodOf(
  { label, family, series }: Contender,
  runs: readonly Scored[],
  { davis, out, annotationsPerSequence }: DataSetComparison,
): ComparedMethod {
  const globals = runs.map(({ scores }) => scores.global);
  const records = runs.flatMap((run) => run.records);
  const [{ count, run }] = runs;
  const refined = annotationsPerSequence.length > 1 || count > 1;
  return {
    label: count > 1 ? `${label}@${ANNOTATIONS}=${count}` : label,
    ...{ kind: 'run', family },
    series: refined ? { of: label, name: ANNOTATIONS, value: String(count) } : series,
    annotated: run.annotations,
    scores: meanScores(globals),
    ...(runs.length > 1 && { spread: spreadOfScores(globals) }),
    objects: runs[0].scores.objects,
    errors: meanErrors(runs.flatMap(({ scores }) => scores.errors ?? [])),
    cost: costOf(records),
    folders: runs.map(({ run: { folder } }) => path.relative(out, folder)),
    warnings: [...new Set([...runs, ...records].flatMap(({ warnings }) => warnings))],
    run: detailsOf(run.annotations ? undefined : label, davis, records),
  };
}
