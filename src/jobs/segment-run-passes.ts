/** Learns what each pass over the clip needs, and runs the passes that are not finished yet. */
import { existsSync } from 'node:fs';
import { learningStage, type Segmenter } from '../methods/method.js';
import { writeSafetensors } from '../weights/safetensors.js';
import { writePreview } from './preview.js';
import { writeRunRecord } from './run-record.js';
import { isDone, segmentPass, type FrameJob } from './segment-frames.js';
import { keepObjects } from './segment-input.js';
import { keepingOrder } from './segment-keep.js';
import { openLearnt } from './segment-learn.js';
import { describeLearning } from './segment-record.js';
import { learnsFromMasks, type CommonOptions } from './segment-options.js';
import { annotatedFrames, passIndices, type Course, type Pass } from './segment-passes.js';
import type { SegmentRun } from './segment-request.js';

/**
 * Each pass begins with a segmenter that knows its annotations and nothing else; passes with the same annotations share
 * one. Throws as `segmentClip`.
 */
export async function segmentAllPasses<Options extends CommonOptions>(
  run: SegmentRun<Options>,
  job: FrameJob,
  { passes, inOrder }: Course,
): Promise<void> {
  const { clock, report, settings, paths, record } = run;
  const annotated = annotatedFrames(run.input.masks);
  const learnt = learnOnce(run);
  try {
    for (const pass of passes) {
      const saves = settings.saveNetwork && !existsSync(paths.network);
      if (isFinished(job, pass) && !saves) continue;
      const segmenter = await learnt.forPass(pass);
      if (saves) await saveNetwork(run, await segmenter.save());
      const start = job.done.size;
      report({ kind: 'stage', stage: 'segmenting', total: record.input.frames, unit: 'frames', start });
      await clock.time(learningStage(run.method), () => beginPass(run, segmenter, pass));
      for (const part of keepingOrder(settings.keep, inOrder, pass, annotated)) {
        await segmentPass(job, segmenter, part, !inOrder);
      }
    }
  } finally {
    learnt.close();
  }
}

/** Learns what a pass wants, unless the pass before wanted the same. */
function learnOnce<Options extends CommonOptions>(run: SegmentRun<Options>) {
  const { report, paths, record } = run;
  let last: { segmenter: Segmenter; annotations: string } | undefined;
  const close = () => {
    last?.segmenter.close();
    last = undefined;
  };
  return {
    async forPass(pass: Pass): Promise<Segmenter> {
      const annotations = pass.learn.join();
      if (last?.annotations === annotations) return last.segmenter;
      close();
      const before = JSON.stringify(record.learning);
      const segmenter = await learn(run, pass);
      last = { segmenter, annotations };
      if (JSON.stringify(record.learning) !== before)
        for (const text of describeLearning(record.learning ?? {})) report({ kind: 'note', text });
      await writeRunRecord(paths.record, record); // a process that is killed later has told how long learning took
      return segmenter;
    },
    close,
  };
}

/** Tells a method that follows its frames which annotation the pass starts from. */
async function beginPass<Options extends CommonOptions>(
  { input: { clip, masks } }: SegmentRun<Options>,
  segmenter: Segmenter,
  { start, objects }: Pass,
): Promise<void> {
  const mask = masks.find(({ index }) => index === start);
  if (!mask || !segmenter.begin) return;
  const labels = objects ? keepObjects(mask.labels, new Set(objects)) : mask.labels;
  await segmenter.begin({ frame: await clip.frame(mask.index), labels });
}

function isFinished(job: FrameJob, pass: Pass): boolean {
  return passIndices(pass).every((index) => isDone(job, job.clip.names[index]));
}

function learn<Options extends CommonOptions>(run: SegmentRun<Options>, pass: Pass): Promise<Segmenter> {
  const { method, options, settings, input, paths, clock, report, services } = run;
  const { clip, masks } = input;
  const { preview, threshold, testNetwork } = settings;
  return openLearnt(
    {
      ...{
        method,
        options,
        clip,
        masks,
        checkpoints: paths.checkpoints,
        testNetwork,
        tunes: learnsFromMasks(settings),
        clock,
        report,
        signal: services.signal,
      },
      preview: preview
        ? (segmenter) => writePreview(clip, segmenter, threshold, paths.preview, report)
        : undefined,
    },
    pass.learn,
  );
}

/** Keeps the test network for later clips. */
async function saveNetwork<Options extends CommonOptions>(
  { paths, method, report }: SegmentRun<Options>,
  tensors: Awaited<ReturnType<Segmenter['save']>>,
): Promise<void> {
  await writeSafetensors(paths.network, tensors, { method: method.name });
  report({ kind: 'note', text: `test network: ${paths.network}` });
}
