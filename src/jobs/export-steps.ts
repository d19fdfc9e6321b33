/** How far an export is, and whether it shall go on. */
import { OsvosError } from '../errors.js';
import type { Report } from '../progress.js';

export interface Steps {
  begin: (stage: string, total: number, unit: string) => void;
  /** One more is done. */
  next: () => void;
}

export function countSteps(report: Report): Steps {
  let done = 0;
  return {
    begin(stage, total, unit) {
      done = 0;
      report({ kind: 'stage', stage, total, unit });
    },
    next: () => report({ kind: 'step', done: ++done }),
  };
}

/** Throws `interrupted` where the user has stopped. */
export function requireGoing(signal: AbortSignal | undefined, out: string): void {
  if (signal?.aborted)
    throw new OsvosError(
      'interrupted',
      'stopped before the export was whole',
      out,
      'run it again; a folder needs --force then',
    );
}
