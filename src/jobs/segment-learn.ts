/** Segmenters that know the annotations: fine-tuned now, before the last stop, or by somebody else. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Clip } from '../clips/clip.js';
import {
  learningStage,
  type Annotation,
  type LearnOptions,
  type Method,
  type Segmenter,
} from '../methods/method.js';
import type { Report } from '../progress.js';
import { readSafetensors, writeSafetensors } from '../weights/safetensors.js';
import type { Clock } from './clock.js';
import type { GivenMask } from './segment-given-masks.js';
import { watchSteps } from './segment-record.js';

/** Key of the kept network's header under which stand the steps that learning took, by stage. */
const STEPS_KEY = 'steps';

/** Frames are listed in a file's name up to so many characters: file systems end at 255, of which writing takes some. */
const LONGEST_LIST = 100;

export interface LearnJob<Options> {
  method: Method<Options>;
  options: Options;
  clip: Clip;
  masks: GivenMask[];
  /** Folder for what it takes to go on. */
  checkpoints: string;
  /** Where learning begins in place of the method's own start; with `tunes` false it is used as it is. */
  testNetwork?: string;
  /** Whether the masks are learnt from: false only with a test network. */
  tunes: boolean;
  clock: Clock;
  report: Report;
  signal?: AbortSignal;
  /** Shows a first result, given a segmenter in the middle of its fine-tuning. */
  preview?: (segmenter: Segmenter) => Promise<void>;
}

/**
 * Opens a segmenter that knows the annotations of the frames `learn`.
 *
 * What was learnt is kept in `checkpoints` until the run is finished: a later start with the same folder restores it
 * instead, so that frames before and after a stop come from the very same network.
 *
 * @throws OsvosError `not-a-number`, `interrupted`, `weights-missing`, `weights-unfit`
 */
export async function openLearnt<Options>(job: LearnJob<Options>, learn: number[]): Promise<Segmenter> {
  const { report, method, clock } = job;
  const kept = keptFile(job.checkpoints, learn);
  const learnt = job.tunes && existsSync(kept);
  const source = learnt ? kept : job.testNetwork;
  report({ kind: 'stage', stage: 'loading the network' });
  const segmenter = await clock.time('loading', () => method.open(job.options));
  try {
    if (source !== undefined) {
      const { tensors, metadata } = await clock.time('loading', () => readSafetensors(source));
      await clock.time('loading', () => segmenter.restore(tensors));
      for (const [stage, steps] of Object.entries(stepsIn(metadata))) {
        report({ kind: 'stage', stage, total: steps, unit: 'steps', start: steps });
      }
      const what = method.family === 'online' ? 'test network' : 'memory';
      report({ kind: 'note', text: `${what} restored from ${source}` });
    }
    if (job.tunes && !learnt) {
      const watched = watchSteps(report);
      const options = learnOptions({ ...job, report: watched.report }, segmenter, learn);
      await clock.time(learningStage(method), async () => {
        await segmenter.learn(await annotationsOf(job, learn), options);
        await writeSafetensors(kept, await segmenter.save(), { [STEPS_KEY]: JSON.stringify(watched.steps) });
      });
    }
    return segmenter;
  } catch (error) {
    segmenter.close();
    throw error;
  }
}

/** Where a test network is kept while its run is not finished; `learn`: indices of the frames that it learnt from. */
export function keptFile(checkpoints: string, learn: number[]): string {
  const listed = learn.join('-');
  const frames = listed.length <= LONGEST_LIST ? listed : `${learn.length}-frames-${digest(listed)}`;
  return path.join(checkpoints, `test-network-${frames}.safetensors`);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function stepsIn(metadata: Record<string, string>): Record<string, number> {
  return JSON.parse(metadata[STEPS_KEY] ?? '{}') as Record<string, number>;
}

async function annotationsOf<Options>(job: LearnJob<Options>, learn: number[]): Promise<Annotation[]> {
  const annotations: Annotation[] = [];
  for (const { index, labels } of job.masks) {
    if (learn.includes(index)) annotations.push({ frame: await job.clip.frame(index), labels });
  }
  return annotations;
}

function learnOptions<Options>(job: LearnJob<Options>, segmenter: Segmenter, learn: number[]): LearnOptions {
  const { preview, report, signal } = job;
  return {
    report,
    signal,
    // one folder for each set of annotations: what is learnt from one must not go on with another's steps
    checkpoints: path.join(job.checkpoints, `learning-${learn.join('-')}`),
    onPreview: preview && (() => preview(segmenter)),
  };
}
