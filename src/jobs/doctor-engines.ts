/** What `osvos doctor` says of the engines: which work, how fast they are, and which one `auto` takes. */
import {
  covers,
  describeFailures,
  fitting,
  installedEngines,
  measureAndKeep,
  orderCandidates,
  rivals,
} from '../engine/choose.js';
import type { EngineName, EngineOptions } from '../engine/engine.js';
import type { Measurement } from '../engine/measurement.js';
import { fingerprintOf, readMeasurements } from '../engine/measurements-file.js';
import { forgetTrial, isNative } from '../engine/probe.js';
import { probeEngines, type EngineReport } from '../engine/probe-all.js';
import { isSoftware } from '../engine/webgpu/adapter.js';

export interface EngineFindings {
  engines: EngineReport[];
  /** The engine that `--engine auto` takes; null when none works. While `unmeasured` names any, only the likely one. */
  auto: EngineName | null;
  /** Engines between which the next run has still to choose, by measuring them. */
  unmeasured: EngineName[];
  /** What the measuring found, and what it could not. */
  notes: string[];
}

export interface EngineQuestion {
  /** What is asked for, as a run would; `engine` is `auto`. */
  options: Omit<EngineOptions, 'engine'>;
  /** Measures anew; else what is known is told. */
  measure: boolean;
  report: (text: string) => void;
}

/** Starts each engine once. */
export async function examineEngines({ options, measure, report }: EngineQuestion): Promise<EngineFindings> {
  const asked: EngineOptions = { ...options, engine: 'auto' };
  const { measurements, notes } = measure ? await measureNow(asked, report) : await recall(asked);
  const engines = await probeEngines(measurements, options.threads);
  const installed = installedEngines();
  const working = engines
    .filter(({ available, device }) => available && !isSoftware(device ?? ''))
    .map(({ name }) => name);
  const auto = orderCandidates(asked, measurements, installed).find(({ name }) => working.includes(name));
  const choices = rivals(asked, installed).filter((name) => working.includes(name));
  const unmeasured = choices.length > 1 && !covers(measurements, choices) ? choices : [];
  return { engines, auto: auto?.name ?? null, unmeasured, notes };
}

/** All but `cpu`, which takes a minute for what others do in a second. */
async function measureNow(asked: EngineOptions, report: (text: string) => void) {
  const installed: EngineName[] = installedEngines();
  const names = fitting(asked).filter((name) => (isNative(name) ? installed.includes(name) : name !== 'cpu'));
  report(`measuring the engines: ${names.join(', ')}`);
  // the precision is found out again, too
  for (const name of names) if (isNative(name)) await forgetTrial(name);
  return measureAndKeep(names, asked);
}

async function recall(asked: EngineOptions): Promise<{ measurements: Measurement[]; notes: string[] }> {
  const measurements = (await readMeasurements(fingerprintOf(asked))) ?? [];
  return { measurements, notes: describeFailures(measurements) };
}
