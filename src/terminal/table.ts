/** Plain tables: columns aligned by spaces, no frames, so that lines can be cut and searched. */

export interface Column<Row> {
  title: string;
  value: (row: Row) => string;
  /** Figures read better at the right. */
  align?: 'left' | 'right';
}

const GAP = '  ';

/**
 * One line for the titles, one for each row.
 *
 * @example
 * formatTable([{ name: 'a', j: 0.5 }], [{ title: 'name', value: (r) => r.name }, { title: 'J', value: (r) => r.j.toFixed(3), align: 'right' }])
 * // name      J
 * // a     0.500
 */
export function formatTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const lines = [
    columns.map((column) => column.title),
    ...rows.map((row) => columns.map((column) => column.value(row))),
  ];
  const widths = columns.map((_, c) => Math.max(...lines.map((cells) => [...cells[c]].length)));
  return lines
    .map((cells) =>
      cells
        .map((cell, c) => pad(cell, widths[c], columns[c].align))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}

function pad(cell: string, width: number, align: 'left' | 'right' = 'left'): string {
  const spaces = ' '.repeat(width - [...cell].length);
  return align === 'right' ? spaces + cell : cell + spaces;
}
