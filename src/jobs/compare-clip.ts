/** `osvos compare` on a clip of one's own: nobody knows the truth, so what is told is time, memory, and where methods differ. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readLabelPng } from '../clips/label-png.js';
import { openClip } from '../clips/open-clip.js';
import type { LabelMap } from '../label-map.js';
import type { ComparedMethod, Comparison } from '../report/comparison.js';
import { agreementOf } from '../scores/agreement.js';
import { scoreSet } from '../scores/evaluation.js';
import { mean } from '../scores/statistics.js';
import type { ComparedClip } from './compare-contenders.js';
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
import { clipOutput } from './output-folder.js';
import { readRunRecord, type RunRecord } from './run-record.js';

/** Runs what is not finished yet and writes report, tables and `scores.json`. Throws as `segmentOneClip`. */
export async function compareOnClip(job: CompareOptions & { clip: ComparedClip }): Promise<Comparison> {
  const { contenders, out, report } = job;
  refuseTwins(contenders);
  const clip = await openClip(job.clip.source, job.clip);
  const runs = contenders.flatMap((contender) => runsOf(contender, job));
  await runContenders(runs, job.clip, clip.last - clip.first + 1, job);
  const methods: ComparedMethod[] = [];
  const given = new Set<string>();
  for (const { label, family, series } of contenders) {
    const own = runs.filter((run) => run.contender.label === label);
    const records = await recordsOf(own, clip.name);
    for (const { frame } of records.flatMap(({ annotations }) => annotations)) given.add(frame);
    methods.push({
      ...{ label, kind: 'run', family, series },
      // undefined all: there is nothing to score against
      scores: scoreSet({}).global,
      objects: {},
      cost: costOf(records),
      folders: own.map(({ folder }) => path.relative(out, folder)),
      warnings: [...new Set(records.flatMap(({ warnings }) => warnings))],
      run: detailsOf(label, job.clip, records),
    });
  }
  const frames = clip.names.slice(clip.first, clip.last + 1);
  const looked = frames.filter((frame) => !given.has(frame));
  report({ kind: 'stage', stage: 'comparing masks', total: looked.length, unit: 'frames' });
  const agreement = await agreements(methods, looked, out, (done) => report({ kind: 'step', done }));
  const sequence = { name: clip.name, frames: [...clip.names], scored: [], attributes: [] };
  const comparison: Comparison = {
    version: 1,
    set: clip.name,
    protocol: null,
    sequences: [sequence],
    methods,
    agreement,
  };
  const reported = { name: clip.name, clip: () => Promise.resolve(clip), folder: '' };
  await writeComparison(comparison, [reported], out, report);
  return comparison;
}

async function recordsOf(runs: readonly ContenderRun[], clip: string): Promise<RunRecord[]> {
  const records = await Promise.all(runs.map(({ folder }) => readRunRecord(clipOutput(folder, clip).record)));
  return records.filter((record) => record !== undefined);
}

/** Mean over frames of how far each two methods agree, `[method][method]`; of their first seeds. */
async function agreements(
  methods: readonly ComparedMethod[],
  frames: readonly string[],
  out: string,
  onProgress: (done: number) => void,
): Promise<(number | null)[][]> {
  const values = methods.map(() => methods.map((): number[] => []));
  for (const [done, frame] of frames.entries()) {
    const files = methods.map(({ folders }) => path.join(out, folders[0], `${frame}.png`));
    const labels = await Promise.all(files.map(readIfThere));
    labels.forEach((a, i) => {
      labels.forEach((b, j) => {
        const agreement = a && b && i < j ? agreementOf(a, b) : null;
        if (agreement !== null) for (const own of [values[i][j], values[j][i]]) own.push(agreement);
      });
    });
    onProgress(done + 1);
  }
  return values.map((row, i) => row.map((own, j) => (i === j ? 1 : mean(own))));
}

async function readIfThere(file: string): Promise<LabelMap | undefined> {
  return existsSync(file) ? readLabelPng(file) : undefined;
}
