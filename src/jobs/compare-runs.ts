/** The runs of a comparison: some at once, all told of in one place. */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { EngineOptions } from '../engine/engine.js';
import { OsvosError } from '../errors.js';
import type { Report } from '../progress.js';
import { folderOf, type Annotated, type CompareTask, type Contender } from './compare-contenders.js';
import { progressTogether } from './compare-progress.js';
import { runInProcess } from './compare-process.js';

export interface ContenderRun {
  /** With the seed of this run. */
  contender: Contender;
  /** For progress lines. */
  name: string;
  /** Of its masks. */
  folder: string;
  /** Frames whose annotations are given besides the first, by sequence. */
  annotations?: Annotated;
}

export interface RunsOptions {
  /** Runs at once, each with its share of the cores. */
  jobs: number;
  engine: EngineOptions;
  report: Report;
  signal?: AbortSignal;
}

/** What all comparisons are told. */
export interface CompareOptions extends RunsOptions {
  contenders: Contender[];
  /** Each contender is run with each of them; with its own where there is none. */
  seeds?: number[];
  /** Folder of the comparison. */
  out: string;
  /** Do again what other runs left there. */
  force: boolean;
}

/** The runs of a contender, one for each seed. */
export function runsOf(contender: Contender, { seeds, out, force }: CompareOptions): ContenderRun[] {
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

/** Throws `usage` where two would have the same folder. */
export function refuseTwins(compared: readonly { label: string }[]): void {
  const seen = new Set<string>();
  for (const { label } of compared) {
    if (seen.has(folderOf(label)))
      throw new OsvosError('usage', 'a method is named twice', label, 'leave one out');
    seen.add(folderOf(label));
  }
}

/**
 * Runs all, also after one has failed.
 *
 * @param frames that each of them has to segment
 * @throws OsvosError at the end, with the code of the first failure; at once `interrupted`
 */
export async function runContenders(
  runs: readonly ContenderRun[],
  input: CompareTask['input'],
  frames: number,
  { jobs, engine, report, signal }: RunsOptions,
): Promise<void> {
  const threads =
    engine.threads ?? (jobs > 1 ? Math.max(1, Math.floor(availableParallelism() / jobs)) : undefined);
  const together =
    jobs > 1 && runs.length > 1 ? progressTogether(report, { runs: runs.length, jobs, frames }) : undefined;
  const waiting = [...runs];
  const failures: { name: string; error: OsvosError }[] = [];
  const work = async () => {
    for (let run = waiting.shift(); run; run = waiting.shift()) {
      const { contender, name, folder: out, annotations } = run;
      const task = { contender, input, annotations, out, engine: { ...engine, threads } };
      try {
        await runInProcess(task, together?.of(name) ?? named(report, name), signal);
        if (together) report({ kind: 'note', text: `${name}: finished` });
      } catch (error) {
        waiting.splice(0, error instanceof OsvosError && error.code !== 'interrupted' ? 0 : Infinity);
        if (!(error instanceof OsvosError) || error.code === 'interrupted') throw error;
        failures.push({ name, error });
        report({ kind: 'warning', text: `${name} failed: ${error.message}` });
      }
      together?.ended(name);
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, runs.length) }, work));
  if (failures.length === 0) return;
  const list = failures.map(({ name, error }) => `${name} (${error.message})`).join('; ');
  const what = `${failures.length} of ${runs.length} runs failed`;
  throw new OsvosError(failures[0].error.code, what, list, 'the same command does only what is missing');
}

/** Puts the run's name before all that it tells. */
function named(report: Report, name: string): Report {
  return (event) => {
    if (event.kind === 'step') report(event);
    else if (event.kind === 'stage') report({ ...event, stage: `${name} ${event.stage}` });
    else report({ ...event, text: `${name}: ${event.text}` });
  };
}
