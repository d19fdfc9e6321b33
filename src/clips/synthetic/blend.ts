/** Linear blend of two values. */
export function mix(a: number, b: number, t: number): number {
  return a + (b - a) * t;
}

/** Smooth step from 0 at `low` to 1 at `high`. */
export function step(low: number, high: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return t * t * (3 - 2 * t);
}
