/** Only the largest piece of each object. */
import type { Components } from './components.js';

/** Numbers of all components but the largest of each object; of equal ones the first in reading order is kept. */
export function butLargest({ ids, areas }: Components): Set<number> {
  const largest = new Map<number, number>();
  for (let component = 1; component < ids.length; component++) {
    const best = largest.get(ids[component]);
    if (best === undefined || areas[component] > areas[best]) largest.set(ids[component], component);
  }
  const kept = new Set(largest.values());
  return new Set([...areas.keys()].filter((component) => component > 0 && !kept.has(component)));
}
