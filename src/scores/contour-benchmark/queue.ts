/** Priority queue of whole numbers, smallest key first: a binary heap in typed arrays that grow. */

/** What an empty queue gives. */
export const EMPTY = -1;

export interface Queue {
  clear(): void;
  push(key: number, value: number): void;
  /** Value with the smallest key, or EMPTY. */
  pop(): number;
}

const FIRST_CAPACITY = 256;

export function createQueue(): Queue {
  let keys = new Float64Array(FIRST_CAPACITY);
  let values = new Int32Array(FIRST_CAPACITY);
  let size = 0;

  function grow(): void {
    const moreKeys = new Float64Array(2 * keys.length);
    const moreValues = new Int32Array(2 * keys.length);
    moreKeys.set(keys);
    moreValues.set(values);
    keys = moreKeys;
    values = moreValues;
  }

  return {
    clear() {
      size = 0;
    },
    push(key, value) {
      if (size === keys.length) grow();
      let i = size++;
      while (i > 0) {
        const parent = (i - 1) >> 1;
        if (keys[parent] <= key) break;
        keys[i] = keys[parent];
        values[i] = values[parent];
        i = parent;
      }
      keys[i] = key;
      values[i] = value;
    },
    pop() {
      if (size === 0) return EMPTY;
      const top = values[0];
      const key = keys[--size];
      const value = values[size];
      let i = 0;
      for (;;) {
        let child = 2 * i + 1;
        if (child >= size) break;
        if (child + 1 < size && keys[child + 1] < keys[child]) child++;
        if (keys[child] >= key) break;
        keys[i] = keys[child];
        values[i] = values[child];
        i = child;
      }
      keys[i] = key;
      values[i] = value;
      return top;
    },
  };
}
