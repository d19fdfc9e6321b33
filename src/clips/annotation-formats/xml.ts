/** As much XML as annotation files hold: elements, attributes, text, the predefined entities. No document types. */
export interface XmlElement {
  name: string;
  attributes: ReadonlyMap<string, string>;
  children: XmlElement[];
  /** Text directly inside, of all pieces together. */
  text: string;
}

const NAME = '[\\p{L}_:][\\p{L}\\p{N}_:.-]*';
/** One after the other: comment or instruction, CDATA, end tag, start tag, text. */
const TOKEN = new RegExp(
  `<!--[^]*?-->|<\\?[^]*?\\?>|<!\\[CDATA\\[([^]*?)\\]\\]>|</(${NAME})\\s*>|` +
    `<(${NAME})((?:\\s+${NAME}\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*)\\s*(/?)>|([^<]+)`,
  'uy',
);
const ATTRIBUTE = new RegExp(`(${NAME})\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, 'gu');
const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Reads a document and gives its root element. Throws `Error` naming the line. */
export function parseXml(text: string): XmlElement {
  const document: XmlElement = { name: '', attributes: new Map(), children: [], text: '' };
  const open = [document];
  const token = new RegExp(TOKEN);
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  while (at < text.length) {
    token.lastIndex = at;
    const found = token.exec(text);
    if (!found) throw new Error(`no valid XML in line ${lineOf(text, at)}`);
    const [, literal, ended, started, attributes, empty, plain] = found;
    const current = open[open.length - 1];
    if (literal !== undefined) current.text += literal;
    else if (plain !== undefined) current.text += expand(plain);
    else if (ended !== undefined) {
      if (open.length === 1 || current.name !== ended)
        throw new Error(`</${ended}> without its start in line ${lineOf(text, at)}`);
      open.pop();
    } else if (started !== undefined) {
      const element = { name: started, attributes: readAttributes(attributes), children: [], text: '' };
      current.children.push(element);
      if (empty === '') open.push(element);
    }
    at = token.lastIndex;
  }
  if (open.length > 1) throw new Error(`the file ends inside of <${open[open.length - 1].name}>`);
  if (document.children.length !== 1 || document.text.trim() !== '')
    throw new Error('no single root element');
  return document.children[0];
}

function readAttributes(text: string): Map<string, string> {
  const pairs = [...text.matchAll(ATTRIBUTE)].map(
    ([, name, double, single]) => [name, expand(double ?? single)] as const,
  );
  return new Map(pairs);
}

function expand(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, name: string) => {
    if (/^#x/i.test(name)) return String.fromCodePoint(parseInt(name.slice(2), 16));
    if (name.startsWith('#')) return String.fromCodePoint(parseInt(name.slice(1), 10));
    return entities[name] ?? whole;
  });
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}
