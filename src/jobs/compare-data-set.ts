/** `osvos compare`: several ways of segmenting on the same sequences, scored and timed. */
import path from 'node:path';
import { openDavis } from '../clips/davis.js';
import { readAttributes } from '../clips/davis-attributes.js';
import type { Report } from '../progress.js';
import type { ComparedMethod, Comparison } from '../report/comparison.js';
import { scoredFrames, type Protocol } from '../scores/protocols.js';
import type { ComparedDataSet, Contender } from './compare-contenders.js';
import { costOf } from './compare-cost.js';
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
import { evaluate, type EvaluateResult } from './evaluate.js';
import { sequenceOutput } from './output-folder.js';
import { readRunRecord, type RunRecord } from './run-record.js';

export interface DataSetComparison extends CompareOptions {
  davis: ComparedDataSet;
  references: Reference[];
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
  const runs = contenders.flatMap((contender) => runsOf(contender, job));
  await runContenders(runs, davis, job);
  const methods: ComparedMethod[] = [];
  let protocol: Protocol = 'davis-2016';
  for (const contender of contenders) {
    const own = runs.filter((run) => run.contender.label === contender.label);
    const scored: Scored[] = [];
    for (const run of own) scored.push(await score(run, job));
    protocol = scored[0].scores.protocol;
    methods.push(methodOf(contender, scored, out));
  }
  const objects = Object.keys(methods[0].objects);
  for (const reference of job.references) {
    const named: Report = (event) =>
      report(event.kind === 'stage' ? { ...event, stage: `scoring ${reference.label}` } : event);
    const { threads } = job.engine;
    methods.push(await scoreReference(reference, davis, objects, { threads, report: named, out }));
  }
  const attributes = await readAttributes(davis.root);
  const sequences = openDavis(davis.root, davis).sequences.map((sequence) => ({
    name: sequence.name,
    frames: sequence.frameNames,
    scored: scoredFrames(sequence.annotatedFrames()),
    attributes: attributes.get(sequence.name) ?? [],
  }));
  const comparison: Comparison = { version: 1, set: davis.split, protocol, sequences, methods };
  const reported = openDavis(davis.root, davis).sequences.map((own) => ({ ...own, folder: own.name }));
  await writeComparison(comparison, reported, out, report);
  return comparison;
}

interface Scored {
  folder: string;
  scores: EvaluateResult;
  records: RunRecord[];
}

async function score(
  { folder, name }: ContenderRun,
  { davis, engine, report }: DataSetComparison,
): Promise<Scored> {
  const { root, split, sequences } = davis;
  const scores = await evaluate({
    ...{ results: folder, truth: { davis: root, split }, sequences, threads: engine.threads },
    report: (event) => report(event.kind === 'stage' ? { ...event, stage: `scoring ${name}` } : event),
  });
  const records: RunRecord[] = [];
  for (const sequence of openDavis(root, davis).sequences) {
    const record = await readRunRecord(sequenceOutput(folder, sequence.name).record);
    if (record) records.push(record);
  }
  return { folder, scores, records };
}

function methodOf({ label, family }: Contender, runs: readonly Scored[], out: string): ComparedMethod {
  const globals = runs.map(({ scores }) => scores.global);
  return {
    ...{ label, kind: 'run', family },
    scores: meanScores(globals),
    ...(runs.length > 1 && { spread: spreadOfScores(globals) }),
    objects: runs[0].scores.objects,
    cost: costOf(runs.flatMap(({ records }) => records)),
    folders: runs.map(({ folder }) => path.relative(out, folder)),
    warnings: [...new Set(runs.flatMap(({ records }) => records.flatMap(({ warnings }) => warnings)))],
  };
}
