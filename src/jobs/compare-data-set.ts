/** `osvos compare`: several ways of segmenting on the same sequences, scored and timed. */
import path from 'node:path';
import { readAttributes } from '../clips/davis-attributes.js';
import type { ComparedMethod, Comparison } from '../report/comparison.js';
import { meanErrors } from '../scores/error-split.js';
import { scoredFrames, type Protocol } from '../scores/protocols.js';
import type { ComparedDataSet, Contender } from './compare-contenders.js';
import { takeOver } from './compare-merge.js';
import { costOf } from './compare-cost.js';
import { detailsOf } from './compare-run-details.js';
import { writeComparison } from './compare-files.js';
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
  const runs = contenders.flatMap((contender) => runsOf(contender, job));
  await runContenders(runs, davis, job);
  const methods: ComparedMethod[] = [];
  let protocol: Protocol = 'davis-2016';
  for (const contender of contenders) {
    const scored: Scored[] = [];
    for (const run of runs.filter((each) => each.contender.label === contender.label))
      scored.push(await score(run, own, job));
    protocol = scored[0].scores.protocol;
    methods.push(methodOf(contender, scored, job));
  }
  methods.push(...references);
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

interface Scored {
  folder: string;
  scores: EvaluateResult;
  records: RunRecord[];
  /** About its masks. */
  warnings: string[];
}

async function score(
  { folder, name }: ContenderRun,
  { root, split, sequences, shard }: ComparedDataSet & { sequences: string[] },
  { engine, report, out }: DataSetComparison,
): Promise<Scored> {
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
  return { folder, scores, records, warnings: heard.warnings };
}

function methodOf(
  { label, family }: Contender,
  runs: readonly Scored[],
  { davis, out }: DataSetComparison,
): ComparedMethod {
  const globals = runs.map(({ scores }) => scores.global);
  const records = runs.flatMap((run) => run.records);
  return {
    ...{ label, kind: 'run', family },
    scores: meanScores(globals),
    ...(runs.length > 1 && { spread: spreadOfScores(globals) }),
    objects: runs[0].scores.objects,
    errors: meanErrors(runs.flatMap(({ scores }) => scores.errors ?? [])),
    cost: costOf(records),
    folders: runs.map(({ folder }) => path.relative(out, folder)),
    warnings: [...new Set([...runs, ...records].flatMap(({ warnings }) => warnings))],
    run: detailsOf(label, davis, records),
  };
}
