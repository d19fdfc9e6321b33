/** Where an iteration goes, by the engine's own account. */
import { profileKernels } from '../../src/engine/torch/profile.js';

/** Runs the work and tells its kernels' times. */
export type Profile = (work: () => Promise<void>) => Promise<{ name: string; ms: number }[]>;

/** The profile of an engine that keeps one; null where it keeps none. */
export function profileOf(engine: string): Profile | null {
  return engine === 'torch' ? profileKernels : null;
}

/** Share of the work's wall time that kernels with `conv` in their names take: 0–1. On one thread. */
export async function convolutionShare(profile: Profile, work: () => Promise<void>): Promise<number> {
  let ms = 0;
  const kernels = await profile(async () => {
    const began = performance.now();
    await work();
    ms = performance.now() - began;
  });
  const convolutions = kernels.filter(({ name }) => /conv/i.test(name));
  return convolutions.reduce((sum, kernel) => sum + kernel.ms, 0) / ms;
}
