/** What a run that goes on has to say of its engine: masks depend on it in places. */
import type { Engine } from '../engine/engine.js';
import { recordDiffers } from './output-folder.js';

/** What a record tells of the engine of a run's last start; `precision` is absent in records of version 0.1.0. */
export interface RecordedEngine {
  engine: { name: string; device: string; precision?: string };
  threads: number;
}

/** Masks of two engines differ in places: a run does not change its engine on the way. Throws `record-differs`. */
export function refuseOtherEngine(
  former: RecordedEngine | undefined,
  { name }: Engine,
  folder: string,
): void {
  if (former && former.engine.name !== name) {
    throw recordDiffers(folder, [`engine: ${former.engine.name}, now ${name}`]);
  }
}

/**
 * A line for the record where device, precision or threads are others than before the stop, as `auto` and the load of the
 * machine may have it: the result is then not, byte for byte, that of a run without the stop.
 */
export function describeChangedEngine(
  { engine: former, threads }: RecordedEngine,
  now: Engine,
): string | undefined {
  const { precision = 'f32' } = former;
  const changes = [
    ['--device', former.device, now.device],
    ['--precision', precision, now.precision],
    ['--threads', threads, now.threads],
  ].filter(([, before, after]) => before !== after);
  if (changes.length === 0) return undefined;
  const told = changes.map(([flag, before, after]) => `${flag} ${before}, now ${after}`).join('; ');
  const asBefore = changes.map(([flag, before]) => `${flag} ${before}`).join(' ');
  return `this run began with ${told}: results may differ in places from those of one start; ${asBefore} goes on as before`;
}
