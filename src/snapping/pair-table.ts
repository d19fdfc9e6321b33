/** Which arc lies between two regions: a hash table over pairs of region numbers. */

/** Open addressing with linear probing; an entry that goes lets those behind it move up, so that nothing piles up. */
export interface PairTable {
  /** Entries. */
  size: number;
  /** Of each slot, the lower region of its pair; −1 where the slot is free. */
  lows: Int32Array;
  highs: Int32Array;
  arcs: Int32Array;
}

const LEAST_SLOTS = 1024;
/** A slot in so many may be taken. */
const SPARSENESS = 2;

export function createPairTable(): PairTable {
  return { size: 0, ...slots(LEAST_SLOTS) };
}

export function clearPairs(table: PairTable): void {
  table.lows.fill(-1);
  table.size = 0;
}

/** The arc between regions `a` and `b`, in whatever order; −1 where there is none. */
export function findPair(table: PairTable, a: number, b: number): number {
  const slot = slotOf(table, Math.min(a, b), Math.max(a, b));
  return table.lows[slot] < 0 ? -1 : table.arcs[slot];
}

export function setPair(table: PairTable, a: number, b: number, arc: number): void {
  const low = Math.min(a, b);
  const high = Math.max(a, b);
  let slot = slotOf(table, low, high);
  if (table.lows[slot] < 0) {
    if (++table.size * SPARSENESS > table.lows.length) {
      grow(table);
      slot = slotOf(table, low, high);
    }
    table.lows[slot] = low;
    table.highs[slot] = high;
  }
  table.arcs[slot] = arc;
}

/** Takes out a pair that is there. */
export function deletePair(table: PairTable, a: number, b: number): void {
  const { lows, highs, arcs } = table;
  const mask = lows.length - 1;
  let hole = slotOf(table, Math.min(a, b), Math.max(a, b));
  table.size--;
  for (let slot = (hole + 1) & mask; lows[slot] >= 0; slot = (slot + 1) & mask) {
    // an entry may move up to the hole if that lies between its first choice and where it is
    const choice = hash(lows[slot], highs[slot]) & mask;
    if (((slot - choice) & mask) < ((slot - hole) & mask)) continue;
    lows[hole] = lows[slot];
    highs[hole] = highs[slot];
    arcs[hole] = arcs[slot];
    hole = slot;
  }
  lows[hole] = -1;
}

function slots(count: number): Omit<PairTable, 'size'> {
  return { lows: new Int32Array(count).fill(-1), highs: new Int32Array(count), arcs: new Int32Array(count) };
}

/** Where the pair is, or would be. */
function slotOf({ lows, highs }: PairTable, low: number, high: number): number {
  const mask = lows.length - 1;
  let slot = hash(low, high) & mask;
  while (lows[slot] >= 0 && (lows[slot] !== low || highs[slot] !== high)) slot = (slot + 1) & mask;
  return slot;
}

function hash(low: number, high: number): number {
  const mixed = Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b); // odd numbers without a pattern
  return mixed ^ (mixed >>> 15);
}

function grow(table: PairTable): void {
  const { lows, highs, arcs } = table;
  Object.assign(table, slots(lows.length * 2));
  for (let slot = 0; slot < lows.length; slot++) {
    if (lows[slot] < 0) continue;
    const free = slotOf(table, lows[slot], highs[slot]);
    table.lows[free] = lows[slot];
    table.highs[free] = highs[slot];
    table.arcs[free] = arcs[slot];
  }
}
