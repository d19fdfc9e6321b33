/** Writes files while the network works on the next frame, without letting them pile up. */

export interface WriteBehind {
  /** Takes a piece of writing on; waits while too many are under way. Throws the error of an earlier piece. */
  push(work: () => Promise<void>): Promise<void>;
  /** Waits for all that is under way; throws the first error. */
  drain(): Promise<void>;
}

/** @param limit pieces that may be under way at once: each holds a frame in memory */
export function writeBehind(limit: number): WriteBehind {
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const check = () => {
    if (failures.length > 0) throw failures[0];
  };
  return {
    async push(work) {
      while (running.size >= limit) await Promise.race(running);
      check();
      const piece: Promise<void> = work()
        .catch((error: unknown) => void failures.push(error)) // thrown by the next push or drain
        .finally(() => running.delete(piece));
      running.add(piece);
    },
    async drain() {
      await Promise.all(running);
      check();
    },
  };
}
