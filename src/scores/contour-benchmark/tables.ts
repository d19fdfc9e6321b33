/** Tables of the boundary benchmark, with the columns of the authors' result files. */
import { csv } from '../csv.js';
import type { Summary, Working } from './summary.js';

const DECIMALS = 6;
const COLUMNS = ['Threshold', 'Recall', 'Precision', 'F'];

/** A row per threshold. */
export function thresholdTable({ curve }: Summary): string {
  return csv([COLUMNS, ...curve.map(fields)]);
}

/** A row per image, at its own best threshold. */
export function imageTable(names: readonly string[], { images }: Summary): string {
  return csv([['Image', ...COLUMNS], ...images.map((best, i) => [names[i], ...fields(best)])]);
}

function fields({ threshold, recall, precision, F }: Working): string[] {
  return [threshold, recall, precision, F].map((value) => value.toFixed(DECIMALS));
}
