/**
 * Keeps the next `depth` pieces of work going while the reader is busy with the current one, and hands the
 * results out in order. Taking an item from `started` starts its work; what was started but never read is
 * waited for when the reader stops early, so that nothing runs on behind its back.
 */
export async function* readAhead<T>(
  started: Iterator<Promise<T>, unknown, undefined>,
  depth: number,
): AsyncGenerator<T, void, undefined> {
  const queue: Promise<T>[] = [];
  let more = true;
  const fill = () => {
    while (more && queue.length < depth) {
      const { done, value } = started.next();
      if (done) more = false;
      else {
        value.catch(() => undefined); // a failure is thrown when its turn comes; until then it is not "unhandled"
        queue.push(value);
      }
    }
  };
  try {
    fill();
    for (let next = queue.shift(); next; next = queue.shift()) {
      fill();
      yield await next;
      fill();
    }
  } finally {
    started.return?.();
    await Promise.allSettled(queue);
  }
}
