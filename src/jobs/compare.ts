/** `osvos compare`: several ways of segmenting on the same sequences, scored and timed. */
import path from 'node:path';
import { writeFileAtomically } from '../clips/atomic-file.js';
import { openDavis } from '../clips/davis.js';
import { readAttributes } from '../clips/davis-attributes.js';
import { OsvosError } from '../errors.js';
import type { Report } from '../progress.js';
import type { ComparedMethod, Comparison } from '../report/comparison.js';
import { comparisonCsv, latexTable, markdownTable } from '../report/comparison-tables.js';
import { scoredFrames } from '../scores/protocols.js';
import { folderOf, type ComparedDataSet, type Contender } from './compare-contenders.js';
import { costOf } from './compare-cost.js';
import { writeReport } from './compare-report.js';
import { runContenders, type ContenderRun, type RunsOptions } from './compare-runs.js';
import { scoreReference, type Reference } from './compare-references.js';
import { meanScores, spreadOfScores } from './compare-seeds.js';
import { evaluate, type EvaluateResult } from './evaluate.js';
import { sequenceOutput } from './output-folder.js';
import { readRunRecord, type RunRecord } from './run-record.js';

export interface CompareJob extends RunsOptions {
  contenders: Contender[];
  /** Each contender is run with each of them; with its own where there is none. */
  seeds?: number[];
  davis: ComparedDataSet;
  references: Reference[];
  out: string;
  force: boolean;
}

/**
 * Runs what is not finished yet, scores all, and writes `scores.json` and tables. Each contender's masks and records are
 * those of `osvos segment` in `OUT/masks/<variant>`, and go on after a stop as these do.
 *
 * @throws OsvosError as `segmentSequences` and `evaluate`
 */
export async function compareOnDataSet(job: CompareJob): Promise<Comparison> {
  const { contenders, davis, out, report } = job;
  refuseTwins([...contenders, ...job.references]);
  const runs = contenders.flatMap((contender) => runsOf(contender, job));
  await runContenders(runs, davis, job);
  const methods: ComparedMethod[] = [];
  let protocol: Comparison['protocol'] = 'davis-2016';
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
  await writeTables(comparison, out);
  const reported = openDavis(davis.root, davis).sequences.map((sequence) => ({
    ...sequence,
    folder: sequence.name,
  }));
  const page = await writeReport(comparison, reported, out, report);
  report({ kind: 'note', text: `report in ${page}, scores and tables beside it` });
  return comparison;
}

function runsOf(contender: Contender, { seeds, out, force }: CompareJob): ContenderRun[] {
  const settings = { ...contender.settings, force };
  return (seeds ?? [undefined]).map((seed) => ({
    contender: {
      ...contender,
      options: seed === undefined ? contender.options : { ...contender.options, seed },
      settings,
    },
    name: seed === undefined ? contender.label : `${contender.label}@seed=${seed}`,
    folder: path.join(out, 'masks', folderOf(contender.label, seed)),
  }));
}

interface Scored {
  folder: string;
  scores: EvaluateResult;
  records: RunRecord[];
}

async function score({ folder, name }: ContenderRun, { davis, engine, report }: CompareJob): Promise<Scored> {
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

function refuseTwins(compared: readonly { label: string }[]): void {
  const seen = new Set<string>();
  for (const { label } of compared) {
    if (seen.has(folderOf(label)))
      throw new OsvosError('usage', 'a method is named twice', label, 'leave one out');
    seen.add(folderOf(label));
  }
}

async function writeTables(comparison: Comparison, out: string): Promise<void> {
  await writeFileAtomically(path.join(out, 'scores.json'), `${JSON.stringify(comparison, null, 1)}\n`);
  await writeFileAtomically(path.join(out, 'table.md'), markdownTable(comparison));
  await writeFileAtomically(path.join(out, 'table.tex'), latexTable(comparison));
  await writeFileAtomically(path.join(out, 'table.csv'), comparisonCsv(comparison));
}
