/** What a segmentation will take: seconds, memory, disk. Foretold from the method's own account of its work. */
import { hasOwnMemory, type Engine } from '../engine/engine.js';
import { idsOf, type LabelMap } from '../label-map.js';
import type { MethodCost } from '../methods/cost.js';
import { secondsOf, type Speeds } from './speeds.js';

/** What is still to be done, as a run that goes on has less of it. */
export interface Amount {
  frame: { width: number; height: number };
  objects: number;
  /** Frames that go through the network. */
  frames: number;
  /** Passes over the frames that begin with an annotation. */
  passes: number;
  /** Objects that are learnt first; 0 where nothing is learnt. */
  learnt: number;
}

export interface Estimate {
  /** Left out where the engine does not run and no former run has told its speed. */
  seconds?: { learning: number; segmenting: number; source: Speeds['source'] };
  /** Largest number of bytes that the process has at once, and how much more than now that is. */
  memory: number;
  moreMemory: number;
  /** Bytes of the results, and of what lies beside them until the run is finished. */
  disk: number;
  temporaryDisk: number;
}

/** Decoding, labels and encoding, which no engine does: seconds for each of a frame's own pixels, on one core. */
const SECONDS_PER_PIXEL = 5e-8;
/** Bytes for each pixel of a frame: several are decoded ahead and written behind, at 3 bytes a pixel and more. */
const FRAME_BYTES = 60;
/** For each pixel and object: probabilities as tensor and array, and those that wait for their files. */
const PROBABILITY_BYTES = 32;
/** What an engine adds when it starts; beside its work, which the method counts. */
const ENGINE_BYTES: Record<Engine['name'], number> = {
  torch: 200e6,
  tensorflow: 280e6,
  webgpu: 150e6,
  wasm: 10e6,
  cpu: 10e6,
};

/** Seconds of learning and segmenting; a time budget ends the steps of learning, not what comes before and after. */
export function estimateSeconds(
  cost: MethodCost,
  amount: Amount,
  speeds: Speeds,
): NonNullable<Estimate['seconds']> {
  const { learnt, frames, passes, frame } = amount;
  const steps = learnt * cost.steps * secondsOf(cost.step, speeds.learning);
  const around = learnt * secondsOf(cost.start, speeds.learning);
  const outside = frame.width * frame.height * SECONDS_PER_PIXEL;
  return {
    learning: around + Math.min(steps, cost.learnsAtMost ?? Infinity),
    segmenting:
      passes * secondsOf(cost.begin, speeds.segmenting) +
      frames * (secondsOf(cost.frame, speeds.segmenting) + outside),
    source: speeds.source,
  };
}

/** Bytes that the run takes beyond what the process has with its engine started. */
export function bytesOfWork(cost: MethodCost, { frame, objects, frames, learnt }: Amount): number {
  const pixels = frame.width * frame.height;
  const segments = frames > 0;
  return (
    Math.max(learnt > 0 ? cost.learningBytes : 0, segments ? cost.segmentingBytes : cost.stateBytes) +
    pixels * (FRAME_BYTES + (segments ? PROBABILITY_BYTES * objects : 0))
  );
}

/** How many objects the masks have between them. */
export function objectsIn(masks: readonly { labels: LabelMap }[]): number {
  return new Set(masks.flatMap(({ labels }) => idsOf(labels))).size;
}

/** Bytes that an engine takes when it starts, where it has not been started yet. */
export function bytesOfEngine(name: Engine['name']): number {
  return ENGINE_BYTES[name];
}

/** All sequences of a data set, one after the other. */
export function addEstimates(estimates: readonly Estimate[]): Estimate {
  return estimates.reduce((a, b) => ({
    seconds: a.seconds &&
      b.seconds && {
        learning: a.seconds.learning + b.seconds.learning,
        segmenting: a.seconds.segmenting + b.seconds.segmenting,
        source: b.seconds.source,
      },
    memory: Math.max(a.memory, b.memory),
    moreMemory: Math.max(a.moreMemory, b.moreMemory),
    disk: a.disk + b.disk,
    temporaryDisk: Math.max(a.temporaryDisk, b.temporaryDisk),
  }));
}

/**
 * One line.
 *
 * @example 'about 45 s, 1.3 GB of memory, 2 MB of disk (137 MB until it is finished); speed measured now'
 */
export function describeEstimate(
  { seconds, memory, disk, temporaryDisk }: Estimate,
  device: Engine['device'],
): string {
  const time = seconds ? formatSeconds(seconds.learning + seconds.segmenting) : undefined;
  const where = hasOwnMemory(device) ? 'memory of the card' : 'memory';
  const meanwhile =
    temporaryDisk >= MENTIONED_BYTES ? ` (${formatBytes(disk + temporaryDisk)} until it is finished)` : '';
  const parts = [time, `${formatBytes(memory)} of ${where}`, `${formatBytes(disk)} of disk${meanwhile}`];
  const source = seconds ? `; speed ${seconds.source}` : '; the time is known once something has run here';
  return `about ${parts.filter((part) => part !== undefined).join(', ')}${source}`;
}

/** Files that lie there for a while are told from here on. */
const MENTIONED_BYTES = 10e6;

/** `45 s`, `12 min`, `3.5 h`: two digits, more would promise too much. */
export function formatSeconds(seconds: number): string {
  if (seconds < 99.5) return `${twoDigits(Math.max(seconds, 1))} s`;
  if (seconds < 99.5 * 60) return `${twoDigits(seconds / 60)} min`;
  return `${twoDigits(seconds / 3600)} h`;
}

/** `2 MB`, `140 MB`, `1.3 GB`: powers of ten, two digits. */
export function formatBytes(bytes: number): string {
  if (bytes < 995e3) return `${twoDigits(Math.max(bytes / 1e3, 1))} kB`;
  return bytes < 995e6 ? `${twoDigits(bytes / 1e6)} MB` : `${twoDigits(bytes / 1e9)} GB`;
}

function twoDigits(value: number): string {
  return String(Number(value.toPrecision(2)));
}
