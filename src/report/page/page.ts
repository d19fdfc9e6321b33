/** `report.html`: a comparison as one file that needs nothing else. */
import { readFile } from 'node:fs/promises';
import { attributeNames } from '../../clips/davis-attributes.js';
import { scoreNames, type ScoreName } from '../../scores/evaluation.js';
import { formatScore } from '../../scores/tables.js';
import { attributeRows } from '../attributes.js';
import { bestOf, type ComparedMethod, type Comparison } from '../comparison.js';
import { costText, scoreText } from '../comparison-tables.js';
import { framesChart, methodColours } from './charts.js';
import { errorSection } from './error-section.js';
import { html, Html, scriptJson } from './html.js';
import { refinementSection } from './refinement-section.js';
import { gridSection, viewerSection } from './picture-sections.js';
import type { PicturedSequence } from './pictures.js';
import { runSection, warningNote } from './run-section.js';
import { sequenceSection } from './sequence-section.js';
import { timeSection } from './time-section.js';

/** @param pictures of the sequences, in the comparison's order */
export async function renderPage(
  comparison: Comparison,
  pictures: readonly PicturedSequence[],
): Promise<string> {
  const [style, script] = await Promise.all(['page.css', 'page.js'].map(asset));
  const title = `Comparison on ${comparison.set}`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="data:," />
        <title>${title}</title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          <p>${summary(comparison)}</p>
          ${warningNote(comparison)}
        </header>
        <main>
          ${scoreSection(comparison)} ${timeSection(comparison)} ${refinementSection(comparison)}
          ${viewerSection(comparison, pictures)} ${gridSection(comparison, pictures)}
          ${sequenceSection(comparison)} ${errorSection(comparison)} ${curvesSection(comparison)}
          ${attributeSection(comparison)} ${runSection(comparison)}
        </main>
        <script type="application/json" id="pictures">
          ${scriptJson(pictures)}
        </script>
        <script type="module">
          ${new Html(script)};
        </script>
      </body>
    </html> `;
  return page.text;
}

async function asset(name: string): Promise<string> {
  return readFile(new URL(`./assets/${name}`, import.meta.url), 'utf8');
}

function summary({ sequences, methods, protocol }: Comparison): string {
  const frames = sequences.reduce((sum, sequence) => sum + sequence.scored.length, 0);
  if (protocol === null)
    return `${methods.length} methods on one clip; there are no annotations to score against.`;
  const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
  return `${counted(methods.length, 'method')}, ${counted(sequences.length, 'sequence')}, ${counted(frames, 'scored frame')}, protocol ${protocol}.`;
}

function colourOf(i: number): Html {
  return html`<span class="swatch" style="background:${methodColours[i % methodColours.length]}"></span>`;
}

function scoreSection(comparison: Comparison): Html | undefined {
  const { methods } = comparison;
  if (comparison.protocol === null) return agreementSection(comparison);
  const cell = (method: ComparedMethod, name: ScoreName) => {
    const isBest =
      methods.length > 1 && method.scores[name] !== null && method.scores[name] === bestOf(methods, name);
    return html`<td class="${isBest ? 'best' : ''}">${scoreText(method, name)}</td>`;
  };
  const titles = [...scoreNames, 's / sequence', 's / frame', 'peak MB'];
  return html`<section>
    <h2>Scores</h2>
    <div class="wide" tabindex="0" role="region" aria-label="Table of scores">
      <table id="scores">
        <thead>
          <tr>
            <th scope="col">method</th>
            ${titles.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${methods.map(
            (method, i) =>
              html`<tr>
                <th scope="row">${colourOf(i)} ${method.label}${kindNote(method)}</th>
                ${scoreNames.map((name) => cell(method, name))}
                ${costText(method).map((text) => html`<td>${text}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="note">
      J: region similarity, F: contour accuracy; recall: share of the frames above 0.5; decay: loss from the
      first to the last quarter, lower is better. The best of each column is bold. First and last frame do not
      count.
    </p>
  </section>`;
}

function agreementSection({ methods, agreement }: Comparison): Html | undefined {
  if (!agreement) return undefined;
  return html`<section>
    <h2>Agreement</h2>
    <div class="wide" tabindex="0" role="region" aria-label="Agreement of methods">
      <table id="agreement">
        <thead>
          <tr>
            <th scope="col">mean J between</th>
            ${methods.map(({ label }) => html`<th scope="col">${label}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${methods.map(
            ({ label }, i) =>
              html`<tr>
                <th scope="row">${colourOf(i)} ${label}</th>
                ${agreement[i].map((value) => html`<td>${value === null ? '–' : formatScore(value)}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="note">Where two methods differ at least one is wrong; where all agree they may still all be.</p>
  </section>`;
}

function kindNote({ kind }: ComparedMethod): Html | undefined {
  if (kind === 'run') return undefined;
  return html` <small>${kind === 'masks' ? 'masks of others' : 'published values'}</small>`;
}

function curvesSection({ sequences, methods }: Comparison): Html | undefined {
  const charts = sequences.flatMap((sequence) => {
    const chart = framesChart(sequence, methods);
    return chart === undefined ? [] : [{ sequence, chart }];
  });
  if (charts.length === 0) return undefined;
  return html`<section>
    <h2>J frame by frame</h2>
    <p class="note">${methods.map(({ label }, i) => html`${colourOf(i)} ${label} `)}</p>
    <div class="charts">
      ${charts.map(
        ({ sequence, chart }) =>
          html`<figure tabindex="0">
            <figcaption>
              ${sequence.name}${sequence.attributes.length > 0 && ` (${sequence.attributes.join(', ')})`}
            </figcaption>
            ${new Html(chart)}
          </figure>`,
      )}
    </div>
  </section>`;
}

function attributeSection(comparison: Comparison): Html | undefined {
  const rows = attributeRows(comparison);
  if (rows.length === 0) return undefined;
  return html`<section>
    <h2>By property of the sequences</h2>
    <div class="wide" tabindex="0" role="region" aria-label="Mean J by property">
      <table>
        <thead>
          <tr>
            <th scope="col">mean J</th>
            <th scope="col">sequences</th>
            ${comparison.methods.map(({ label }) => html`<th scope="col">${label}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ attribute, sequences, J }) =>
              html`<tr>
                <th scope="row">${attribute} <small>${attributeNames[attribute] ?? ''}</small></th>
                <td>${sequences}</td>
                ${J.map((value) => html`<td>${value === null ? '–' : formatScore(value)}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}
