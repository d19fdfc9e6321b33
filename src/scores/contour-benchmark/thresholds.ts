/** How many thresholds the published figures are read at. */
export const STANDARD_THRESHOLDS = 99;

/**
 * `count` thresholds that divide 0–1 evenly, both ends left out: 99 give 0.01 … 0.99. Stepped as MATLAB's linspace
 * does, which decides about values that lie on a threshold: the second of five is just above 1/3.
 */
export function evenThresholds(count: number): number[] {
  const first = 1 / (count + 1);
  const last = 1 - first;
  if (count === 1) return [first];
  return Array.from({ length: count }, (_, k) =>
    k === count - 1 ? last : first + (k * (last - first)) / (count - 1),
  );
}
