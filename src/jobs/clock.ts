/** What a run spends its wall time on, by stage. */

/** Starting the engine: done once, however many clips follow. */
export const WARM_UP_STAGE = 'engine';

/**
 * Sums wall time by stage. Decoder, thread of outlines and writer work beside the network: a stage's time is what the
 * run waited for it, so that all stages together are the time that went by.
 */
export interface Clock {
  /** To milliseconds. */
  readonly seconds: Record<string, number>;
  time<T>(stage: string, work: () => Promise<T>): Promise<T>;
}

/** @param former seconds of earlier starts of the same run, which go on growing */
export function createClock(former: Record<string, number> = {}): Clock {
  const exact = { ...former };
  const seconds = { ...former };
  return {
    seconds,
    async time(stage, work) {
      const since = performance.now();
      try {
        return await work();
      } finally {
        exact[stage] = (exact[stage] ?? 0) + (performance.now() - since) / 1000;
        seconds[stage] = roundSeconds(exact[stage]);
      }
    },
  };
}

/** Milliseconds are enough. */
export function roundSeconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
