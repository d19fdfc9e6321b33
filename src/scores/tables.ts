/** The two tables of the official 2017 tool, byte for byte in its form: three decimals, undefined left empty. */
import { csv } from './csv.js';
import { scoreNames, type Evaluation } from './evaluation.js';

const DECIMALS = 3;
const PER_SEQUENCE_NAMES = ['J-Mean', 'F-Mean'] as const;

/** `global_results-<set>.csv`: one row. */
export function globalTable(evaluation: Evaluation): string {
  const row = scoreNames.map((name) => formatScore(evaluation.global[name]));
  return csv([[...scoreNames], row]);
}

/** `per-sequence_results-<set>.csv`: a row per object, named `<sequence>_<id>`. */
export function perSequenceTable(evaluation: Evaluation): string {
  const rows = Object.entries(evaluation.objects).map(([name, scores]) => [
    name,
    ...PER_SEQUENCE_NAMES.map((column) => formatScore(scores[column])),
  ]);
  return csv([['Sequence', ...PER_SEQUENCE_NAMES], ...rows]);
}

/** Three decimals as C's `%.3f` rounds: exact halves to the even digit, where JavaScript rounds them up. */
export function formatScore(value: number | null): string {
  if (value === null) return '';
  const thousands = value * 10 ** DECIMALS;
  const below = Math.floor(thousands);
  const isExactHalf = Number.isInteger(value * 16) && thousands - below === 0.5; // 1/2000 needs 16ths to be exact in binary
  return isExactHalf ? ((below + (below & 1)) / 10 ** DECIMALS).toFixed(DECIMALS) : value.toFixed(DECIMALS);
}
