/** What `osvos doctor` tells about the engines: each one is really started, native ones in a child process. */
import * as tf from '@tensorflow/tfjs';
import { OsvosError } from '../errors.js';
import { expectedOrder } from './choose.js';
import type { Engine, EngineName } from './engine.js';
import { isMeasured, type Measured, type Measurement } from './measurement.js';
import { explainEnd, findNative, isNative, runTrial, trialProgram, type NativeEngine } from './probe.js';
import { startEngine } from './start.js';
import { remedyFor } from './start-one.js';
import { defaultThreads } from './threads.js';
import type { TrialMessage } from './trial.js';

/** One engine on this machine. */
export interface EngineReport {
  name: EngineName;
  available: boolean;
  /** Null when it does not work. */
  device: Engine['device'] | null;
  precision: Engine['precision'] | null;
  /** Threads that it would use; 0 when it does not work. */
  threads: number;
  version: string | null;
  /** Milliseconds of a training step; null when that was not measured. */
  stepMs: number | null;
  /** Why it does not work; null when it does. */
  why: string | null;
  /** What mends it, one line; null when nothing has to be mended. */
  remedy: string | null;
}

/**
 * All engines, in the expected order of their speed; where one was measured on more than one device, each device.
 *
 * @param threads that native engines would use
 */
export async function probeEngines(
  measurements: readonly Measurement[] = [],
  threads = defaultThreads(),
): Promise<EngineReport[]> {
  const before = tf.engine().backendName as string | undefined;
  const reports: EngineReport[] = [];
  for (const name of expectedOrder) {
    const report = isNative(name) ? await probeNative(name, threads) : await probeHere(name);
    const measured = measurements.filter(isMeasured).filter((each) => each.name === name);
    if (report.available && measured.length > 0) reports.push(...measured.map(working));
    else reports.push(report);
  }
  // a process that computes already goes on with its own engine
  if (before !== undefined) await tf.setBackend(before);
  return reports;
}

async function probeNative(name: NativeEngine, threads: number): Promise<EngineReport> {
  const found = findNative(name);
  if ('why' in found) return missing(name, found.why, remedyFor(name));
  const end = await runTrial(trialProgram(name));
  if (end.code !== 0) return missing(name, explainEnd(end), remedyFor(name));
  // a trial that ends well has sent what it found
  return working({ name, threads, ...(end.message as TrialMessage) });
}

async function probeHere(name: EngineName): Promise<EngineReport> {
  try {
    return working(await startEngine({ engine: name }));
  } catch (error) {
    if (!(error instanceof OsvosError)) throw error;
    return missing(name, error.what, remedyFor(name));
  }
}

function working(engine: Engine & Partial<Pick<Measured, 'stepMs'>>): EngineReport {
  const { name, device, precision, threads, version, stepMs = null } = engine;
  return { name, available: true, device, precision, threads, version, stepMs, why: null, remedy: null };
}

function missing(name: EngineName, why: string, remedy: string): EngineReport {
  const none = { device: null, precision: null, threads: 0, version: null, stepMs: null };
  return { name, available: false, ...none, why, remedy };
}
