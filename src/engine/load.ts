/** How busy other programs keep the processor. */
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds since the machine or this process was started, but for `at`, which is a moment. */
export interface CoreTimes {
  at: number;
  /** Of all cores together, whoever kept them busy. */
  busy: number;
  /** Of this process. */
  own: number;
  /** Cores of the machine, also those that this process may not use. */
  cores: number;
}

/** The system counts in hundredths of a second: less than ten of them say nothing. */
const SHORTEST_MS = 100;

export function readCoreTimes(): CoreTimes {
  const each = cpus().map(({ times }) => times.user + times.nice + times.sys + times.irq);
  const { user, system } = process.cpuUsage();
  return {
    at: performance.now(),
    busy: each.reduce((a, b) => a + b, 0),
    own: (user + system) / 1000,
    cores: each.length,
  };
}

/** The times some while after `before`; waits only for what is left of a tenth of a second. */
export async function readCoreTimesAfter(before: CoreTimes): Promise<CoreTimes> {
  await sleep(Math.max(0, SHORTEST_MS - (performance.now() - before.at)));
  return readCoreTimes();
}

/** Cores that others kept busy between two readings, from 0 to all of them, with a fraction. */
export function coresOfOthers(before: CoreTimes, after: CoreTimes): number {
  const others = after.busy - before.busy - (after.own - before.own);
  return Math.min(Math.max(others / (after.at - before.at), 0), after.cores);
}
