/** The record of a segmentation while it grows. */
import type { Engine } from '../engine/engine.js';
import { OsvosError } from '../errors.js';
import type { Report } from '../progress.js';
import { roundSeconds, type Clock } from './clock.js';
import {
  peakMemoryMB,
  writeRunRecord,
  type ClipIdentity,
  type RunRecord,
  type StageCost,
} from './run-record.js';
import { usedEngine } from './same-engine.js';
import type { LoggedFrame } from './segment-frame-log.js';

/** The record of a run that begins, or goes on from `former`. */
export function startRecord(
  wanted: ClipIdentity,
  versions: Record<string, string>,
  engine: Engine,
  clock: Clock,
  former?: RunRecord,
  notes: readonly string[] = [],
): RunRecord {
  return {
    status: 'running',
    ...wanted,
    ...usedEngine(engine),
    versions,
    seconds: clock.seconds,
    secondsPerFrame: null,
    secondsPerFrameAndObject: null,
    steps: former?.steps ?? {},
    learning: former?.learning ?? {},
    peakMemoryMB: Math.max(peakMemoryMB(), former?.peakMemoryMB ?? 0),
    notes: [...notes],
    // those of an earlier start, until it is known which of them are still there
    frames: former?.frames ?? [],
    warnings: [],
  };
}

/** Passes events on, and keeps in the record what it has to tell: warnings, and steps. */
export function watchForRecord(report: Report, record: RunRecord): Report {
  const watched = watchSteps(report, record.steps, (record.learning ??= {}));
  return (event) => {
    if (event.kind === 'warning') record.warnings.push(event.text);
    watched.report(event);
  };
}

/** What is known of the stages that are counted in steps. */
export interface WatchedSteps {
  report: Report;
  steps: Record<string, number>;
  learning: Record<string, StageCost>;
}

/** Passes events on, and notes of the stages that are counted in steps how far they came and what they took. */
export function watchSteps(
  report: Report,
  steps: Record<string, number> = {},
  learning: Record<string, StageCost> = {},
): WatchedSteps {
  let counted: { stage: string; before: number; since: number } | undefined;
  return {
    steps,
    learning,
    report(event) {
      if (event.kind === 'stage') {
        const { stage } = event;
        const begun = { stage, before: learning[stage]?.seconds ?? 0, since: performance.now() };
        counted = event.unit === 'steps' ? begun : undefined;
        if (counted && event.start) steps[stage] = event.start; // of a start that could not tell any more
      }
      if (event.kind === 'step' && counted !== undefined) {
        const { stage, before, since } = counted;
        steps[stage] = event.done;
        const seconds = roundSeconds(before + (performance.now() - since) / 1000);
        learning[stage] = { seconds, peakMemoryMB: peakMemoryMB() };
      }
      report(event);
    },
  };
}

/** One line for each stage: with several objects, for each object. */
export function describeLearning(learning: Record<string, StageCost>): string[] {
  return Object.entries(learning).map(
    ([stage, { seconds, peakMemoryMB: peak }]) =>
      `${stage}: ${seconds.toFixed(1)} s, peak memory ${(peak / 1000).toFixed(2)} GB`,
  );
}

/** Puts the figures of finished frames in, in the order of `names`. */
export function fillRecord(
  record: RunRecord,
  done: ReadonlyMap<string, LoggedFrame>,
  names: readonly string[],
): void {
  const logged = names.map((name) => done.get(name)).filter((frame) => frame !== undefined);
  const seen = logged.filter((frame) => frame.seconds > 0);
  // where there are others, the first frame of a start does not count: buffers grow and kernels are chosen there
  const warm = seen.filter((frame) => !frame.warmUp);
  const timed = warm.length > 0 ? warm : seen;
  const sum = timed.reduce((total, frame) => total + frame.seconds, 0);
  record.frames = logged.map(({ name, areas, confidence }) => ({ name, areas, confidence }));
  record.secondsPerFrame = timed.length > 0 ? roundSeconds(sum / timed.length) : null;
  record.secondsPerFrameAndObject =
    timed.length > 0 ? roundSeconds(sum / timed.length / record.objects.length) : null;
  record.peakMemoryMB = Math.max(record.peakMemoryMB, peakMemoryMB());
}

/** Writes into the record why the run ends early. A record that cannot be written must not hide that reason. */
export async function noteFailure(
  file: string,
  record: RunRecord,
  error: unknown,
  report: Report,
): Promise<void> {
  const interrupted = error instanceof OsvosError && error.code === 'interrupted';
  record.status = interrupted ? 'interrupted' : 'failed';
  if (!interrupted) record.error = error instanceof Error ? error.message : String(error);
  try {
    await writeRunRecord(file, record);
  } catch (second) {
    report({ kind: 'warning', text: `the record could not be written: ${(second as Error).message}` });
  }
}
