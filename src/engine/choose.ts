/** In which order `auto` tries the engines: that of their speed here, which is measured once. */
import { engineNames, type EngineName, type EngineOptions } from './engine.js';
import { hasGraphicsCard } from './machine.js';
import { measureEngines, type MeasureOne } from './measure.js';
import { bySpeed, describeMeasurements, isMeasured, type Measurement } from './measurement.js';
import { fingerprintOf, keepMeasurements, readMeasurements } from './measurements-file.js';
import { findNative, isNative, type NativeEngine } from './probe.js';
import { remedyFor } from './start-one.js';
import { defaultThreads } from './threads.js';

/** One engine, with the device that it is to be asked for. */
export interface Candidate {
  name: EngineName;
  device: EngineOptions['device'];
}

/** The engines that do what is asked for, the best first, and what the user should know about the choice. */
export interface Choice {
  candidates: Candidate[];
  notes: string[];
}

/** What choosing needs of the world. */
export interface ChoiceServices {
  /** Native engines that are there; whether they work is another question. */
  installed: () => NativeEngine[];
  /** The step of one engine; in a child process when left out. */
  measureOne?: MeasureOne;
  /** Said before the measuring, which takes some seconds. */
  tell?: (text: string) => void;
}

const MEASURE_AGAIN = '`osvos doctor --measure` measures again';

/** From the one that mostly is the fastest to the slowest: the order of what was not measured. */
export const expectedOrder: readonly EngineName[] = engineNames;

/** Engines that can do what is asked for, in the expected order. */
export function fitting({ engine, device, precision }: EngineOptions): readonly EngineName[] {
  if (engine !== 'auto') return [engine];
  if (precision === 'bf16' || device === 'mps') return ['torch'];
  if (device === 'cuda') return ['torch', 'tensorflow'];
  return device === 'cpu' ? expectedOrder.filter((name) => name !== 'webgpu') : expectedOrder;
}

/** Native engines whose package is here and whose speeds decide; fewer than two leave nothing to measure. */
export function rivals(options: EngineOptions, installed: readonly NativeEngine[]): NativeEngine[] {
  if (options.engine !== 'auto') return [];
  const names = fitting(options).filter(isNative);
  return names.filter((name) => installed.includes(name));
}

/**
 * The order in which engines are to be tried. Under `auto`, where more than one native engine is installed, it is that of
 * their speeds: as they were measured before on this machine, else measured now and kept.
 */
export async function chooseEngines(
  options: EngineOptions,
  services: ChoiceServices = { installed: installedEngines },
): Promise<Choice> {
  const installed = services.installed();
  const names = rivals(options, installed);
  if (names.length < 2) return { candidates: orderCandidates(options, [], installed), notes: [] };
  const known = await readMeasurements(fingerprintOf(options));
  if (known && covers(known, names)) {
    // where none was measured, each is tried now and tells its reason
    const notes = known.some(isMeasured) ? describeFailures(known) : [];
    return { candidates: orderCandidates(options, known, installed), notes };
  }
  services.tell?.(`measuring the engines, once on this machine: ${names.join(', ')}`);
  const { measurements, notes } = await measureAndKeep(names, options, services.measureOne);
  return { candidates: orderCandidates(options, measurements, installed), notes };
}

/** Measures now, whatever was known; notes tell of the result. */
export async function measureAndKeep(
  names: readonly EngineName[],
  options: EngineOptions,
  measureOne?: MeasureOne,
): Promise<{ measurements: Measurement[]; notes: string[] }> {
  const { threads, device, precision } = options;
  const measurements = await measureEngines(names, { threads, device, precision }, measureOne);
  const notes = describeFailures(measurements);
  if (measurements.some(isMeasured)) notes.unshift(describeChoice(measurements, options));
  // what was cut short is measured again the next time
  if (measurements.some((each) => !isMeasured(each) && each.passing)) return { measurements, notes };
  try {
    await keepMeasurements(fingerprintOf(options), measurements);
  } catch (error) {
    notes.push(`engines will be measured at each start, as this cannot be kept: ${(error as Error).message}`);
  }
  return { measurements, notes };
}

/**
 * Native engines by speed, then those that could not be measured, then the others, which are always slower. Set-up
 * installs `webgpu` only when told to, so under `auto` it is not missed where it is not.
 */
export function orderCandidates(
  options: EngineOptions,
  measurements: readonly Measurement[],
  installed: readonly NativeEngine[],
): Candidate[] {
  const native = bySpeed(measurements).filter(({ name }) => isNative(name));
  const fast = native.map(({ name, asked }) => ({ name, device: asked }));
  const missed = options.engine === 'auto' && !installed.includes('webgpu') ? ['webgpu'] : [];
  const rest = fitting(options).filter((name) => fast.every((candidate) => candidate.name !== name));
  const { device } = options;
  return [...fast, ...rest.filter((name) => !missed.includes(name)).map((name) => ({ name, device }))];
}

/** Native engines whose package is here; `webgpu` only beside a graphics card, as it is nothing without. */
export function installedEngines(): NativeEngine[] {
  const names = expectedOrder.filter(isNative).filter((name) => !('why' in findNative(name)));
  return hasGraphicsCard() ? names : names.filter((name) => name !== 'webgpu');
}

function describeChoice(
  measurements: readonly Measurement[],
  { threads = defaultThreads() }: EngineOptions,
): string {
  const text = describeMeasurements(measurements);
  const fewer = measurements.some(
    (each) => isMeasured(each) && each.name === 'torch' && each.threads < threads,
  );
  return fewer ? `${text}, while other programs kept the cores busy; ${MEASURE_AGAIN}` : text;
}

/** Whether each of these engines was measured, or tried to be. */
export function covers(measurements: readonly Measurement[], names: readonly EngineName[]): boolean {
  return names.every((name) => measurements.some((each) => each.name === name));
}

/** What could not be measured, and why: one sentence each. */
export function describeFailures(measurements: readonly Measurement[]): string[] {
  return measurements
    .filter((each) => !isMeasured(each))
    .map(({ name, asked, why }) => {
      const where = asked === 'auto' ? name : `${name} on ${asked}`;
      return `engine ${where} could not be measured: ${why}; ${remedyFor(name)}, ${MEASURE_AGAIN}`;
    });
}
