/** Connected components of a label map: the pieces that an object is in. */
import { VOID, type LabelMap } from '../label-map.js';

export interface Components {
  /** `[height, width]`: number of the pixel's component, 0 on background and void. */
  map: Int32Array;
  /** Object id by component number, counted from 1 in reading order of their first pixels; entry 0 is 0. */
  ids: number[];
  /** Pixels by component number; entry 0 is 0. */
  areas: number[];
}

/** Finds the components, each of one object; pixels that touch at a corner are connected (8-connectivity). */
export function findComponents({ width, height, data }: LabelMap): Components {
  const parents: number[] = [0];
  const map = new Int32Array(width * height);
  /** The root of two connected components, of which `root` may be none yet. */
  const join = (root: number, neighbour: number): number => {
    const other = rootOf(parents, map[neighbour]);
    if (root === 0 || root === other) return other;
    const low = Math.min(root, other); // came first in reading order
    parents[Math.max(root, other)] = low;
    return low;
  };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const id = data[i];
      if (id === 0 || id === VOID) continue;
      // of the neighbours, those that came before: one in this row, three in the row above
      const above = i - width;
      let root = 0;
      if (x > 0 && data[i - 1] === id) root = join(root, i - 1);
      if (y > 0 && x > 0 && data[above - 1] === id) root = join(root, above - 1);
      if (y > 0 && data[above] === id) root = join(root, above);
      if (y > 0 && x < width - 1 && data[above + 1] === id) root = join(root, above + 1);
      map[i] = root === 0 ? parents.push(parents.length) - 1 : root;
    }
  }
  return number(map, data, parents);
}

function rootOf(parents: number[], component: number): number {
  let root = component;
  while (parents[root] !== root) root = parents[root];
  while (parents[component] !== root) [component, parents[component]] = [parents[component], root];
  return root;
}

/** Numbers without gaps in the place of provisional ones. */
function number(map: Int32Array, data: Uint8Array, parents: number[]): Components {
  const ids = [0];
  const areas = [0];
  const numbers = new Int32Array(parents.length);
  for (let i = 0; i < map.length; i++) {
    if (map[i] === 0) continue;
    const root = rootOf(parents, map[i]);
    if (numbers[root] === 0) {
      numbers[root] = ids.push(data[i]) - 1;
      areas.push(0);
    }
    map[i] = numbers[root];
    areas[map[i]]++;
  }
  return { map, ids, areas };
}
