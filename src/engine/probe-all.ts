/** What `osvos doctor` tells about the engines: each one is really started, native ones in a child process. */
import * as tf from '@tensorflow/tfjs';
import { OsvosError } from '../errors.js';
import type { Engine, EngineName } from './engine.js';
import { coreCount } from './machine.js';
import { explainEnd, findNative, runTrial, trialProgram, type NativeEngine } from './probe.js';
import { autoOrder, remedyFor, startEngine } from './start.js';
import type { TrialMessage } from './trial.js';

/** One engine on this machine. */
export interface EngineReport {
  name: EngineName;
  available: boolean;
  /** Null when it does not work. */
  device: Engine['device'] | null;
  /** Threads that it would use; 0 when it does not work. */
  threads: number;
  version: string | null;
  /** Why it does not work; null when it does. */
  why: string | null;
  /** What mends it, one line; null when nothing has to be mended. */
  remedy: string | null;
}

/** All engines, in the order in which `auto` tries them. */
export async function probeEngines(): Promise<EngineReport[]> {
  const before = tf.engine().backendName as string | undefined;
  const reports: EngineReport[] = [];
  for (const name of autoOrder) {
    reports.push(isNative(name) ? await probeNative(name) : await probeHere(name));
  }
  // a process that computes already goes on with its own engine
  if (before !== undefined) await tf.setBackend(before);
  return reports;
}

function isNative(name: EngineName): name is NativeEngine {
  return name === 'torch' || name === 'tensorflow';
}

async function probeNative(name: NativeEngine): Promise<EngineReport> {
  const found = findNative(name);
  if ('why' in found) return missing(name, found.why, remedyFor(name));
  const end = await runTrial(trialProgram(name));
  if (end.code !== 0) return missing(name, explainEnd(end), remedyFor(name));
  // a trial that ends well has sent what it found
  return working({ name, ...(end.message as TrialMessage), threads: coreCount() });
}

async function probeHere(name: EngineName): Promise<EngineReport> {
  try {
    return working(await startEngine({ engine: name }));
  } catch (error) {
    if (!(error instanceof OsvosError)) throw error;
    return missing(name, error.what, remedyFor(name));
  }
}

function working({ name, device, threads, version }: Engine): EngineReport {
  return { name, available: true, device, threads, version, why: null, remedy: null };
}

function missing(name: EngineName, why: string, remedy: string): EngineReport {
  return { name, available: false, device: null, threads: 0, version: null, why, remedy };
}
