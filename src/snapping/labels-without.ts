/** Labels of a frame without the pieces of objects that are not wanted. */
import { labelsFromProbabilities, type LabelMap, type Probabilities } from '../label-map.js';
import { findComponents, type Components } from './components.js';

/**
 * Labels as `labelsFromProbabilities` decides them, less the components that `unwanted` names. A pixel that is taken
 * from one object goes to the next that is probable enough there, of twins the other one, else to the background; what
 * comes of that is looked at again, until nothing is unwanted.
 *
 * @param p is left as it is
 * @param unwanted numbers of components to drop; must leave each object one
 */
export function labelsWithout(
  p: Probabilities,
  threshold: number,
  unwanted: (components: Components, labels: LabelMap) => Set<number>,
): LabelMap {
  let rest = p;
  for (;;) {
    const labels = labelsFromProbabilities(rest, threshold);
    const components = findComponents(labels);
    const drop = unwanted(components, labels);
    if (drop.size === 0) return labels;
    if (rest === p) rest = { ...p, data: p.data.slice() };
    clear(rest, components, drop);
  }
}

/** Makes objects impossible where they are dropped. */
function clear(p: Probabilities, { map, ids }: Components, drop: Set<number>): void {
  const planes = new Map(p.ids.map((id, k) => [id, k * map.length]));
  for (let i = 0; i < map.length; i++) {
    if (drop.has(map[i])) p.data[planes.get(ids[map[i]])! + i] = 0;
  }
}
