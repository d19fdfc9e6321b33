/** Which arc is next: a binary heap over arcs whose rank may change while they wait. */

export interface ArcHeap {
  /** Number of arcs that wait. */
  size: number;
  /** They, each of a rank not before its parent's at `(place − 1) >> 1`. */
  order: Int32Array;
  /** By arc: its place in the heap, −1 where it does not wait. */
  places: Int32Array;
  /** Does arc `a` come before arc `b`? */
  before: (a: number, b: number) => boolean;
}

/** Puts arcs 0 … count − 1 in order. The arrays hold `count` entries, whatever they are. */
export function createArcHeap(
  count: number,
  before: (a: number, b: number) => boolean,
  order: Int32Array = new Int32Array(count),
  places: Int32Array = new Int32Array(count),
): ArcHeap {
  const heap: ArcHeap = { size: count, order, places, before };
  for (let arc = 0; arc < count; arc++) order[arc] = places[arc] = arc;
  for (let place = (count >> 1) - 1; place >= 0; place--) sink(heap, place);
  return heap;
}

/** The first arc; it goes on waiting. */
export function firstArc(heap: ArcHeap): number {
  return heap.order[0];
}

export function removeArc(heap: ArcHeap, arc: number): void {
  const place = heap.places[arc];
  const last = heap.order[--heap.size];
  heap.places[arc] = -1;
  if (last === arc) return;
  put(heap, last, place);
  moveArc(heap, last);
}

/** Must be called when the rank of a waiting arc has changed. */
export function moveArc(heap: ArcHeap, arc: number): void {
  rise(heap, heap.places[arc]);
  sink(heap, heap.places[arc]);
}

function put({ order, places }: ArcHeap, arc: number, place: number): void {
  order[place] = arc;
  places[arc] = place;
}

function rise(heap: ArcHeap, place: number): void {
  const arc = heap.order[place];
  while (place > 0) {
    const parent = (place - 1) >> 1;
    if (!heap.before(arc, heap.order[parent])) break;
    put(heap, heap.order[parent], place);
    place = parent;
  }
  put(heap, arc, place);
}

function sink(heap: ArcHeap, place: number): void {
  const arc = heap.order[place];
  for (;;) {
    let child = 2 * place + 1;
    if (child >= heap.size) break;
    if (child + 1 < heap.size && heap.before(heap.order[child + 1], heap.order[child])) child++;
    if (!heap.before(heap.order[child], arc)) break;
    put(heap, heap.order[child], place);
    place = child;
  }
  put(heap, arc, place);
}
