/** The run record, `run.json`: what a run was asked, what it used, what it did. */
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { writeFileAtomically } from '../clips/atomic-file.js';
import type { Engine } from '../engine/engine.js';
import { OsvosError } from '../errors.js';

/** What the figures of one finished frame are. */
export interface FrameFigures {
  name: string;
  /** Pixels of each object, in the order of the record's `objects`. */
  areas: number[];
  /** Mean probability of each object over its own pixels; `null` where it has none, or where the mask was given. */
  confidence: (number | null)[];
}

/** What makes two runs the same run: all that their masks depend on. */
export interface RunIdentity {
  command: string;
  method: string;
  /** Options that the masks or the list of written files depend on, defaults filled in. */
  options: Record<string, unknown>;
  seed: number;
  /** Weight files that the run started from. */
  weights: { name: string; sha256: string }[];
  input: InputRecord | DataSetInput;
  /** The masks that the user gave. */
  annotations: { frame: string; file: string; sha256: string }[];
  /** Object ids, ascending. */
  objects: number[];
}

export interface InputRecord {
  /** Absolute path of the folder or file. */
  source: string;
  /** SHA-256 over the names and bytes of length of the source's files: other frames in the same place are noticed. */
  fingerprint: string;
  /** Names of the first and last frame, both included, and how many there are. */
  first: string;
  last: string;
  frames: number;
  /** `854×480`; what the network sees. */
  size: string;
  networkSize: string;
}

/** A split of a data set. */
export interface DataSetInput {
  /** Absolute path of its root folder. */
  source: string;
  split: string;
}

export type RunStatus = 'running' | 'interrupted' | 'failed' | 'finished';

/** What makes two runs over one clip the same. */
export interface ClipIdentity extends RunIdentity {
  input: InputRecord;
}

/** What every record has. */
export interface StoredRun extends RunIdentity {
  status: RunStatus;
  frames?: FrameFigures[];
}

/** What a stage of fine-tuning took, over all starts of the run. */
export interface StageCost {
  seconds: number;
  /** Peak of the process up to the stage's end. */
  peakMemoryMB: number;
  /** Means of its first and its last twelve steps. */
  loss?: { first: number; last: number };
}

/** The record of one clip. */
export interface RunRecord extends StoredRun {
  input: InputRecord;
  /** Why it failed. */
  error?: string;
  engine: { name: string; device: string; precision?: string };
  threads: number;
  versions: Record<string, string>;
  /** Seconds that the run waited for each stage, summed over all its starts. */
  seconds: Record<string, number>;
  /**
   * Mean over the frames that went through the network: decoding, network, snapping, encoding; `null` before the first.
   * The first of each start is left out where there are others.
   */
  secondsPerFrame: number | null;
  /** The same, divided by the number of objects. */
  secondsPerFrameAndObject?: number | null;
  /** Steps that each stage of fine-tuning took, which a time budget may cut. */
  steps: Record<string, number>;
  /** What each of these stages took, hence each object; absent in records of version 0.1.0. */
  learning?: Record<string, StageCost>;
  peakMemoryMB: number;
  frames: FrameFigures[];
  /** What was done to the clip's pictures when they were read: turned, tone-mapped, deinterlaced, … */
  notes: string[];
  warnings: string[];
}

/** Versions of what computes: the program, Node, and the engine's library. */
export function versions(engine: Engine): Record<string, string> {
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
  return { osvos: version, node: process.versions.node, [engine.name]: engine.version };
}

/** Largest resident memory of this process so far, in MB (10^6 bytes). */
export function peakMemoryMB(): number {
  return Math.round((process.resourceUsage().maxRSS * 1024) / 1e6);
}

/** What differs between the run that a record tells of and the one asked for, one line each: `options.size: 240, now 360`. */
export function differences(record: RunIdentity, wanted: RunIdentity): string[] {
  const before = flatten(identityOf(record));
  const now = flatten(identityOf(wanted));
  const keys = [...new Set([...before.keys(), ...now.keys()])];
  return keys
    .filter((key) => before.get(key) !== now.get(key))
    .map((key) => {
      if (key === 'input.fingerprint') return 'the files of the clip have changed';
      const mask = /^annotations\.(\d+)\.sha256$/.exec(key);
      if (mask && before.has(key) && now.has(key)) {
        const { frame, file } = wanted.annotations[Number(mask[1])];
        return `the mask of frame ${frame} has changed (${file})`;
      }
      return `${key}: ${before.get(key) ?? 'not set'}, now ${now.get(key) ?? 'not set'}`;
    });
}

function identityOf(run: RunIdentity): RunIdentity {
  const { command, method, options, seed, weights, input, annotations, objects } = run;
  return { command, method, options, seed, weights, input, annotations, objects };
}

/** Leaves of nested values by dotted path. What JSON leaves out is left out here too. */
function flatten(value: unknown, path = '', leaves = new Map<string, string>()): Map<string, string> {
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) {
    leaves.set(path, value.join(', '));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value))
      flatten(item, path === '' ? key : `${path}.${key}`, leaves);
  } else if (value !== undefined) {
    leaves.set(path, JSON.stringify(value));
  }
  return leaves;
}

/**
 * Reads a record.
 *
 * @returns undefined where there is no such file
 * @throws OsvosError `output-exists` when the file is no record of this program
 */
export async function readRunRecord<R extends StoredRun = RunRecord>(file: string): Promise<R | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw new OsvosError('output-exists', (error as Error).message, file, undefined, { cause: error });
  }
  const record = parse<R>(text);
  if (!record) throw new OsvosError('output-exists', 'this file is no run record', file);
  return record;
}

function parse<R extends StoredRun>(text: string): R | undefined {
  try {
    const value = JSON.parse(text) as Partial<R> | null;
    return typeof value?.command === 'string' && typeof value.status === 'string' ? (value as R) : undefined;
  } catch {
    return undefined; // no JSON at all: as foreign as JSON of another program
  }
}

/** Writes a record for people and programs: indented, but each frame on one line. Throws `cannot-write`. */
export async function writeRunRecord(file: string, record: StoredRun): Promise<void> {
  const { frames, ...head } = record;
  let text = JSON.stringify(head, null, 2);
  if (frames) {
    const lines = frames.map((frame) => `\n    ${JSON.stringify(frame)}`).join(',');
    text = text.slice(0, -2) + `,\n  "frames": [${lines}${lines && '\n  '}]\n}`; // in place of the closing brace
  }
  await writeFileAtomically(file, `${text}\n`);
}
