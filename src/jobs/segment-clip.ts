/** One clip from start to end: learn the objects from the masks given, segment every frame, keep account. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { overlayVideoOptions, writeOverlayVideo } from '../clips/overlay-video.js';
import { OsvosError } from '../errors.js';
import { idsOf, type LabelMap } from '../label-map.js';
import { sizeSeen } from '../methods/method.js';
import type { Report } from '../progress.js';
import { createClock, WARM_UP_STAGE } from './clock.js';
import { describeEstimate } from './estimate.js';
import { lookAtOutput, prepareOutput, tidyOutput, type OutputPaths } from './output-folder.js';
import { refuseUnfitView } from './memory-view.js';
import { refuseOtherEngine } from './same-engine.js';
import { versions, writeRunRecord, type ClipIdentity, type RunRecord } from './run-record.js';
import { describeAreaJumps } from './segment-area-jumps.js';
import { estimateClip, experienceOf } from './segment-estimate.js';
import { FRAME_LOG, readFrameLog, startFrameLog } from './segment-frame-log.js';
import { isDone, type FrameJob } from './segment-frames.js';
import { recordInput, type SegmentInput } from './segment-input.js';
import { startMemoryLog } from './segment-memory-log.js';
import { createMemoryViewer, writeMemoryShares } from './segment-memory-viewer.js';
import { recordedOptions, type CommonOptions, type SegmentServices } from './segment-options.js';
import { fillRecord, noteFailure, startRecord, watchForRecord } from './segment-record.js';
import { planCourse } from './segment-passes.js';
import type { SegmentRequest, SegmentRun } from './segment-request.js';
import { segmentAllPasses } from './segment-run-passes.js';
import { openSnapper } from './segment-snap.js';
import { requireVideoWriter } from './segment-video-writer.js';
import { describeSmallObjects } from './small-objects.js';

/**
 * Segments a clip. The same call goes on where an earlier one stopped, with the same result; a finished run is not
 * done again.
 *
 * @param announced whether it was said already what the run will take, as for a whole data set
 * @returns the finished run's record
 * @throws OsvosError `output-exists`, `record-differs`, `weights-*`, `engine`, `memory`, `not-a-number`, `cannot-write`, and
 * `interrupted` once the record is written
 */
export async function segmentClip<Options extends CommonOptions>(
  request: SegmentRequest<Options>,
  services: SegmentServices<Options>,
  { announced = false }: { announced?: boolean } = {},
): Promise<RunRecord> {
  const { input, paths, settings, options } = request;
  if (settings.vizMemory) refuseUnfitView(settings.vizMemory, await services.method.load(), input.clip);
  const wanted = await identifyRun(request, services);
  const { size, networkSize } = wanted.input;
  services.report({ kind: 'note', text: `${size} frames, network sees ${networkSize}` });
  const { former, replace } = await lookAtOutput(paths, wanted, settings.force);
  if (former?.status === 'finished' && missingMasks(input, paths).length === 0) {
    services.report({ kind: 'note', text: `this run is finished already: ${paths.record}` });
    await removeRemains(paths, services.report);
    return former;
  }
  if (settings.overlayVideo) await requireVideoWriter();

  const clock = createClock(former?.seconds);
  const engine = await clock.time(WARM_UP_STAGE, () => services.startEngine(former));
  refuseOtherEngine(former, engine, paths.folder);
  const method = await clock.time(WARM_UP_STAGE, () => services.method.load());
  const { machine } = services;
  const goesOn = former !== undefined;
  const foresight = await estimateClip({ request, method, machine, goesOn, engine, started: true });
  if (foresight && !announced)
    services.report({ kind: 'note', text: describeEstimate(foresight.estimate, engine.device) });
  await prepareOutput(paths, replace); // only now: what is refused leaves all as it was
  const record = startRecord(
    wanted,
    { ...versions(engine), tfjs: (await services.tensors()).version },
    engine,
    clock,
    former,
    input.clip.notes,
  );
  record.warnings.push(...input.warnings);
  const report = watchForRecord(services.report, record);
  if (foresight) {
    for (const text of describeSmallObjects(input.masks, options, foresight.cost.finestStride, method))
      report({ kind: 'warning', text });
  }
  try {
    await segmentFrames({ ...request, method, services, record, clock, report });
    record.status = 'finished';
    await writeRunRecord(paths.record, record);
  } catch (error) {
    await noteFailure(paths.record, record, error, services.report);
    throw error;
  }
  await rm(paths.checkpoints, { recursive: true, force: true });
  // looking at the memory takes time that other runs do not
  const experience = goesOn || settings.vizMemory ? undefined : foresight && experienceOf(foresight, record);
  if (experience) await machine.remember(engine, experience).catch(notRemembered(services.report));
  return record;
}

/** Removes what a process left that was killed between its last mask and its end. The masks are what counts. */
async function removeRemains(paths: OutputPaths, report: Report): Promise<void> {
  try {
    await tidyOutput(paths);
    await rm(paths.checkpoints, { recursive: true, force: true });
  } catch (error) {
    report({ kind: 'warning', text: `files of a killed run stay behind: ${(error as Error).message}` });
  }
}

/** All that the masks depend on, for the record and for comparing with an earlier one. Throws `weights-missing`. */
export async function identifyRun<Options extends CommonOptions>(
  { input, options, settings }: SegmentRequest<Options>,
  services: Pick<SegmentServices<Options>, 'method' | 'weights'>,
): Promise<ClipIdentity> {
  return {
    command: 'segment',
    method: services.method.name,
    options: recordedOptions(options, settings),
    seed: options.seed,
    weights: await services.weights(options, settings),
    input: await recordInput(input.clip, sizeSeen(services.method, input.clip, options.size)),
    annotations: input.masks.map(({ frame, file, sha256 }) => ({ frame, file: path.resolve(file), sha256 })),
    objects: input.objects,
  };
}

/** The masks are there: that the next estimate has nothing to go by is no reason to fail. */
function notRemembered(report: Report): (error: Error) => void {
  return ({ message }) =>
    report({ kind: 'note', text: `the speed of this run is not kept for estimates: ${message}` });
}

async function segmentFrames<Options extends CommonOptions>(run: SegmentRun<Options>): Promise<void> {
  const { input, paths, settings, record, report, services } = run;
  const { clip } = input;
  const tensors = await services.tensors();
  await writeRunRecord(paths.record, record); // first of all: without it the folder would be somebody else's
  const log = path.join(paths.checkpoints, FRAME_LOG);
  const done = await readFrameLog(log);
  for (const name of [...done.keys()]) if (!isDone({ done, paths }, name)) done.delete(name);
  if (done.size > 0)
    report({ kind: 'note', text: `going on: ${done.size} of ${record.input.frames} frames are there` });
  const snapper = await openSnapper(settings.snap);
  const viewer = settings.vizMemory && (await createMemoryViewer(clip, settings.vizMemory, report));
  const course = planCourse(run.method, run.options, input);
  const job: FrameJob = {
    ...{ clip, paths, settings, snapper, objects: input.objects, done, report, signal: services.signal },
    clock: run.clock,
    warm: false,
    given: masksOf(input, course.copied),
    met: masksOf(input, course.joined),
    viewer,
    log: await startFrameLog(log, done.values()),
    afterFrame:
      settings.memoryLog === undefined ? undefined : await startMemoryLog(settings.memoryLog, tensors.count),
  };
  try {
    fillRecord(record, done, clip.names);
    await writeRunRecord(paths.record, record);
    await segmentAllPasses(run, job, course);
    if (viewer) await writeMemoryShares(paths.memoryShares, clip.names, done);
  } finally {
    await snapper?.close();
    await job.log.close();
    fillRecord(record, done, clip.names);
  }
  await finishOutput(run);
}

/** Counts the output against the input, makes the overlay video, and says what is worth a look. */
async function finishOutput<Options extends CommonOptions>(run: SegmentRun<Options>): Promise<void> {
  const { input, paths, settings, record, clock, report } = run;
  const { clip } = input;
  const missing = missingMasks(input, paths);
  if (missing.length > 0) {
    const text = `${missing.length} of ${record.input.frames} masks are missing (${missing.slice(0, 3).join(', ')})`;
    throw new OsvosError('cannot-write', text, paths.folder, 'run the same command again');
  }
  if (settings.overlayVideo) {
    const pictures = clip.names.slice(clip.first, clip.last + 1).map((name) => paths.overlay(name));
    const notes = await clock.time('overlay video', () =>
      writeOverlayVideo(paths.overlayVideo, pictures, overlayVideoOptions(clip)),
    );
    record.notes.push(...notes);
    for (const text of [...notes, `overlay video: ${paths.overlayVideo}`]) report({ kind: 'note', text });
  }
  const jumps = describeAreaJumps(record.frames, record.objects, entriesOf(run));
  for (const text of jumps) report({ kind: 'warning', text });
}

/** Frames in which objects enter because they were annotated there for the first time, by id. */
function entriesOf<Options extends CommonOptions>({
  method,
  input,
}: SegmentRun<Options>): Map<number, string> {
  const entries = new Map<number, string>();
  if (method.annotations === 'all-before-start') return entries;
  for (const { frame, labels } of input.masks) {
    for (const id of idsOf(labels)) if (!entries.has(id)) entries.set(id, frame);
  }
  return entries;
}

function masksOf({ masks }: SegmentInput, indices: ReadonlySet<number>): Map<number, LabelMap> {
  const chosen = masks.filter(({ index }) => indices.has(index));
  return new Map(chosen.map(({ index, labels }) => [index, labels]));
}

/** Names of frames without a mask in the output. */
function missingMasks({ clip }: SegmentInput, paths: OutputPaths): string[] {
  return clip.names.slice(clip.first, clip.last + 1).filter((name) => !existsSync(paths.mask(name)));
}
