/**
 * Assignment of rows to columns of a sparse graph: as many pairs as possible, among these the least total cost. Exact,
 * by shortest augmenting paths with potentials (Jonker & Volgenant 1987), which here stay short: each row knows only
 * a few columns nearby.
 */
import { createQueue, EMPTY, type Queue } from './queue.js';

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
export const NONE = EMPTY;

/** Pairs so far and the prices that prove them best: cost − rowPrice − columnPrice is ≥ 0 everywhere, 0 for pairs. */
interface State {
  columnOf: Int32Array;
  rowOf: Int32Array;
  rowPrice: Float64Array;
  columnPrice: Float64Array;
  /** Cost of leaving a row alone: more than any exchange of pairs could save. */
  alone: number;
}

/** Scratch of the searches, one after the other; what a search writes bears its number. */
interface Search {
  /** Length of the shortest known path to a column, the row before it, and the search that wrote both. */
  distance: Float64Array;
  cameFrom: Int32Array;
  reached: Int32Array;
  /** Last search that knew the column's distance for certain. */
  settled: Int32Array;
  /** Columns that this search settled. */
  path: number[];
  queue: Queue;
}

/** Where the shortest path ends: at a free column, or at a row that loses its column (or gets none). */
interface End {
  length: number;
  column: number;
  row: number;
}

/** For each row its column, or NONE. Quickest where rows are the smaller side. */
export function assign(candidates: Candidates): Int32Array {
  const { rows, columns, cost } = candidates;
  const state: State = {
    columnOf: new Int32Array(rows).fill(NONE),
    rowOf: new Int32Array(columns).fill(NONE),
    rowPrice: new Float64Array(rows),
    columnPrice: new Float64Array(columns),
    alone: 1 + 2 * largest(cost) * (Math.min(rows, columns) + 1),
  };
  const search: Search = {
    distance: new Float64Array(columns),
    cameFrom: new Int32Array(columns),
    reached: new Int32Array(columns),
    settled: new Int32Array(columns),
    path: [],
    queue: createQueue(),
  };
  assignNearest(candidates, state).forEach((start, i) => {
    const end = findEnd(candidates, state, search, start, i + 1);
    adjustPrices(state, search, start, end.length);
    exchange(state, search, start, end);
  });
  return state.columnOf;
}

/** Dijkstra's search over reduced costs, from a row without column. `mark` numbers the searches from 1. */
function findEnd(
  { starts, column, cost }: Candidates,
  { rowOf, rowPrice, columnPrice, alone }: State,
  { distance, cameFrom, reached, settled, path, queue }: Search,
  start: number,
  mark: number,
): End {
  queue.clear();
  path.length = 0;
  const leave: End = { length: Infinity, column: NONE, row: start };
  let row = start;
  let length = 0; // of the shortest path to `row`
  for (;;) {
    const base = length - rowPrice[row];
    if (base + alone < leave.length) {
      leave.length = base + alone;
      leave.row = row;
    }
    for (let e = starts[row]; e < starts[row + 1]; e++) {
      const j = column[e];
      if (settled[j] === mark) continue;
      const through = base + cost[e] - columnPrice[j];
      if (reached[j] === mark && through >= distance[j]) continue;
      reached[j] = mark;
      distance[j] = through;
      cameFrom[j] = row;
      if (through < leave.length) queue.push(through, j);
    }
    let nearest = queue.pop();
    while (nearest !== NONE && settled[nearest] === mark) nearest = queue.pop();
    if (nearest === NONE || distance[nearest] >= leave.length) return leave;
    length = distance[nearest];
    if (rowOf[nearest] === NONE) return { length, column: nearest, row: NONE };
    settled[nearest] = mark;
    path.push(nearest);
    row = rowOf[nearest];
  }
}

/** Makes the shortest path one of pairs that cost nothing beyond their prices. */
function adjustPrices(
  { rowOf, rowPrice, columnPrice }: State,
  { distance, path }: Search,
  start: number,
  length: number,
): void {
  rowPrice[start] += length;
  for (const j of path) {
    const gain = length - distance[j];
    rowPrice[rowOf[j]] += gain;
    columnPrice[j] -= gain;
  }
}

/** Hands columns on along the path, from its end back to the start. */
function exchange({ columnOf, rowOf }: State, { cameFrom }: Search, start: number, end: End): void {
  let freed = end.column;
  if (freed === NONE) {
    if (end.row === start) return; // the start itself stays alone
    freed = columnOf[end.row];
    columnOf[end.row] = NONE;
  }
  for (;;) {
    const owner = cameFrom[freed];
    const former = columnOf[owner];
    columnOf[owner] = freed;
    rowOf[freed] = owner;
    if (owner === start) return;
    freed = former;
  }
}

/** Gives each row its nearest column, or another as near, where that is still free; returns the rows that got none. */
function assignNearest(
  { rows, starts, column, cost }: Candidates,
  { columnOf, rowOf, rowPrice }: State,
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
