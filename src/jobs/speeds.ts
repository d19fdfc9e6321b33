/** Work → seconds: at a speed that was measured just now, or that former runs had on this machine. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../clips/atomic-file.js';
import { engineNames, hasOneThread, type Engine, type EngineOptions } from '../engine/engine.js';
import { cacheFolder, processorName } from '../engine/machine.js';
import type { EngineSpeed } from '../engine/speed.js';
import { defaultThreads } from '../engine/threads.js';
import type { Work } from '../methods/cost.js';

/** Speeds of learning and of segmenting; apart, since a run tells of both and engines differ in them. */
export interface Speeds {
  learning: EngineSpeed;
  segmenting: EngineSpeed;
  source: 'measured now' | 'of former runs';
}

/** What a run was foretold and what it took. */
export interface Experience {
  speeds: Speeds;
  /** Foretold over actual seconds; left out where the run was too short to tell. */
  learning?: number;
  segmenting?: number;
}

export function secondsOf(work: Work, speed: EngineSpeed): number {
  return work.forward / speed.forward + work.backward / speed.backward + work.moved / speed.moved;
}

/** A speed at which all takes `factor` times less. */
export function scaleSpeed({ forward, backward, moved }: EngineSpeed, factor: number): EngineSpeed {
  return { forward: forward * factor, backward: backward * factor, moved: moved * factor };
}

/** What is known of an engine on one processor. */
interface Known {
  engine: Engine;
  processor: string;
  learning?: EngineSpeed;
  segmenting?: EngineSpeed;
}

/** Where speeds of former runs are kept. */
export function speedsFile(): string {
  return path.join(cacheFolder(), 'speeds.json');
}

/** Speeds of former runs with this engine, device, threads and processor. */
export async function rememberedSpeeds(
  engine: Engine,
  file = speedsFile(),
): Promise<Pick<Known, 'learning' | 'segmenting'>> {
  return (await readSpeeds(file)).find((known) => isOf(known, engine)) ?? {};
}

/**
 * The engine of the last run here that is one of those asked for. Where no threads are asked for, one that ran on fewer
 * than is usual, as under load, will do if there is no other.
 */
export async function lastEngine(
  { engine, threads, device = 'auto', precision = 'auto' }: EngineOptions,
  file = speedsFile(),
): Promise<Engine | undefined> {
  const fits = (known: Known) =>
    known.processor === processorName() &&
    engineNames.includes(known.engine.name) && // a newer version may have others
    (engine === 'auto' || known.engine.name === engine) &&
    (device === 'auto' || known.engine.device === device) &&
    (precision === 'auto' || known.engine.precision === precision);
  const has = (count: number) => (known: Known) =>
    known.engine.threads === count || hasOneThread(known.engine.name);
  const fitting = (await readSpeeds(file)).filter(fits);
  if (threads !== undefined) return fitting.find(has(threads))?.engine;
  return (fitting.find(has(defaultThreads())) ?? fitting[0])?.engine;
}

/** Keeps what a run has taught, the last run first. Throws `cannot-write`. */
export async function rememberSpeeds(
  engine: Engine,
  { speeds, learning, segmenting }: Experience,
  file = speedsFile(),
): Promise<void> {
  if (learning === undefined && segmenting === undefined) return;
  const all = await readSpeeds(file);
  const { name, device, threads, version, precision } = engine;
  const own: Known = {
    ...all.find((known) => isOf(known, engine)),
    engine: { name, device, threads, version, precision },
    processor: processorName(),
  };
  if (learning !== undefined) own.learning = scaleSpeed(speeds.learning, learning);
  if (segmenting !== undefined) own.segmenting = scaleSpeed(speeds.segmenting, segmenting);
  const others = all.filter((known) => !isOf(known, engine));
  await writeFileAtomically(file, `${JSON.stringify([own, ...others], null, 2)}\n`);
}

function isOf(known: Known, { name, device, threads, version, precision }: Engine): boolean {
  const { engine, processor } = known;
  const same = engine.name === name && engine.device === device && engine.version === version;
  const alike = engine.threads === threads && engine.precision === precision;
  return same && alike && processor === processorName();
}

/** A file that is not there or cannot be read knows nothing: the speed is measured then, and the estimate says so. */
async function readSpeeds(file: string): Promise<Known[]> {
  try {
    const value = JSON.parse(await readFile(file, 'utf8')) as unknown;
    return Array.isArray(value) ? (value as Known[]) : [];
  } catch {
    return [];
  }
}
