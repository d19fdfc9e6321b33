import { OsvosError, type ErrorCode } from '../errors.js';

/** An OsvosError's fields: errors lose their class on the way between threads. */
export interface Fault {
  code: ErrorCode;
  what: string;
  where: string;
  remedy: string;
}

/** Runs work of a thread: faults of the user's files are returned, all others thrown. */
export async function outcomeOrFault<T>(work: () => Promise<T>): Promise<T | { fault: Fault }> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OsvosError)) throw error;
    const { code, what, where, remedy } = error;
    return { fault: { code, what, where, remedy } };
  }
}

/** One error for all faults that are like the first. */
export function gatherFaults(faults: readonly Fault[]): OsvosError {
  const [{ code, what, remedy }] = faults;
  const alike = faults.filter((fault) => fault.code === code && fault.what === what);
  return new OsvosError(code, what, alike.map((fault) => fault.where).join(', '), remedy);
}
