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

/** Steps whose mean loss stands for the beginning and the end of a stage: as many as there are copies of a mask, since some are harder. */
const LOSS_STEPS = 12;

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
  let counted: { stage: string; before: number; since: number; losses: number[]; first?: number } | undefined;
  return {
    steps,
    learning,
    report(event) {
      if (event.kind === 'stage') {
        const { stage } = event;
        const { seconds: before = 0, loss } = learning[stage] ?? {};
        const begun = { stage, before, since: performance.now(), losses: [], first: loss?.first };
        counted = event.unit === 'steps' ? begun : undefined;
        if (counted && event.start) steps[stage] = event.start; // of a start that could not tell any more
      }
      if (event.kind === 'step' && counted !== undefined) {
        const { stage, before, since } = counted;
        steps[stage] = event.done;
        const seconds = roundSeconds(before + (performance.now() - since) / 1000);
        learning[stage] = { seconds, peakMemoryMB: peakMemoryMB(), ...lossOf(counted, event.loss) };
      }
      report(event);
    },
  };
}

/** Takes the loss of one step more; a stage that goes on began with the loss of its first start. */
function lossOf(
  { losses, first }: { losses: number[]; first?: number },
  loss: number | undefined,
): Pick<StageCost, 'loss'> {
  if (loss === undefined) return {};
  losses.push(loss);
  const mean = (part: number[]) =>
    Number((part.reduce((sum, value) => sum + value, 0) / part.length).toPrecision(4));
  return {
    loss: { first: first ?? mean(losses.slice(0, LOSS_STEPS)), last: mean(losses.slice(-LOSS_STEPS)) },
  };
}

/** One line for each stage: with several objects, for each object. */
export function describeLearning(learning: Record<string, StageCost>): string[] {
  return Object.entries(learning).map(([stage, { seconds, peakMemoryMB: peak, loss }]) => {
    const figures = [`${seconds.toFixed(1)} s`, `peak memory ${(peak / 1000).toFixed(2)} GB`];
    if (loss) figures.push(`loss ${loss.first.toFixed(3)} → ${loss.last.toFixed(3)}`);
    return `${stage}: ${figures.join(', ')}`;
  });
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
