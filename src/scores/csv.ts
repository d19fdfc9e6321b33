/** Rows → comma-separated lines; fields with commas, quotes or line ends are quoted. */
export function csv(rows: string[][]): string {
  return rows.map((row) => row.map(quote).join(',') + '\n').join('');
}

function quote(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
