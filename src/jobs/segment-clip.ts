/** One clip from start to end: learn the objects from the masks given, segment every frame, keep account. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { writeOverlayVideo } from '../clips/overlay-video.js';
import type { Engine } from '../engine/engine.js';
import { OsvosError } from '../errors.js';
import { lookAtOutput, prepareOutput, recordDiffers, type OutputPaths } from './output-folder.js';
import { versions, writeRunRecord, type ClipIdentity, type RunRecord } from './run-record.js';
import { describeAreaJumps } from './segment-area-jumps.js';
import { readFrameLog, startFrameLog } from './segment-frame-log.js';
import { isDone, type FrameJob } from './segment-frames.js';
import { recordInput, type SegmentInput } from './segment-input.js';
import { startMemoryLog } from './segment-memory-log.js';
import { recordedOptions, type CommonOptions, type SegmentServices } from './segment-options.js';
import { createClock, fillRecord, noteFailure, startRecord, watchForRecord } from './segment-record.js';
import type { SegmentRequest, SegmentRun } from './segment-request.js';
import { segmentAllPasses } from './segment-run-passes.js';
import { requireVideoWriter } from './segment-video-writer.js';

/**
 * Segments a clip. The same call goes on where an earlier one stopped, with the same result; a finished run is not
 * done again.
 *
 * @returns the finished run's record
 * @throws OsvosError `output-exists`, `record-differs`, `weights-*`, `engine`, `not-a-number`, `cannot-write`, and
 * `interrupted` once the record is written
 */
export async function segmentClip<Options extends CommonOptions>(
  request: SegmentRequest<Options>,
  services: SegmentServices<Options>,
): Promise<RunRecord> {
  const { input, paths, settings } = request;
  const wanted = await identifyRun(request, services);
  const { size, networkSize } = wanted.input;
  services.report({ kind: 'note', text: `${size} frames, network sees ${networkSize}` });
  const { former, replace } = await lookAtOutput(paths, wanted, settings.force);
  if (former?.status === 'finished' && missingMasks(input, paths).length === 0) {
    services.report({ kind: 'note', text: `this run is finished already: ${paths.record}` });
    return former;
  }
  if (settings.overlayVideo) await requireVideoWriter();
  await prepareOutput(paths, replace);

  const clock = createClock(former?.seconds);
  const engine = await clock.time('engine', () => services.startEngine());
  refuseOtherEngine(former, engine, paths.folder);
  const method = await clock.time('engine', () => services.method.load());
  const record = startRecord(
    wanted,
    { ...versions(engine), tfjs: (await services.tensors()).version },
    engine,
    clock,
    former,
  );
  record.warnings.push(...input.warnings);
  const report = watchForRecord(services.report, record);
  try {
    await segmentFrames({ ...request, method, services, record, clock, report });
    record.status = 'finished';
    await writeRunRecord(paths.record, record);
  } catch (error) {
    await noteFailure(paths.record, record, error, services.report);
    throw error;
  }
  await rm(paths.checkpoints, { recursive: true, force: true });
  return record;
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
    weights: await services.weights(options, settings.testNetwork),
    input: await recordInput(input.clip, options.size),
    annotations: input.masks.map(({ frame, file, sha256 }) => ({ frame, file: path.resolve(file), sha256 })),
    objects: input.objects,
  };
}

/** Masks of two engines differ in places: a run does not change its engine on the way. */
function refuseOtherEngine(former: RunRecord | undefined, engine: Engine, folder: string): void {
  if (former && former.engine.name !== engine.name) {
    throw recordDiffers(folder, [`engine: ${former.engine.name}, now ${engine.name}`]);
  }
}

async function segmentFrames<Options extends CommonOptions>(run: SegmentRun<Options>): Promise<void> {
  const { input, paths, settings, record, report, services } = run;
  const { clip } = input;
  const tensors = await services.tensors();
  const log = path.join(paths.checkpoints, 'frames.jsonl');
  const done = await readFrameLog(log);
  for (const name of [...done.keys()]) if (!isDone({ done, paths }, name)) done.delete(name);
  if (done.size > 0)
    report({ kind: 'note', text: `going on: ${done.size} of ${record.input.frames} frames are there` });
  const job: FrameJob = {
    ...{ clip, paths, settings, objects: input.objects, done, report, signal: services.signal },
    given: new Map(input.masks.map((mask) => [mask.index, mask.labels])),
    log: await startFrameLog(log, done.values()),
    afterFrame:
      settings.memoryLog === undefined ? undefined : await startMemoryLog(settings.memoryLog, tensors.count),
  };
  try {
    await writeRunRecord(paths.record, record);
    await segmentAllPasses(run, job);
  } finally {
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
    const sound =
      clip.kind === 'video' && clip.rate
        ? { soundFrom: clip.source, soundStart: clip.first / clip.rate }
        : {};
    await clock.time('overlay video', () =>
      writeOverlayVideo(paths.overlayVideo, pictures, { rate: clip.rate, ...sound }),
    );
    report({ kind: 'note', text: `overlay video: ${paths.overlayVideo}` });
  }
  for (const text of describeAreaJumps(record.frames, record.objects)) report({ kind: 'warning', text });
}

/** Names of frames without a mask in the output. */
function missingMasks({ clip }: SegmentInput, paths: OutputPaths): string[] {
  return clip.names.slice(clip.first, clip.last + 1).filter((name) => !existsSync(paths.mask(name)));
}
