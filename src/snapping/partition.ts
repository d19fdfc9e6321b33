/** A frame cut into regions. */

export interface Partition {
  width: number;
  height: number;
  /** Number of regions. */
  count: number;
  /**
   * `[height, width]`: region of each pixel, counted from 0 in reading order of the regions' first pixels. Each region
   * is in one piece (4-connectivity).
   */
  map: Int32Array;
}

/** Root of `node` in a forest in which a root is its own parent; halves the path on the way. */
export function rootOf(parents: Int32Array, node: number): number {
  while (parents[node] !== node) {
    parents[node] = parents[parents[node]];
    node = parents[node];
  }
  return node;
}
