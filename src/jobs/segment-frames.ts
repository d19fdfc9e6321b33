/** Frames in, masks out, as a stream: decoding ahead, the network, and writing behind run at the same time. */
import { existsSync } from 'node:fs';
import type { Clip } from '../clips/clip.js';
import { writeOverlay } from '../clips/overlay.js';
import { writeMask, writeProbability } from '../clips/write-mask.js';
import { OsvosError } from '../errors.js';
import type { Frame } from '../frame.js';
import { labelsFromProbabilities, type LabelMap, type Probabilities } from '../label-map.js';
import type { Segmenter } from '../methods/method.js';
import { breathe, type Report } from '../progress.js';
import type { Clock } from './clock.js';
import type { OutputPaths } from './output-folder.js';
import type { FrameFigures } from './run-record.js';
import { framesBackwards } from './segment-backwards.js';
import { frameFigures, planeOf } from './segment-figures.js';
import type { FrameLog, LoggedFrame } from './segment-frame-log.js';
import { createKeeper, type Keeper } from './segment-keep.js';
import { sharesOf, writeMemorySheets, type MemorySight, type MemoryViewer } from './segment-memory-viewer.js';
import type { SegmentSettings } from './segment-options.js';
import { othersThan } from './segment-met-frame.js';
import { passIndices, stretches, type Pass } from './segment-passes.js';
import { writeSnapPictures, type Snap, type SnapPictures, type Snapper } from './segment-snap.js';
import { writeBehind } from './segment-write-behind.js';

/** Frames whose outlines, and whose files, may be under way while the network goes on. */
const MOVES_UNDER_WAY = 4;
const WRITES_UNDER_WAY = 4;

export interface FrameJob {
  clip: Clip;
  paths: OutputPaths;
  settings: SegmentSettings;
  objects: number[];
  /** Masks that were given, by frame index: they are copied, not segmented. */
  given: ReadonlyMap<number, LabelMap>;
  /** Masks that were given of some of the objects: these are copied, the others segmented. */
  met?: ReadonlyMap<number, LabelMap>;
  /** Finished frames by name; grows. */
  done: Map<string, LoggedFrame>;
  log: FrameLog;
  /** Moves outlines to those of the picture; none are moved where left out. */
  snapper?: Snapper;
  /** Looks at the memory that frames are segmented from. */
  viewer?: MemoryViewer;
  clock: Clock;
  /** Whether a frame went through the network since the start; changes. */
  warm: boolean;
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
 * since what it knows at a frame depends on those before it. Files of frames that are done are not written again.
 *
 * @throws OsvosError `interrupted` after the current frame when the signal asks for it; errors of reading and writing
 */
export async function segmentPass(
  job: FrameJob,
  segmenter: Segmenter,
  pass: Pass,
  alone: boolean,
): Promise<void> {
  const { clock } = job;
  const moving = writeBehind(MOVES_UNDER_WAY);
  const writing = writeBehind(WRITES_UNDER_WAY);
  const frames = passFrames(job, pass, alone);
  const keeper = createKeeper(job, pass);
  if (job.viewer) segmenter.watch?.();
  let since = performance.now();
  let ended = false;
  try {
    while (!ended && !job.signal?.aborted) {
      const { value: frame, done } = await clock.time('decoding', () => frames.next());
      ended = done === true;
      if (!frame) continue;
      const { name, index } = frame;
      const { segmented } = await seeFrame(job, segmenter, keeper, frame);
      const now = performance.now();
      const given = job.given.has(index);
      const warmUp = given || job.warm ? undefined : true;
      const spent = { seconds: given ? 0 : (now - since) / 1000, warmUp };
      job.warm ||= !given;
      since = now;
      // what goes wrong there is thrown where it is written
      await clock.time('snapping', () => moving.push(() => segmented.then(doNothing, doNothing)));
      const seenAgain = isDone(job, name);
      await clock.time('encoding', () =>
        writing.push(async () =>
          seenAgain ? void (await segmented) : writeFrame(job, await segmented, spent),
        ),
      );
      await job.afterFrame?.(name);
      await breathe();
    }
  } finally {
    await frames.return(undefined);
    await clock.time('snapping', () => moving.drain());
    await clock.time('encoding', () => writing.drain());
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

/** A frame whose labels are decided, and of its arrays only those that are still to be written. */
interface Segmented {
  name: string;
  labels: LabelMap;
  figures: FrameFigures;
  frame?: Frame;
  planes?: Map<number, Float32Array>;
  pictures?: SnapPictures;
  sights: MemorySight[];
}

/**
 * What the engine has a part in. Labels come later where outlines are moved, while the engine is at the next frame;
 * else at once: what waits for its file would be old, and cleared away much later.
 */
async function seeFrame(
  job: FrameJob,
  segmenter: Segmenter,
  keeper: Keeper,
  frame: Frame,
): Promise<{ segmented: Promise<Segmented> }> {
  const { clock } = job;
  const given = job.given.get(frame.index);
  const probabilities = given
    ? undefined
    : await clock.time('segmenting', () => probabilitiesOf(job, segmenter, frame));
  const snap =
    probabilities && (await clock.time('snapping', () => lookForSnapping(job, frame, probabilities)));
  const labels = given ? Promise.resolve(given) : keeper.labels(frame.index, probabilities!, snap);
  // before the next frame changes the memory
  const sights =
    job.viewer && probabilities
      ? await job.viewer.look(segmenter, frame, { labels: await labels, ids: probabilities.ids })
      : [];
  const segmented = labels.then(async (decided) => ({
    ...describe(job, frame, decided, probabilities, await snap?.pictures()),
    sights,
  }));
  segmented.catch(() => undefined); // who waits for it hears of it, perhaps only after the next frame
  if (!snap) await clock.time('segmenting', () => segmented);
  return { segmented };
}

/** Of objects that were not given. */
async function probabilitiesOf(job: FrameJob, segmenter: Segmenter, frame: Frame): Promise<Probabilities> {
  const labels = job.met?.get(frame.index);
  if (!labels) return segmenter.segment(frame);
  if (!segmenter.meet) throw new Error('a method whose annotations come as they go has to meet them');
  return othersThan(labels, await segmenter.meet({ frame, labels }));
}

/** Labels are not decided yet: whatever `--keep` leaves of them lies where the probabilities are high. */
async function lookForSnapping(
  { snapper, settings }: FrameJob,
  frame: Frame,
  p: Probabilities,
): Promise<Snap | undefined> {
  return snapper?.look(frame, labelsFromProbabilities(p, settings.threshold));
}

/** Figures, and what else is to be written; frame and probabilities are let go where they are not. */
function describe(
  { settings, objects }: FrameJob,
  frame: Frame,
  labels: LabelMap,
  probabilities?: Probabilities,
  pictures?: SnapPictures,
): Omit<Segmented, 'sights'> {
  const { name } = frame;
  const planeFor = (id: number) => (probabilities && planeOf(probabilities, id)) ?? indicator(labels, id);
  return {
    ...{ name, labels, pictures },
    figures: frameFigures(name, labels, objects, probabilities),
    frame: settings.overlays || settings.overlayVideo ? frame : undefined,
    planes: settings.saveProbabilities ? new Map(objects.map((id) => [id, planeFor(id)])) : undefined,
  };
}

function doNothing(): void {}

/** Writes a frame's files, the mask last: where it is, the others are. */
async function writeFrame(
  job: FrameJob,
  segmented: Segmented,
  spent: Pick<LoggedFrame, 'seconds' | 'warmUp'>,
): Promise<void> {
  const { paths } = job;
  const { name, labels, figures, frame, planes, pictures, sights } = segmented;
  for (const [id, plane] of planes ?? []) {
    await writeProbability(paths.probability(name, id), plane, labels.width, labels.height);
  }
  if (pictures) await writeSnapPictures(paths, name, labels, pictures);
  if (frame) await writeOverlay(paths.overlay(name), frame, labels);
  await writeMemorySheets(paths, sights, job.objects);
  await writeMask(paths.mask(name), labels);
  const logged = { ...figures, ...spent, memory: job.viewer && sharesOf(sights) };
  await job.log.append(logged);
  job.done.set(name, logged);
  job.report({ kind: 'step', done: job.done.size });
}

/** A given mask as probabilities: 1 on the object. */
function indicator(labels: LabelMap, id: number): Float32Array {
  return Float32Array.from(labels.data, (label) => (label === id ? 1 : 0));
}
