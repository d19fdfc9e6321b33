/** How much more memory a piece of work takes than there is before it. */
import { readFileSync, writeFileSync } from 'node:fs';

/** MB by which the process grows at most while `work` runs; null on systems that cannot tell (Linux can). */
export function peakGrowth(work: () => void): number | null {
  const before = startCount();
  work();
  return before === null ? null : Math.max(0, statusMb('VmHWM') - before);
}

/** Lets the system count the largest size from now on. */
function startCount(): number | null {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return statusMb('VmRSS');
  } catch {
    return null; // another system
  }
}

function statusMb(key: string): number {
  const [, kilobytes] =
    new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return (Number(kilobytes) * 1024) / 1e6;
}
