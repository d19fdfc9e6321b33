/** What a way of segmenting took, by its records. */
import type { MethodCost } from '../report/comparison.js';
import { mean } from '../scores/statistics.js';
import { WARM_UP_STAGE } from './clock.js';
import type { RunRecord } from './run-record.js';

/** Means over the records, the largest of their peaks; undefined without records. */
export function costOf(records: readonly RunRecord[]): MethodCost | undefined {
  if (records.length === 0) return undefined;
  const totals: Record<string, number> = {};
  for (const { seconds } of records) {
    for (const [stage, own] of Object.entries(seconds)) totals[stage] = (totals[stage] ?? 0) + own;
  }
  const stages = Object.fromEntries(
    Object.entries(totals).map(([stage, sum]) => [stage, sum / records.length]),
  );
  const { engine, threads } = records[0];
  return {
    stages: inOrder(stages),
    secondsPerSequence: Object.entries(stages).reduce(
      (sum, [stage, seconds]) => (stage === WARM_UP_STAGE ? sum : sum + seconds),
      0,
    ),
    secondsPerFrame: mean(
      records.map(({ secondsPerFrame }) => secondsPerFrame).filter((value) => value !== null),
    ),
    peakMemoryMB: Math.max(...records.map(({ peakMemoryMB }) => peakMemoryMB)),
    ...{ engine: engine.name, device: engine.device, precision: engine.precision, threads },
  };
}

/** As a run goes through them; what has no place here comes last. */
const order = [WARM_UP_STAGE, 'loading', 'fine-tuning', 'memorising', 'decoding', 'segmenting', 'snapping', 'encoding']; // prettier-ignore

function inOrder(stages: Record<string, number>): Record<string, number> {
  const place = (stage: string) => (order.includes(stage) ? order.indexOf(stage) : order.length);
  return Object.fromEntries(Object.entries(stages).sort(([a], [b]) => place(a) - place(b)));
}
