/** The part of the report's page that tells what each annotation more is worth. */
import { formatScore } from '../../scores/tables.js';
import type { Comparison } from '../comparison.js';
import { refinementRows } from '../refinement.js';
import { refinementChart } from './charts.js';
import { html, Html } from './html.js';

/** Undefined where every sequence has but one annotation. */
export function refinementSection(comparison: Comparison): Html | undefined {
  const rows = refinementRows(comparison);
  const chart = refinementChart(rows);
  if (chart === undefined) return undefined;
  const text = (value: number | null) => (value === null ? '–' : formatScore(value));
  return html`<section>
    <h2>Annotations</h2>
    <figure tabindex="0">${new Html(chart)}</figure>
    <div class="wide" tabindex="0" role="region" aria-label="Scores by number of annotations">
      <table>
        <thead>
          <tr>
            <th scope="col">method</th>
            <th scope="col">annotations</th>
            <th scope="col">J-Mean</th>
            <th scope="col">F-Mean</th>
            <th scope="col">J, frames never annotated</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ of, count, J, F, unseenJ }) =>
              html`<tr>
                <th scope="row">${of}</th>
                ${[String(count), text(J), text(F), text(unseenJ)].map((cell) => html`<td>${cell}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="note">
      Each annotation after the first is the one of the frame where the last result was worst. J-Mean and
      F-Mean count annotated frames as they were given; the dashed line and the last column are the frames
      that were never given.
    </p>
  </section>`;
}
