/** Frames with a mask that shows some of the objects: what was given stays, the others are segmented around it. */
import { idsOf, type LabelMap, type Probabilities } from '../label-map.js';

/** Probabilities without those of objects that were given. */
export function othersThan(given: LabelMap, p: Probabilities): Probabilities {
  const known = idsOf(given);
  const pixels = p.width * p.height;
  const places = [...p.ids.keys()].filter((k) => !known.includes(p.ids[k]));
  const data = new Float32Array(places.length * pixels);
  places.forEach((k, i) => data.set(p.data.subarray(k * pixels, (k + 1) * pixels), i * pixels));
  return { ...p, ids: places.map((k) => p.ids[k]), data };
}

/** The given labels, void too, and where they are 0 those of the others; these alone where nothing was given. */
export function underGiven(others: LabelMap, given: LabelMap | undefined): LabelMap {
  if (!given) return others;
  return { ...others, data: others.data.map((label, i) => (given.data[i] === 0 ? label : given.data[i])) };
}
