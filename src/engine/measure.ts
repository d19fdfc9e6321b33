/** Measures engines, each in a child process: two native libraries in one process share symbols and threads. */
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import type { EngineName, EngineOptions } from './engine.js';
import { isMeasured, type Measured, type Measurement } from './measurement.js';
import { explainEnd, runTrial, type TrialEnd } from './probe.js';

/** One engine on the device that is asked for. */
export type MeasureOne = (name: EngineName, options: Omit<EngineOptions, 'engine'>) => Promise<Measurement>;

/** Signals by which users and systems end processes, rather than faults. */
const ENDED_FROM_OUTSIDE = ['SIGINT', 'SIGTERM', 'SIGKILL', 'SIGHUP'];

/**
 * A step of each engine, one engine after the other, with the threads that a run would have. An engine that takes a
 * card is measured on the processor, too, unless a device was asked for or it knows nothing but cards.
 */
export async function measureEngines(
  names: readonly EngineName[],
  options: Omit<EngineOptions, 'engine'>,
  measureOne: MeasureOne = measureInChild,
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const name of names) {
    const first = await measureOne(name, options);
    measurements.push(first);
    const onCard = isMeasured(first) && first.device !== 'cpu';
    if (first.asked === 'auto' && onCard && name !== 'webgpu') {
      measurements.push(await measureOne(name, { ...options, device: 'cpu' }));
    }
  }
  return measurements;
}

/** Starts the engine in a child process and has it take some steps. */
export const measureInChild: MeasureOne = async (name, options) => {
  const end = await runTrial(measuringProgram(), undefined, [JSON.stringify({ ...options, engine: name })]);
  return readMeasurement(name, options.device, end);
};

/** What the end of a measuring child says. */
export function readMeasurement(
  name: EngineName,
  asked: Measured['asked'] = 'auto',
  end: TrialEnd,
): Measurement {
  const sent = end.message as Omit<Measured, 'asked'> | undefined;
  if (end.code === 0 && sent) return { ...sent, asked };
  const passing = end.signal !== null && ENDED_FROM_OUTSIDE.includes(end.signal);
  return { name, asked, stepMs: null, why: explainEnd(end), passing };
}

function measuringProgram(): string {
  // beside this file, as TypeScript or as JavaScript
  const extension = path.extname(fileURLToPath(import.meta.url));
  return fileURLToPath(new URL(`./measuring-child${extension}`, import.meta.url));
}
