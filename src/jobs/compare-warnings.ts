/** Warnings about a method's masks: heard while they are scored, and kept for the report. */
import type { Report } from '../progress.js';

/** A report for scoring a method: its stages and warnings bear the method's name, and warnings are kept. */
export function keepWarnings(report: Report, name: string): { report: Report; warnings: string[] } {
  const warnings: string[] = [];
  return {
    warnings,
    report: (event) => {
      if (event.kind === 'stage') return report({ ...event, stage: `${event.stage} ${name}` });
      if (event.kind !== 'warning') return report(event);
      warnings.push(event.text);
      report({ ...event, text: `${name}: ${event.text}` });
    },
  };
}
