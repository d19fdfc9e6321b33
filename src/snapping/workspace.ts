/** Work arrays that stay from frame to frame: a clip's frames are of one size, and so are the arrays they need. */

/** Gives arrays by name; what is in them is left from before. A name must always be asked for with one type. */
export interface Workspace {
  uint8(name: string, length: number): Uint8Array;
  uint16(name: string, length: number): Uint16Array;
  int32(name: string, length: number): Int32Array;
  float32(name: string, length: number): Float32Array;
  float64(name: string, length: number): Float64Array;
  /** Bytes that all arrays hold together. */
  bytes(): number;
}

/** What an array gets beyond its length when it has to grow, so that it need not grow with every frame. */
const HEADROOM = 1.25;

interface Kind<T> {
  new (length: number): T;
}

interface WorkArray<T> {
  readonly length: number;
  readonly byteLength: number;
  subarray(from: number, to: number): T;
}

/**
 * A function that takes a workspace may give back an array out of it: the next call with the same workspace overwrites
 * that. With a workspace of its own, which is the default everywhere, a result stays.
 */
export function createWorkspace(): Workspace {
  const arrays = new Map<string, { byteLength: number }>();
  const giver =
    <T extends WorkArray<T>>(Kind: Kind<T>) =>
    (name: string, length: number): T => {
      let array = arrays.get(name) as T | undefined;
      if (!array || array.length < length) {
        array = new Kind(array ? Math.ceil(length * HEADROOM) : length);
        arrays.set(name, array);
      }
      return array.length === length ? array : array.subarray(0, length);
    };
  return {
    uint8: giver<Uint8Array>(Uint8Array),
    uint16: giver<Uint16Array>(Uint16Array),
    int32: giver<Int32Array>(Int32Array),
    float32: giver<Float32Array>(Float32Array),
    float64: giver<Float64Array>(Float64Array),
    bytes: () => [...arrays.values()].reduce((sum, { byteLength }) => sum + byteLength, 0),
  };
}
