/** Frames in, masks out, as a stream: decoding ahead, the network, and writing behind run at the same time. */
import { existsSync } from 'node:fs';
import type { Clip } from '../clips/clip.js';
import { writeOverlay } from '../clips/overlay.js';
import { writeMask, writeProbability } from '../clips/write-mask.js';
import { OsvosError } from '../errors.js';
import type { Frame } from '../frame.js';
import type { LabelMap } from '../label-map.js';
import type { Segmenter } from '../methods/method.js';
import { breathe, type Report } from '../progress.js';
import type { OutputPaths } from './output-folder.js';
import { framesBackwards } from './segment-backwards.js';
import { frameFigures, planeOf } from './segment-figures.js';
import type { FrameLog, LoggedFrame } from './segment-frame-log.js';
import { createKeeper, type Keeper } from './segment-keep.js';
import type { SegmentSettings } from './segment-options.js';
import { passIndices, stretches, type Pass } from './segment-passes.js';
import { writeBehind } from './segment-write-behind.js';

/** Frames whose files may be under way while the network goes on. */
const WRITES_UNDER_WAY = 4;

export interface FrameJob {
  clip: Clip;
  paths: OutputPaths;
  settings: SegmentSettings;
  objects: number[];
  /** Masks that were given, by frame index: they are copied, not segmented. */
  given: ReadonlyMap<number, LabelMap>;
  /** Finished frames by name; grows. */
  done: Map<string, LoggedFrame>;
  log: FrameLog;
  report: Report;
  signal?: AbortSignal;
  /** Called after each frame, for measurements. */
  afterFrame?: (name: string) => Promise<void>;
}

/** Whether a frame stands in the log and its mask is there. */
export function isDone(job: Pick<FrameJob, 'done' | 'paths'>, name: string): boolean {
  return job.done.has(name) && existsSync(job.paths.mask(name));
}

/**
 * Segments the frames of a pass that are not done yet; a method that remembers (`alone` false) sees all of them again,
 * since what it knows at a frame depends on those before it.
 *
 * @throws OsvosError `interrupted` after the current frame when the signal asks for it; errors of reading and writing
 */
export async function segmentPass(
  job: FrameJob,
  segmenter: Segmenter,
  pass: Pass,
  alone: boolean,
): Promise<void> {
  const writing = writeBehind(WRITES_UNDER_WAY);
  const frames = passFrames(job, pass, alone);
  const keeper = createKeeper(job, pass);
  let since = performance.now();
  let ended = false;
  try {
    while (!ended && !job.signal?.aborted) {
      const { value: frame, done } = await frames.next();
      ended = done === true;
      if (!frame) continue;
      const segmented = await segmentFrame(job, segmenter, keeper, frame);
      const now = performance.now();
      if (!job.given.has(frame.index)) segmented.logged.seconds = (now - since) / 1000;
      since = now;
      await writing.push(() => writeFrame(job, segmented));
      await job.afterFrame?.(segmented.name);
      await breathe();
    }
  } finally {
    await frames.return(undefined);
    await writing.drain();
  }
  const unfinished = passIndices(pass).some((index) => !isDone(job, job.clip.names[index]));
  if (!ended && unfinished) {
    const { clip, done } = job;
    const total = clip.last - clip.first + 1;
    throw new OsvosError('interrupted', `stopped with ${done.size} of ${total} frames finished`, clip.name);
  }
}

async function* passFrames(
  job: FrameJob,
  pass: Pass,
  alone: boolean,
): AsyncGenerator<Frame, void, undefined> {
  const { clip } = job;
  const missing = passIndices(pass).filter((index) => !isDone(job, clip.names[index]));
  if (missing.length === 0) return;
  if (pass.to < pass.from) {
    yield* framesBackwards(clip, alone ? missing : passIndices(pass));
  } else if (!alone) {
    yield* clip.frames(pass.from, pass.to);
  } else {
    for (const [from, to] of stretches(missing)) yield* clip.frames(from, to);
  }
}

/** A frame that went through the network, and of its arrays only those that are still to be written. */
interface Segmented {
  name: string;
  labels: LabelMap;
  logged: LoggedFrame;
  frame?: Frame;
  planes?: Map<number, Float32Array>;
}

/**
 * Labels, figures, and what else is to be written. Frame and probabilities are let go here where they are not, so that
 * they are gone before the next frame comes: what waits for its file would be old, and cleared away much later.
 */
async function segmentFrame(
  job: FrameJob,
  segmenter: Segmenter,
  keeper: Keeper,
  frame: Frame,
): Promise<Segmented> {
  const { settings, objects } = job;
  const { name, index } = frame;
  const given = job.given.get(index);
  const probabilities = given ? undefined : await segmenter.segment(frame);
  const labels = given ?? (await keeper.labels(index, probabilities!));
  const planeFor = (id: number) => (probabilities && planeOf(probabilities, id)) ?? indicator(labels, id);
  return {
    ...{ name, labels },
    logged: { ...frameFigures(name, labels, objects, probabilities), seconds: 0 },
    frame: settings.overlays || settings.overlayVideo ? frame : undefined,
    planes: settings.saveProbabilities ? new Map(objects.map((id) => [id, planeFor(id)])) : undefined,
  };
}

/** Writes a frame's files, the mask last: where it is, the others are. */
async function writeFrame(job: FrameJob, { name, labels, logged, frame, planes }: Segmented): Promise<void> {
  const { paths } = job;
  for (const [id, plane] of planes ?? []) {
    await writeProbability(paths.probability(name, id), plane, labels.width, labels.height);
  }
  if (frame) await writeOverlay(paths.overlay(name), frame, labels);
  await writeMask(paths.mask(name), labels);
  await job.log.append(logged);
  job.done.set(name, logged);
  job.report({ kind: 'step', done: job.done.size });
}

/** A given mask as probabilities: 1 on the object. */
function indicator(labels: LabelMap, id: number): Float32Array {
  return Float32Array.from(labels.data, (label) => (label === id ? 1 : 0));
}
