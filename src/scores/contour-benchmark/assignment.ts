/**
 * Assignment of rows to columns of a sparse graph: as many pairs as possible, among these the least total cost. Exact,
 * by shortest augmenting paths with potentials (Jonker & Volgenant 1987), which here stay short: each row knows only
 * a few columns nearby.
 */
import { createQueue } from './queue.js';

/** Which columns a row may be assigned to, and at what cost ≥ 0; costs of each row ascend. */
export interface Candidates {
  rows: number;
  columns: number;
  /** `[rows + 1]`: the entries of row r are those from `starts[r]` to before `starts[r + 1]`. */
  starts: Int32Array;
  column: Int32Array;
  cost: Float64Array;
}

/** No partner. */
export const NONE = -1;

/** For each row its column, or NONE. Quickest where rows are the smaller side. */
export function assign(candidates: Candidates): Int32Array {
  const { rows, columns, starts, column, cost } = candidates;
  const columnOf = new Int32Array(rows).fill(NONE);
  const rowOf = new Int32Array(columns).fill(NONE);
  // dual variables: cost − rowPrice − columnPrice is ≥ 0 everywhere, and 0 for pairs
  const rowPrice = new Float64Array(rows);
  const columnPrice = new Float64Array(columns);
  const waiting = assignNearest(candidates, columnOf, rowOf, rowPrice);

  // Leaving a row alone costs more than any exchange of pairs could save.
  const alone = 1 + 2 * largest(cost) * (Math.min(rows, columns) + 1);
  const distance = new Float64Array(columns);
  const cameFrom = new Int32Array(columns);
  /** Search that last reached the column, and that last settled it. */
  const reached = new Int32Array(columns);
  const settled = new Int32Array(columns);
  const queue = createQueue();
  const path: number[] = []; // settled columns

  waiting.forEach((start, search) => {
    const mark = search + 1;
    queue.clear();
    path.length = 0;
    let row = start;
    let length = 0; // of the shortest path to `row`
    let leaveLength = Infinity;
    let leave = start; // row that goes without a column if no free one is nearer
    let free = NONE;
    for (;;) {
      const base = length - rowPrice[row];
      if (base + alone < leaveLength) {
        leaveLength = base + alone;
        leave = row;
      }
      for (let e = starts[row]; e < starts[row + 1]; e++) {
        const j = column[e];
        if (settled[j] === mark) continue;
        const through = base + cost[e] - columnPrice[j];
        if (reached[j] === mark && through >= distance[j]) continue;
        reached[j] = mark;
        distance[j] = through;
        cameFrom[j] = row;
        if (through < leaveLength) queue.push(through, j);
      }
      let nearest = queue.pop();
      while (nearest !== NONE && settled[nearest] === mark) nearest = queue.pop();
      if (nearest === NONE || distance[nearest] >= leaveLength) {
        length = leaveLength;
        break;
      }
      length = distance[nearest];
      if (rowOf[nearest] === NONE) {
        free = nearest;
        break;
      }
      settled[nearest] = mark;
      path.push(nearest);
      row = rowOf[nearest];
    }
    rowPrice[start] += length;
    for (const j of path) {
      const gain = length - distance[j];
      rowPrice[rowOf[j]] += gain;
      columnPrice[j] -= gain;
    }
    // exchange partners along the path, from its end back to the start
    let end = free;
    if (end === NONE && leave !== start) {
      end = columnOf[leave];
      columnOf[leave] = NONE;
    }
    while (end !== NONE) {
      const owner = cameFrom[end];
      const former = columnOf[owner];
      columnOf[owner] = end;
      rowOf[end] = owner;
      end = owner === start ? NONE : former;
    }
  });
  return columnOf;
}

/** Gives each row its nearest column, or another as near, where that is still free; returns the rows that got none. */
function assignNearest(
  { rows, starts, column, cost }: Candidates,
  columnOf: Int32Array,
  rowOf: Int32Array,
  rowPrice: Float64Array,
): number[] {
  const waiting: number[] = [];
  for (let row = 0; row < rows; row++) {
    const from = starts[row];
    const to = starts[row + 1];
    if (from === to) continue; // no column: stays alone
    rowPrice[row] = cost[from];
    let e = from;
    while (e < to && cost[e] === cost[from] && rowOf[column[e]] !== NONE) e++;
    if (e < to && cost[e] === cost[from]) {
      columnOf[row] = column[e];
      rowOf[column[e]] = row;
    } else waiting.push(row);
  }
  return waiting;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  return most;
}
