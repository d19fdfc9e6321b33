/** What was measured on this machine: `engines.json` in the user's cache folder. */
import { readFile } from 'node:fs/promises';
import { statSync } from 'node:fs';
import path from 'node:path';
import { writeFileAtomically } from '../clips/atomic-file.js';
import type { EngineOptions } from './engine.js';
import { cacheFolder, coreCount, hasNvidiaDriver, processorName } from './machine.js';
import type { Measurement } from './measurement.js';
import { findNative, nativeEngines } from './probe.js';
import { defaultThreads } from './threads.js';

/** All that an engine's speed depends on: where one value is another, it is measured anew. */
export type Fingerprint = Record<string, string | number | boolean>;

interface Entry {
  fingerprint: Fingerprint;
  measurements: Measurement[];
}

/** Home folders are shared between machines, and threads, device and precision can be asked for. */
const MOST_ENTRIES = 20;
/** Rises with the step that is measured and with the form of the file. */
const FORM = 1;

export function measurementsFile(): string {
  return path.join(cacheFolder(), 'engines.json');
}

/** This machine and its engines, for what is asked for. */
export function fingerprintOf({
  threads = defaultThreads(),
  device = 'auto',
  precision = 'auto',
}: Omit<EngineOptions, 'engine'>): Fingerprint {
  const machine = {
    form: FORM,
    processor: processorName(),
    cores: coreCount(),
    nvidia: hasNvidiaDriver(),
    arch: process.arch,
    node: process.version,
  };
  const engines = Object.fromEntries(nativeEngines.map((name) => [name, describeAddon(findNative(name))]));
  return { ...machine, ...engines, threads, device, precision };
}

function describeAddon(found: ReturnType<typeof findNative>): string {
  if ('why' in found) return 'missing';
  const { mtimeMs, size } = statSync(found.addon);
  return `${found.version}, ${size} bytes of ${new Date(mtimeMs).toISOString()}: ${found.addon}`;
}

/** What was measured under the same conditions; undefined where nothing was. */
export async function readMeasurements(
  fingerprint: Fingerprint,
  file = measurementsFile(),
): Promise<Measurement[] | undefined> {
  return (await readEntries(file)).find((entry) => isSame(entry.fingerprint, fingerprint))?.measurements;
}

/** Keeps what was measured, in the place of what was before. Throws `cannot-write`. */
export async function keepMeasurements(
  fingerprint: Fingerprint,
  measurements: Measurement[],
  file = measurementsFile(),
): Promise<void> {
  const others = (await readEntries(file)).filter((entry) => !isSame(entry.fingerprint, fingerprint));
  const entries: Entry[] = [{ fingerprint, measurements }, ...others].slice(0, MOST_ENTRIES);
  await writeFileAtomically(file, `${JSON.stringify(entries, null, 2)}\n`);
}

function isSame(a: Fingerprint, b: Fingerprint): boolean {
  const keys = Object.keys(b);
  return keys.length === Object.keys(a).length && keys.every((key) => a[key] === b[key]);
}

/** A file that is not there or cannot be read knows nothing: engines are measured then, which is said. */
async function readEntries(file: string): Promise<Entry[]> {
  try {
    const value = JSON.parse(await readFile(file, 'utf8')) as unknown;
    return Array.isArray(value) ? value.filter(isEntry) : [];
  } catch {
    return [];
  }
}

function isEntry(value: unknown): value is Entry {
  const { fingerprint, measurements } = (value ?? {}) as Partial<Entry>;
  return typeof fingerprint === 'object' && fingerprint !== null && Array.isArray(measurements);
}
