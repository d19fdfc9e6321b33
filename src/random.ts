/** The only source of randomness: a seeded generator that is passed in, and whose state can be saved. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform in [low, high). */
  uniform(low: number, high: number): number;
  /** Uniform integer in [0, count). */
  integer(count: number): number;
  /** Normal with mean 0 and standard deviation 1 (Box & Muller 1958). */
  normal(): number;
  /** True with probability `p`. */
  chance(p: number): boolean;
  /** Four 32-bit words from which `createRandom` goes on. */
  state(): number[];
}

/** Small fast counter (sfc32, C. Doty-Humphrey, PractRand): 128 bits of state, started from a seed or a saved state. */
export function createRandom(seed: number | number[]): Random {
  let [a, b, c, d] = typeof seed === 'number' ? [0, seed >>> 0, Math.floor(seed / 2 ** 32) | 0, 1] : seed;
  const word = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    c |= 0;
    return t >>> 0;
  };
  // twelve rounds mix the seed into all four words
  if (typeof seed === 'number') for (let i = 0; i < 12; i++) word();
  const next = () => word() / 2 ** 32;
  return {
    next,
    uniform: (low, high) => low + (high - low) * next(),
    integer: (count) => Math.floor(next() * count),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    chance: (p) => next() < p,
    state: () => [a, b, c, d],
  };
}

/** A seed for a part of the work (a sequence, a frame), so that parts do not depend on each other's order. */
export function deriveSeed(seed: number, part: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0; // FNV-1a over the part's name
  for (let i = 0; i < part.length; i++) hash = Math.imul(hash ^ part.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}
