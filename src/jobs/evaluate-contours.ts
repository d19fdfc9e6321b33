/** Scores contour maps by the boundary benchmark of BSDS500. */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { writeFileAtomically } from '../clips/atomic-file.js';
import { readBsds, type Bsds, type BsdsImage } from '../datasets/bsds.js';
import type { Report } from '../progress.js';
import type { Counts } from '../scores/contour-benchmark/counts.js';
import { summarise, type Summary } from '../scores/contour-benchmark/summary.js';
import { imageTable, thresholdTable } from '../scores/contour-benchmark/tables.js';
import { evenThresholds } from '../scores/contour-benchmark/thresholds.js';
import type { ContourOutcome, ContourTask } from './evaluate-contours-image.js';
import type { ContourMaps } from './evaluate-contours-maps.js';
import { gatherFaults, type Fault } from './fault.js';
import { runInThreads } from './worker-pool.js';

/** Opens what gives the maps, once it is known which images there are. */
export type OpenMaps = (
  images: BsdsImage[],
  bsds: Bsds,
) => Promise<{ maps: ContourMaps; close?: () => void }>;

export interface EvaluateContoursOptions {
  /** Root folder of BSDS500. */
  bsds: string;
  split: string;
  openMaps: OpenMaps;
  /** Number of thresholds between 0 and 1. */
  thresholds: number;
  /** Whether maps are reduced to their ridges first: yes for a network's raw maps, no for ultrametric ones. */
  suppress: boolean;
  /** Only every Nth image, from the first on. */
  every: number;
  /** Folder for tables by image and by threshold. */
  csv?: string;
  /** Most threads; all cores when left out. */
  threads?: number;
  signal?: AbortSignal;
  report: Report;
}

export interface EvaluateContoursResult {
  summary: Summary;
  images: number;
}

/**
 * Scores a map for each image of a split.
 * Throws `data-set`, `contour-map` (exit 3), `cannot-write` (7), `interrupted` (130) and what the maps throw.
 */
export async function evaluateContours(options: EvaluateContoursOptions): Promise<EvaluateContoursResult> {
  const { split, csv } = options;
  const bsds = readBsds(options.bsds);
  const images = bsds.list(split).filter((_, i) => i % options.every === 0);
  const thresholds = evenThresholds(options.thresholds);
  const { maps, close } = await options.openMaps(images, bsds);
  const counts = await countImages(images, maps, thresholds, options).finally(close);
  const summary = summarise(thresholds, counts);
  if (csv !== undefined) {
    const ids = images.map(({ id }) => id);
    await writeFileAtomically(path.join(csv, `contours-by-image-${split}.csv`), imageTable(ids, summary));
    await writeFileAtomically(path.join(csv, `contours-by-threshold-${split}.csv`), thresholdTable(summary));
  }
  return { summary, images: images.length };
}

/** `[image][threshold]`. */
async function countImages(
  images: readonly BsdsImage[],
  maps: ContourMaps,
  thresholds: number[],
  { bsds, suppress, threads = availableParallelism(), signal, report }: EvaluateContoursOptions,
): Promise<Counts[][]> {
  const counts = new Array<Counts[]>(images.length);
  const faults: Fault[] = [];
  let done = 0;
  report({ kind: 'stage', stage: 'scoring', total: images.length, unit: 'images' });
  await runInThreads<ContourTask, ContourOutcome>({
    script: new URL('./evaluate-contours-worker.js', import.meta.url),
    threads,
    count: images.length,
    unit: 'images',
    task: async (index) => {
      const image = images[index];
      return { bsds, image, map: await maps(image), suppress, thresholds };
    },
    onOutcome: (outcome, index) => {
      if ('fault' in outcome) faults.push(outcome.fault);
      else counts[index] = outcome.counts;
      report({ kind: 'step', done: ++done });
    },
    signal,
  });
  if (faults.length > 0) throw gatherFaults(faults);
  return counts;
}
