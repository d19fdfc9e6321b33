/** Times and memory of one piece of work, and what a child process tells of them; `peers/pytorch.py` tells the same. */
import { convolutionShare, type Profile } from './profile.js';
import type { Work } from './work.js';

export interface Measurement {
  /** User and system time of all threads of the process. */
  iterationCpuMs: number[];
  iterationWallMs: number[];
  forwardWallMs: number[];
  /** Largest resident set of the process, MB. */
  peakMb: number;
  /** Of all iterations, those that warm up too. */
  losses: number[];
  /** Of the engine's library. */
  version: string;
  /** Share of an iteration that is spent in convolutions; null where it is not asked for, or not told. */
  convolutionShare: number | null;
}

/** Not timed: they fill caches, start threads and generate code. */
export const WARM_UP = 2;

/** First frames, then iterations. */
export async function measure(
  work: Work,
  iterations: number,
  profile: Profile | null,
): Promise<Omit<Measurement, 'version'>> {
  const forwardWallMs: number[] = [];
  for (let i = 0; i < WARM_UP + iterations; i++) {
    const began = performance.now();
    await work.forward();
    if (i >= WARM_UP) forwardWallMs.push(performance.now() - began);
  }
  const [iterationCpuMs, iterationWallMs, losses]: number[][] = [[], [], []];
  let [cpu, wall] = [process.cpuUsage(), performance.now()];
  await work.iterate(WARM_UP + iterations, (loss) => {
    const { user, system } = process.cpuUsage(cpu);
    losses.push(loss);
    if (losses.length > WARM_UP) {
      iterationCpuMs.push((user + system) / 1000);
      iterationWallMs.push(performance.now() - wall);
    }
    [cpu, wall] = [process.cpuUsage(), performance.now()];
  });
  const peakMb = (process.resourceUsage().maxRSS * 1024) / 1e6;
  const share = profile && (await convolutionShare(profile, () => work.iterate(1)));
  return { iterationCpuMs, iterationWallMs, forwardWallMs, peakMb, losses, convolutionShare: share };
}
