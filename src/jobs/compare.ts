/** `osvos compare`: several ways of segmenting on the same sequences, scored and timed. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../clips/atomic-file.js';
import { openDavis } from '../clips/davis.js';
import type { EngineOptions } from '../engine/engine.js';
import { OsvosError } from '../errors.js';
import type { Report } from '../progress.js';
import type { ComparedMethod, Comparison } from '../report/comparison.js';
import { comparisonCsv, latexTable, markdownTable } from '../report/comparison-tables.js';
import { scoredFrames } from '../scores/protocols.js';
import { folderOf, type ChosenWay } from './compare-contenders.js';
import { costOf } from './compare-cost.js';
import { meanScores, spreadOfScores } from './compare-seeds.js';
import { evaluate, type EvaluateResult } from './evaluate.js';
import { sequenceOutput } from './output-folder.js';
import { readRunRecord, type RunRecord } from './run-record.js';
import { segmentSequences } from './segment.js';

export interface CompareJob {
  ways: ChosenWay[];
  /** Each way is run with each of them; with its own where there is none. */
  seeds?: number[];
  davis: { root: string; split: string; sequences?: string[] };
  out: string;
  force: boolean;
  engine: EngineOptions;
  report: Report;
  signal?: AbortSignal;
}

/**
 * Runs what is not finished yet, scores all, and writes `scores.json` and tables. Each way's masks and records are those
 * of `osvos segment` in `OUT/masks/<variant>`, and go on after a stop as these do.
 *
 * @throws OsvosError as `segmentSequences` and `evaluate`
 */
export async function compareOnDataSet(job: CompareJob): Promise<Comparison> {
  const { ways, davis, out, report } = job;
  refuseTwins(ways);
  const { sequences } = openDavis(davis.root, davis);
  const results: { way: ChosenWay; runs: Scored[] }[] = [];
  for (const way of ways) {
    const runs: Scored[] = [];
    for (const seed of job.seeds ?? [undefined]) runs.push(await runAndScore(job, way, seed));
    results.push({ way, runs });
  }
  const comparison: Comparison = {
    version: 1,
    set: davis.split,
    protocol: results[0].runs[0].scores.protocol,
    sequences: sequences.map((sequence) => ({
      name: sequence.name,
      frames: sequence.frameNames,
      scored: scoredFrames(sequence.annotatedFrames()),
      attributes: [],
    })),
    methods: results.map(({ way, runs }) => methodOf(way, runs, out)),
  };
  await writeTables(comparison, out);
  report({ kind: 'note', text: `tables and scores in ${out}` });
  return comparison;
}

interface Scored {
  folder: string;
  scores: EvaluateResult;
  records: RunRecord[];
}

async function runAndScore(job: CompareJob, way: ChosenWay, seed?: number): Promise<Scored> {
  const { davis, engine, force, report, signal } = job;
  const folder = path.join(job.out, 'masks', folderOf(way.label, seed));
  const named: Report = (event) => {
    if (event.kind === 'step') report(event);
    else if (event.kind === 'stage') report({ ...event, stage: `${way.label} ${event.stage}` });
    else report({ ...event, text: `${way.label}: ${event.text}` });
  };
  await way.with(({ method, options, settings }) =>
    segmentSequences({
      ...{ ...davis, out: folder, engine, report: named, signal, method },
      options: seed === undefined ? options : { ...options, seed },
      settings: { ...settings, force },
    }),
  );
  const truth = { davis: davis.root, split: davis.split };
  const { sequences } = davis;
  const scores = await evaluate({
    results: folder,
    truth,
    sequences,
    threads: engine.threads,
    report: named,
  });
  const records: RunRecord[] = [];
  for (const { name } of openDavis(davis.root, davis).sequences) {
    const record = await readRunRecord(sequenceOutput(folder, name).record);
    if (record) records.push(record);
  }
  return { folder, scores, records };
}

function methodOf(way: ChosenWay, runs: readonly Scored[], out: string): ComparedMethod {
  const globals = runs.map(({ scores }) => scores.global);
  return {
    ...{ label: way.label, kind: 'run', family: way.family },
    scores: meanScores(globals),
    ...(runs.length > 1 && { spread: spreadOfScores(globals) }),
    objects: runs[0].scores.objects,
    cost: costOf(runs.flatMap(({ records }) => records)),
    folders: runs.map(({ folder }) => path.relative(out, folder)),
    warnings: [...new Set(runs.flatMap(({ records }) => records.flatMap(({ warnings }) => warnings)))],
  };
}

function refuseTwins(ways: readonly ChosenWay[]): void {
  const seen = new Set<string>();
  for (const { label } of ways) {
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

/** A comparison that was written before. Throws `data-set`. */
export async function readComparison(folder: string): Promise<Comparison> {
  const file = path.join(folder, 'scores.json');
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new OsvosError('data-set', error.message, file, 'give the --out of osvos compare', {
      cause: error,
    });
  });
  return JSON.parse(text) as Comparison;
}
