/** What a comparison leaves behind beside masks and records. */
import path from 'node:path';
import { writeFileAtomically } from '../clips/atomic-file.js';
import type { Report } from '../progress.js';
import { chartFiles } from '../report/chart-files.js';
import type { Comparison } from '../report/comparison.js';
import { comparisonCsv, errorsCsv, latexTable, markdownTables } from '../report/comparison-tables.js';
import { writeReport, type ReportedSequence } from './compare-report.js';

/** Writes `scores.json`, tables, charts and `report.html`. Throws `cannot-write`, and what the pictures' files throw. */
export async function writeComparison(
  comparison: Comparison,
  sequences: readonly ReportedSequence[],
  out: string,
  report: Report,
): Promise<void> {
  await writeFileAtomically(path.join(out, 'scores.json'), `${JSON.stringify(comparison, null, 1)}\n`);
  await writeFileAtomically(path.join(out, 'table.md'), markdownTables(comparison));
  await writeFileAtomically(path.join(out, 'table.tex'), latexTable(comparison));
  await writeFileAtomically(path.join(out, 'table.csv'), comparisonCsv(comparison));
  if (comparison.methods.some(({ errors }) => errors))
    await writeFileAtomically(path.join(out, 'errors.csv'), errorsCsv(comparison));
  for (const [name, svg] of chartFiles(comparison)) await writeFileAtomically(path.join(out, name), svg);
  const page = await writeReport(comparison, sequences, out, report);
  report({ kind: 'note', text: `report in ${page}, scores and tables beside it` });
}
