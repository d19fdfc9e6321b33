/** How far masks of several methods are the same, where nobody knows the truth. */
import { idsOf, type LabelMap } from '../label-map.js';
import { regionSimilarity } from './region.js';
import { mean } from './statistics.js';

/** Mean J over the objects that either of two label maps shows; `null` where both are empty. */
export function agreementOf(a: LabelMap, b: LabelMap): number | null {
  const ids = new Set([...idsOf(a), ...idsOf(b)]);
  const only = ({ width, height, data }: LabelMap, id: number) => ({
    ...{ width, height },
    data: data.map((label) => (label === id ? 1 : 0)),
  });
  return mean([...ids].map((id) => regionSimilarity(only(a, id), only(b, id))));
}
