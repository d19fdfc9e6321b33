/**
 * Only what is near to where the object was: a look-alike across the frame is not the object.
 *
 * Near is what lies within one `FARTHEST_STEP` of where the object was last seen. Where nothing is, the object was
 * hidden, or jumped at a cut: its nearest piece is then kept as the best guess, so that none is lost for ever. The
 * guess counts as seen, and is followed, only once the object can have got there, in `n` frames by `n` steps (after
 * four frames or so that is anywhere in the frame). Until then what comes out where the object was is followed: a
 * look-alike that was taken for a hidden object is let go again.
 */
import type { LabelMap } from '../label-map.js';
import { findComponents, type Components } from './components.js';
import { squaredDistances } from './distances.js';

/**
 * Share of the frame's diagonal. OnAVOS takes pixels further than 220 pixels from the last mask for background, in
 * frames of 854×480 (Voigtlaender & Leibe 2017, § 4; distance measured as there, between nearest pixels).
 */
export const FARTHEST_STEP = 220 / Math.hypot(854, 480);

/** A frame in which an object was where it could be. */
export interface Sighting {
  /** The frame's. */
  index: number;
  labels: LabelMap;
}

/** The latest sighting by object id. */
export type Sightings = ReadonlyMap<number, Sighting>;

export interface Nearness {
  /** Components that are too far away. */
  drop: Set<number>;
  /** Objects that are seen in this frame: where they can be since their last sighting, or for the first time. */
  seen: Set<number>;
}

/**
 * Judges the components of frame `index`. A component is as near as its nearest pixel; of equally near ones the larger
 * is taken for the nearest, then the first in reading order.
 */
export function judgeNearness(
  components: Components,
  { width, height }: LabelMap,
  index: number,
  sightings: Sightings,
): Nearness {
  const step = FARTHEST_STEP * Math.hypot(width, height);
  const drop = new Set<number>();
  const seen = new Set<number>();
  for (const id of new Set(components.ids.slice(1))) {
    const own = [...components.ids.keys()].filter((component) => components.ids[component] === id);
    const last = sightings.get(id);
    if (!last) {
      seen.add(id);
      continue;
    }
    const squares = distancesOf(components, own, last.labels, id);
    const near = own.filter((component) => squares.get(component)! <= step * step);
    const guess = nearest(own, squares, components);
    const reach = step * Math.abs(index - last.index);
    if (squares.get(guess)! <= reach * reach) seen.add(id);
    const kept = new Set(near.length > 0 ? near : [guess]);
    for (const component of own) if (!kept.has(component)) drop.add(component);
  }
  return { drop, seen };
}

/** Sightings after a frame whose labels are settled. */
export function noteSightings(labels: LabelMap, index: number, sightings: Sightings): Sightings {
  const { seen } = judgeNearness(findComponents(labels), labels, index, sightings);
  return withSightings(sightings, seen, { index, labels });
}

export function withSightings(sightings: Sightings, ids: Iterable<number>, sighting: Sighting): Sightings {
  const after = new Map(sightings);
  for (const id of ids) after.set(id, sighting);
  return after;
}

/** Squared distance from object `id` of `last` by component. */
function distancesOf(
  { map, ids }: Components,
  own: number[],
  last: LabelMap,
  id: number,
): Map<number, number> {
  const least = new Float64Array(ids.length).fill(Infinity);
  for (let i = 0; i < map.length; i++) if (map[i] > 0 && last.data[i] === id) least[map[i]] = 0;
  // most pieces lie over where the object was: the distances of all pixels are measured only for the others
  if (own.some((component) => least[component] > 0)) {
    const squares = squaredDistances(last, id);
    for (let i = 0; i < map.length; i++) least[map[i]] = Math.min(least[map[i]], squares[i]);
  }
  return new Map(own.map((component) => [component, least[component]]));
}

function nearest(own: number[], squares: Map<number, number>, { areas }: Components): number {
  return own.reduce((best, component) => {
    const difference = squares.get(component)! - squares.get(best)!;
    return difference < 0 || (difference === 0 && areas[component] > areas[best]) ? component : best;
  });
}
