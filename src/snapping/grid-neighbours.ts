/** Which vertices of a bilateral grid lie side by side, in an order in which sums over them are quick. */
import type { Workspace } from './workspace.js';

/** Directions of the grid: column, row, brightness, two colour differences. */
export const DIMENSIONS = 5;
/** Neighbours of a vertex at most. */
const MOST = 2 * DIMENSIONS;

/**
 * Vertices one step away in one direction. Even and odd vertices are each sorted by their number of neighbours: a loop
 * over some that have equally many is twice as quick as one over a number that jumps.
 */
export interface Neighbours {
  /** Entry d: where the even vertices of d neighbours begin; entry `MOST + 1 + d`: where the odd ones do; then `count`. */
  classes: Int32Array;
  /** By vertex in order: its neighbours. */
  list: Int32Array;
  /** Of `list`, those of the even vertices. */
  evenLinks: number;
}

interface Linked {
  neighbours: Neighbours;
}

interface Sorted extends Linked {
  /** By vertex: its place in the order. */
  places: Int32Array;
  /** Number of even vertices, which come first. */
  even: number;
}

/**
 * Puts the vertices in their order, and the links of each, in both directions, together.
 * Vertices are told by their number and, each, 1 where it is odd.
 *
 * @param links pairs of vertices side by side, one after the other
 */
export function sortVertices(
  { count, parities }: { count: number; parities: Uint8Array },
  links: Int32Array,
  work: Workspace,
): Sorted {
  const degrees = work.uint8('grid.degrees', count).fill(0);
  for (let k = 0; k < links.length; k++) degrees[links[k]]++;
  const classes = new Int32Array(2 * (MOST + 1) + 1);
  for (let v = 0; v < count; v++) classes[parities[v] * (MOST + 1) + degrees[v] + 1]++;
  const ends = new Int32Array(classes.length); // of the links
  for (let k = 1; k < classes.length; k++) {
    ends[k] = ends[k - 1] + classes[k] * ((k - 1) % (MOST + 1));
    classes[k] += classes[k - 1];
  }
  const places = work.int32('grid.places', count);
  const starts = work.int32('grid.starts', count); // of each vertex in the list; moves on as that is filled
  const next = classes.slice();
  for (let v = 0; v < count; v++) {
    const k = parities[v] * (MOST + 1) + degrees[v];
    starts[v] = ends[k] + (next[k] - classes[k]) * degrees[v];
    places[v] = next[k]++;
  }
  const list = work.int32('grid.list', ends[ends.length - 1]);
  for (let k = 0; k < links.length; k += 2) {
    list[starts[links[k]]++] = places[links[k + 1]];
    list[starts[links[k + 1]]++] = places[links[k]];
  }
  return { places, even: classes[MOST + 1], neighbours: { classes, list, evenLinks: ends[MOST + 1] } };
}

/** Sums over the neighbours of the even vertices, which are odd, into the even entries of `result`. */
export function sumOdd(
  { neighbours: { classes, list } }: Linked,
  x: Float64Array,
  result: Float64Array,
): void {
  sumClasses(classes, 0, list, 0, x, result);
}

/** Sums over the neighbours of the odd vertices, which are even, into the odd entries of `result`. */
export function sumEven(
  { neighbours: { classes, list, evenLinks } }: Linked,
  x: Float64Array,
  result: Float64Array,
): void {
  sumClasses(classes, MOST + 1, list, evenLinks, x, result);
}

function sumClasses(
  classes: Int32Array,
  first: number,
  list: Int32Array,
  from: number,
  x: Float64Array,
  result: Float64Array,
): void {
  let k = from;
  for (let degree = 0; degree <= MOST; degree++) {
    let v = classes[first + degree];
    const end = classes[first + degree + 1];
    // the most frequent ones without an inner loop, which takes a third of the time away
    if (degree === 1) {
      for (; v < end; v++, k++) result[v] = x[list[k]];
    } else if (degree === 2) {
      for (; v < end; v++, k += 2) result[v] = x[list[k]] + x[list[k + 1]];
    } else if (degree === 3) {
      for (; v < end; v++, k += 3) result[v] = x[list[k]] + x[list[k + 1]] + x[list[k + 2]];
    } else if (degree === 4) {
      for (; v < end; v++, k += 4) {
        result[v] = x[list[k]] + x[list[k + 1]] + (x[list[k + 2]] + x[list[k + 3]]);
      }
    } else if (degree === 5) {
      for (; v < end; v++, k += 5) {
        result[v] = x[list[k]] + x[list[k + 1]] + (x[list[k + 2]] + x[list[k + 3]]) + x[list[k + 4]];
      }
    } else {
      for (; v < end; v++, k += degree) {
        let sum = 0;
        for (let j = 0; j < degree; j++) sum += x[list[k + j]];
        result[v] = sum;
      }
    }
  }
}
