/** Keeps notes back until the line that names the engine has been printed: it is the first of every run. */
import type { Report } from '../progress.js';

export interface HeldNotes {
  report: Report;
  /** Hands on what was kept, and from now on everything at once. */
  release(): void;
}

export function holdNotes(report: Report): HeldNotes {
  let held: Parameters<Report>[0][] | undefined = [];
  return {
    report(event) {
      if (held) held.push(event);
      else report(event);
    },
    release() {
      const events = held ?? [];
      held = undefined;
      for (const event of events) report(event);
    },
  };
}
