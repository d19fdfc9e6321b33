/** What a parent network is worth: fine-tuned and scored on sequences that it was not trained on. */
import path from 'node:path';
import { openDavis } from '../clips/davis.js';
import type { EngineOptions } from '../engine/engine.js';
import { OsvosError } from '../errors.js';
import { osvosDefaults, osvosThreshold } from '../methods/osvos/defaults.js';
import { methods } from '../methods/registry.js';
import type { TrunkName } from '../networks/trunk-names.js';
import type { Report } from '../progress.js';
import type { ScoreName } from '../scores/evaluation.js';
import { evaluate } from './evaluate.js';
import { masksOnly } from './segment-options.js';
import { segmentSequences } from './segment.js';

export interface HoldOutJob {
  root: string;
  split: string;
  trunk: TrunkName;
  /** The parent's file. */
  parent: string;
  size: number;
  seed: number;
  /** Masks go here; scores are returned. */
  out: string;
  engine: EngineOptions;
  report: Report;
  signal?: AbortSignal;
}

const DEFAULT_SPLIT = 'train-hold-out';

/** The hold-out split of a data set that has one, unless the training split shares sequences with it. */
export function defaultHoldOut(root: string, trainingSplit: string): string | undefined {
  try {
    const held = openDavis(root, { split: DEFAULT_SPLIT }).sequences.map(({ name }) => name);
    const trained = new Set(openDavis(root, { split: trainingSplit }).sequences.map(({ name }) => name));
    return held.some((name) => trained.has(name)) ? undefined : DEFAULT_SPLIT;
  } catch (error) {
    if (error instanceof OsvosError && error.code === 'data-set') return undefined; // no such list: nothing to score on
    throw error;
  }
}

/** Segments the split with the default fine-tuning and gives the mean scores. Throws as `segmentSequences` and `evaluate`. */
export async function scoreHoldOut(job: HoldOutJob): Promise<Record<ScoreName, number | null>> {
  const { root, split, trunk, parent, size, seed, out, engine, report, signal } = job;
  report({ kind: 'note', text: `scoring on ${split}` });
  await segmentSequences({
    ...{ root, split, out, engine, report, signal },
    method: methods.osvos,
    options: { ...osvosDefaults, trunk, parent: path.resolve(parent), size, seed },
    settings: { ...masksOnly, threshold: osvosThreshold },
  });
  return (await evaluate({ results: out, truth: { davis: root, split }, threads: engine.threads, report }))
    .global;
}
