/** Learning rate of each step, counted from 0. */
export type Schedule = (step: number) => number;

export function constant(rate: number): Schedule {
  return () => rate;
}

/** From 1 at share 0 to 0 at share 1. */
export function halfCosine(share: number): number {
  return (1 + Math.cos(Math.PI * share)) / 2;
}

/**
 * From `rate` at step 0 along half a cosine to `fraction · rate` at the last of `steps` steps
 * (Loshchilov & Hutter 2017, eq. 5, one period); stays there afterwards.
 */
export function cosine(rate: number, steps: number, fraction: number = 0): Schedule {
  return (step) => {
    const done = steps > 1 ? Math.min(1, step / (steps - 1)) : 0;
    return rate * (fraction + (1 - fraction) * halfCosine(done));
  };
}

/** Rises linearly during the first `steps` steps: 1/steps, 2/steps, … of what `schedule` says for that step. */
export function warmUp(steps: number, schedule: Schedule): Schedule {
  return (step) => (step < steps ? ((step + 1) / steps) * schedule(step) : schedule(step));
}

export interface Phase {
  /** Steps that it lasts; the last phase goes on for ever. */
  steps: number;
  /** Counts its own steps from 0. */
  schedule: Schedule;
}

/** One schedule after the other. */
export function phases(...parts: readonly [Phase, ...Phase[]]): Schedule {
  return (step) => {
    let start = 0;
    for (const { steps, schedule } of parts.slice(0, -1)) {
      if (step < start + steps) return schedule(step - start);
      start += steps;
    }
    return parts[parts.length - 1].schedule(step - start);
  };
}
