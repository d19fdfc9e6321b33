/** What kinds of pixels are wrong: contours that are not exact, other things taken for the object, parts that were lost. */
import * as Plot from '@observablehq/plot';
import { objectsOf } from '../../scores/evaluation.js';
import { errorNames, meanErrors, type ErrorName } from '../../scores/error-split.js';
import { errorTable } from '../comparison-tables.js';
import type { ComparedMethod, Comparison } from '../comparison.js';
import { draw } from './charts.js';
import { groupedTable } from './grouped-table.js';
import { html, Html } from './html.js';

/** Told apart on light and on dark ground. */
const colours: Record<ErrorName, string> = { 'FP-Close': '#dd8833', 'FP-Far': '#cc4455', FN: '#4477cc' };
/** Pixels of a bar with its name above. */
const BAR = 46;

export function errorSection(comparison: Comparison): Html | undefined {
  const table = errorTable(comparison);
  if (table === undefined) return undefined;
  const [titles, ...rows] = table;
  const swatch = (name: string) =>
    name in colours && html`<span class="swatch" style="background:${colours[name as ErrorName]}"></span> `;
  return html`<section id="errors-by-kind">
    <h2>Wrong pixels</h2>
    <figure tabindex="0">${new Html(errorsChart(comparison.methods))}</figure>
    <div class="wide" tabindex="0" role="region" aria-label="Wrong pixels by kind">
      <table>
        <thead>
          <tr>
            ${titles.map((name) => html`<th scope="col">${swatch(name)}${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ([label, ...values]) =>
              html`<tr>
                <th scope="row">${label}</th>
                ${values.map((value) => html`<td>${value}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${bySequence(comparison)}
    <p class="note">
      Percent of the frame, means over objects. FP-Close: background within 20 pixels of the object that was
      taken for it, so contours that are not exact; FP-Far: background further away, so other things; FN:
      parts of the object that were missed.
    </p>
  </section>`;
}

function errorsChart(methods: readonly ComparedMethod[]): string {
  const known = methods.flatMap(({ label, errors }) => (errors ? [{ label, errors }] : []));
  const values = known.flatMap(({ label, errors }) =>
    errorNames.map((kind) => ({ label, kind, percent: 100 * errors[kind] })),
  );
  const told = known.map(
    ({ label, errors }) =>
      `${label} ${errorNames.map((kind) => `${kind} ${(100 * errors[kind]).toFixed(2)} %`).join(', ')}`,
  );
  return draw({
    title: `Wrong pixels by kind: ${told.join('; ')}`,
    ...{ width: 680, height: BAR * known.length + 50, marginLeft: 8, marginTop: 8 },
    x: { label: 'wrong pixels, % of the frame', grid: true, nice: true },
    y: { axis: null, domain: known.map(({ label }) => label) },
    color: { domain: [...errorNames], range: errorNames.map((kind) => colours[kind]) },
    marks: [
      Plot.barX(values, { x: 'percent', y: 'label', fill: 'kind', insetTop: 20, insetBottom: 4 }),
      Plot.ruleX([0]),
      // names of variants are long: each stands above its bar
      Plot.text(known, { y: 'label', text: 'label', x: () => 0, textAnchor: 'start', dx: 4, dy: -14 }),
    ],
  });
}

function bySequence({ sequences, methods }: Comparison): Html | undefined {
  const known = methods.filter(({ errors }) => errors !== undefined);
  if (sequences.length < 2) return undefined;
  const rows = sequences.map(({ name }) => ({
    name,
    values: known.map(({ objects }) => {
      const errors = meanErrors(objectsOf(objects, name).flatMap((scores) => scores.errors ?? []));
      return errorNames.map((kind) => errors?.[kind] ?? null);
    }),
  }));
  const format = (share: number) => (100 * share).toFixed(2);
  const title = 'Wrong pixels by kind and sequence';
  return html`<details>
    <summary>By sequence</summary>
    ${groupedTable({ rowTitle: 'sequence', title, methods: known, columns: errorNames, rows, best: 'lowest', format })}
  </details>`;
}
