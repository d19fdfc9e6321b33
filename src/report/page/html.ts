/** Text that goes into a page. */

const signs: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** What can stand in a page. */
type Piece = Html | string | number | false | undefined | readonly Piece[];

/** Marks what is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}

/** A piece of a page: what is put in is escaped unless it is a piece itself; lists are joined, undefined is nothing. */
export function html(parts: TemplateStringsArray, ...values: Piece[]): Html {
  return new Html(
    parts.reduce((text, part, i) => text + part + (i < values.length ? rendered(values[i]) : ''), ''),
  );
}

function rendered(value: Piece): string {
  if (value instanceof Html) return value.text;
  if (value === undefined || value === false) return '';
  if (typeof value === 'object') return value.map(rendered).join('');
  return String(value).replace(/[&<>"']/g, (sign) => signs[sign]);
}

/** JSON within a script element: nothing in it can end the element. */
export function scriptJson(value: unknown): Html {
  return new Html(JSON.stringify(value).replaceAll('<', '\\u003c'));
}
