/** The part of the report's page that tells what masks cost. */
import type { Comparison } from '../comparison.js';
import { timeAccuracyChart } from './charts.js';
import { html, Html } from './html.js';

/** Time against accuracy, and seconds by stage, with what the clock includes; undefined where nothing was timed. */
export function timeSection({ methods }: Comparison): Html | undefined {
  const chart = timeAccuracyChart(methods);
  const timed = methods.flatMap(({ label, cost }) => (cost ? [{ label, cost }] : []));
  if (timed.length === 0) return undefined;
  const stages = [...new Set(timed.flatMap(({ cost }) => Object.keys(cost.stages)))];
  return html`<section>
    <h2>Time</h2>
    ${chart !== undefined && html`<figure tabindex="0">${new Html(chart)}</figure>`}
    <div class="wide" tabindex="0" role="region" aria-label="Seconds by stage">
      <table>
        <thead>
          <tr>
            <th scope="col">seconds a sequence</th>
            ${stages.map((stage) => html`<th scope="col">${stage}</th>`)}
            <th scope="col">all but engine</th>
            <th scope="col">on</th>
          </tr>
        </thead>
        <tbody>
          ${timed.map(
            ({ label, cost }) =>
              html`<tr>
                <th scope="row">${label}</th>
                ${stages.map((stage) => html`<td>${cost.stages[stage]?.toFixed(2) ?? '–'}</td>`)}
                <td>${cost.secondsPerSequence.toFixed(2)}</td>
                <td>
                  ${cost.engine} (${cost.device}), ${cost.threads}
                  ${cost.threads === 1 ? 'thread' : 'threads'}, ${cost.precision ?? 'f32'}
                </td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="note">
      Each method ran in a process of its own. Wall seconds a sequence; a stage's are those that the run
      waited for it, since files are read, outlines moved and masks written beside the network. Seconds a
      sequence leave out starting the engine; seconds a frame are decoding, network, snapping and encoding,
      without the first frame of each sequence.
    </p>
  </section>`;
}
