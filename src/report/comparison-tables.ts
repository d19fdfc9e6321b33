/** The table of a comparison in the forms that papers and pages want. */
import { csv } from '../scores/csv.js';
import { errorNames, type ErrorSplit } from '../scores/error-split.js';
import { scoreNames, type ScoreName } from '../scores/evaluation.js';
import { formatScore } from '../scores/tables.js';
import { bestOf, type ComparedMethod, type Comparison } from './comparison.js';

/** What an undefined value looks like. */
const UNDEFINED = '–';

const costNames = ['s/sequence', 's/frame', 'peak MB'] as const;

/** A row of text for each method, under `titles`; what is best in its column is marked by `mark`. */
function rows({ methods }: Comparison, mark: (text: string) => string): string[][] {
  const best = new Map(scoreNames.map((name) => [name, bestOf(methods, name)]));
  return methods.map((method) => [
    method.label,
    ...scoreNames.map((name) => {
      const text = scoreText(method, name);
      const value = method.scores[name];
      return value !== null && value === best.get(name) && methods.length > 1 ? mark(text) : text;
    }),
    ...costText(method),
  ]);
}

/** `0.756`, with seeds `0.756 ± 0.011`. */
export function scoreText({ scores, spread }: ComparedMethod, name: ScoreName): string {
  const value = scores[name];
  if (value === null) return UNDEFINED;
  const deviation = spread?.[name];
  return (
    formatScore(value) + (deviation === undefined || deviation === null ? '' : ` ± ${formatScore(deviation)}`)
  );
}

export function costText({ cost }: ComparedMethod): string[] {
  if (!cost) return costNames.map(() => UNDEFINED);
  const { secondsPerSequence, secondsPerFrame, peakMemoryMB } = cost;
  return [
    secondsPerSequence.toFixed(1),
    secondsPerFrame === null ? UNDEFINED : secondsPerFrame.toFixed(3),
    String(Math.round(peakMemoryMB)),
  ];
}

const titles = ['method', ...scoreNames, ...costNames];

/** Titles, and plain rows. */
export function plainTable(comparison: Comparison): string[][] {
  return [titles, ...rows(comparison, (text) => text)];
}

/** Where nobody knows the truth: how far methods agree, and what they cost. */
export function agreementTable({ methods, agreement = [] }: Comparison): string[][] {
  return [
    ['agreement', ...methods.map(({ label }) => label), ...costNames],
    ...methods.map((method, i) => [
      method.label,
      ...agreement[i].map((value) => (value === null ? UNDEFINED : formatScore(value))),
      ...costText(method),
    ]),
  ];
}

/** Kinds of wrong pixels in percent of the frame, and their sum; undefined where nobody knows them. */
export function errorTable({ methods }: Comparison): string[][] | undefined {
  const known = methods.flatMap(({ label, errors }) => (errors ? [{ label, errors }] : []));
  if (known.length === 0) return undefined;
  return [
    ['wrong pixels, % of the frame', ...errorNames, 'all'],
    ...known.map(({ label, errors }) => [label, ...errorText(errors)]),
  ];
}

function errorText(errors: ErrorSplit): string[] {
  const shares = errorNames.map((name) => errors[name]);
  return [...shares, shares.reduce((a, b) => a + b)].map((share) => (100 * share).toFixed(2));
}

/** Kinds of wrong pixels by method and object, as shares of the frame in full precision. */
export function errorsCsv({ methods }: Comparison): string {
  const rows = methods.flatMap(({ label, objects }) =>
    Object.entries(objects).flatMap(([name, { errors }]) =>
      errors ? [[label, name, ...errorNames.map((kind) => String(errors[kind]))]] : [],
    ),
  );
  return csv([['method', 'Sequence', ...errorNames], ...rows]);
}

/** Scores and kinds of wrong pixels as GitHub's Markdown, the best bold; where nobody knows the truth agreement and cost. */
export function markdownTables(comparison: Comparison): string {
  if (comparison.agreement) return markdown(agreementTable(comparison));
  const scores = markdown([titles, ...rows(comparison, (text) => `**${text}**`)]);
  const errors = errorTable(comparison);
  return errors ? `${scores}\n${markdown(errors)}` : scores;
}

function markdown([head, ...body]: string[][]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  const rule = head.map((_, i) => (i === 0 ? '---' : '---:'));
  return [head, rule, ...body].map(line).join('');
}

/** A `tabular`, with rules of the package booktabs; the best is bold. */
export function latexTable(comparison: Comparison): string {
  const line = (cells: readonly string[]) => `${cells.join(' & ')} \\\\\n`;
  const escaped = (text: string) =>
    text
      .replace(/[\\&%$#_{}~^]/g, (sign) => latexSigns[sign] ?? `\\${sign}`)
      .replace('±', '$\\pm$')
      .replace('–', '--');
  const body = rows(comparison, (text) => `\u0001${text}\u0002`).map((cells) =>
    line(cells.map((cell) => escaped(cell).replace('\u0001', '\\textbf{').replace('\u0002', '}'))),
  );
  return (
    `\\begin{tabular}{l${'r'.repeat(titles.length - 1)}}\n\\toprule\n${line(titles.map(escaped))}\\midrule\n` +
    `${body.join('')}\\bottomrule\n\\end{tabular}\n`
  );
}

const latexSigns: Record<string, string> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
};

/** All methods in the columns of the official table, full precision, with cost. */
export function comparisonCsv({ methods }: Comparison): string {
  const exact = (value: number | null | undefined) =>
    value === null || value === undefined ? '' : String(value);
  return csv([
    titles,
    ...methods.map(({ label, scores, cost }) => [
      label,
      ...scoreNames.map((name) => exact(scores[name])),
      ...[cost?.secondsPerSequence, cost?.secondsPerFrame, cost?.peakMemoryMB].map(exact),
    ]),
  ]);
}
