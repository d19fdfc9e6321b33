/** A table with some columns for each method: what every sequence, or every object, came to. */
import type { ComparedMethod } from '../comparison.js';
import { html, type Html } from './html.js';

export interface GroupedTable {
  /** What the rows are: `sequence`. */
  rowTitle: string;
  /** What the table is, for those who cannot see it. */
  title: string;
  methods: readonly ComparedMethod[];
  /** Of each method. */
  columns: readonly string[];
  rows: readonly GroupedRow[];
  /** Which of the methods' values is best, and how values are written. */
  best: 'highest' | 'lowest';
  format: (value: number) => string;
}

export interface GroupedRow {
  name: string;
  /** `[method][column]`; null where nobody knows. */
  values: readonly (readonly (number | null)[])[];
}

/** The best of each row and column is bold. */
export function groupedTable({ rowTitle, title, methods, columns, ...table }: GroupedTable): Html {
  return html`<div class="wide" tabindex="0" role="region" aria-label="${title}">
    <table class="grouped">
      <thead>
        <tr>
          <th scope="col" rowspan="2">${rowTitle}</th>
          ${methods.map(({ label }) => html`<th scope="colgroup" colspan="${columns.length}">${label}</th>`)}
        </tr>
        <tr>
          ${methods.map(() => columns.map((name, i) => html`<th scope="col" class="${i === 0 && 'first'}">${name}</th>`))}
        </tr>
      </thead>
      <tbody>
        ${table.rows.map(({ name, values }) => {
          const best = columns.map((_, column) => bestAt(values, column, table.best));
          return html`<tr>
            <th scope="row">${name}</th>
            ${values.map((own) =>
              own.map((value, column) => {
                const isBest = value !== null && methods.length > 1 && value === best[column];
                return html`<td class="${isBest && 'best'} ${column === 0 && 'first'}">
                  ${value === null ? '–' : table.format(value)}
                </td>`;
              }),
            )}
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}

function bestAt(
  values: GroupedRow['values'],
  column: number,
  which: GroupedTable['best'],
): number | undefined {
  const known = values.map((own) => own[column]).filter((value) => value !== null);
  if (known.length === 0) return undefined;
  return which === 'highest' ? Math.max(...known) : Math.min(...known);
}
