/** Where time goes, by kernel. */

interface Share {
  calls: number;
  /** Milliseconds. */
  ms: number;
}

let shares: Map<string, Share> | undefined;

/** Runs a kernel, and counts it while a profile is taken. */
export function timed<T>(name: string, kernel: () => T): T {
  if (!shares) return kernel();
  const since = performance.now();
  try {
    return kernel();
  } finally {
    const share = shares.get(name) ?? { calls: 0, ms: 0 };
    share.calls++;
    share.ms += performance.now() - since;
    shares.set(name, share);
  }
}

export interface KernelTime extends Share {
  name: string;
}

/**
 * Time of each kernel of engine `torch` while `work` runs, the longest first. On the processor a kernel is over when it
 * returns; on a card it is only queued.
 */
export async function profileKernels(work: () => Promise<void>): Promise<KernelTime[]> {
  const taken = (shares = new Map<string, Share>());
  try {
    await work();
  } finally {
    shares = undefined;
  }
  return [...taken].map(([name, share]) => ({ name, ...share })).sort((a, b) => b.ms - a.ms);
}
