/** The parts of the report that show masks: a viewer, and a grid of all sequences. */
import type { Comparison } from '../comparison.js';
import { html, type Html } from './html.js';
import { errorColours, type PicturedSequence } from './pictures.js';
import { worstFrames } from './worst-frames.js';

/** Shares of a sequence at which the grid shows it. */
const GRID = [0, 0.25, 0.5, 0.75, 1] as const;
const WORST = 12;

/** What keys do in the viewer; the page's script has the same. */
const keys: readonly (readonly [names: readonly string[], does: string])[] = [
  [['Space'], 'play, stop'],
  [['←', '→'], 'a frame back, a frame on'],
  [['Home', 'End'], 'first frame, last frame'],
  [['n', 'p'], 'next sequence, the one before'],
  [['+', '−'], 'zoom in, zoom out'],
  [['o'], 'another opacity of the masks'],
  [['e'], 'show errors instead of objects'],
  [['?'], 'open or close this list'],
];

/** One sequence, all methods side by side, frame by frame; and where to look first. */
export function viewerSection(
  comparison: Comparison,
  pictures: readonly PicturedSequence[],
): Html | undefined {
  if (pictures.length === 0) return undefined;
  const worst = worstFrames(comparison).slice(0, WORST);
  const hex = (colour: readonly number[]) => `rgb(${colour.join(' ')})`;
  return html`<section id="viewer">
    <h2>Look</h2>
    <div class="controls">
      <label
        >Sequence
        <select id="sequence">
          ${pictures.map(({ name }) => html`<option>${name}</option>`)}
        </select></label
      >
      <button id="play" type="button" aria-pressed="false">Play</button>
      <label class="grow">Frame <input id="frame" type="range" min="0" value="0" step="1" /></label>
      <output id="frame-name" for="frame"></output>
      <label>Opacity <input id="opacity" type="range" min="0" max="1" step="0.05" value="0.6" /></label>
      <label>Zoom <input id="zoom" type="range" min="1" max="6" step="0.25" value="1" /></label>
      <label><input id="errors" type="checkbox" /> errors</label>
    </div>
    <p class="note" id="legend" hidden>
      <span class="swatch" style="background:${hex(errorColours.right)}"></span> right
      <span class="swatch" style="background:${hex(errorColours.wrong)}"></span> wrong
      <span class="swatch" style="background:${hex(errorColours.missed)}"></span> missed
    </p>
    <div id="stage" class="tiles"></div>
    <details id="keys">
      <summary>Keys <kbd>?</kbd></summary>
      <dl>
        ${keys.map(
          ([names, does]) =>
            html`<dt>${names.map((name) => html`<kbd>${name}</kbd> `)}</dt>
              <dd>${does}</dd>`,
        )}
      </dl>
      <p class="note">They work while no control has the focus. Drag a picture to look at a part of it.</p>
    </details>
    ${
      worst.length > 0 &&
      html`<h3>Worst frames</h3>
        <ol class="worst">
          ${worst.map(
            ({ method, sequence, frame, index, J }) =>
              html`<li>
                <button type="button" data-sequence="${sequence}" data-index="${index}">
                  ${sequence} ${frame}: ${method} J ${J.toFixed(3)}
                </button>
              </li>`,
          )}
        </ol>`
    }
  </section>`;
}

/** Every sequence and method at a few frames. */
export function gridSection(
  { methods }: Comparison,
  pictures: readonly PicturedSequence[],
): Html | undefined {
  const shown = methods.filter(({ label }) =>
    pictures.some(({ frames }) => frames.some(({ masks }) => label in masks)),
  );
  if (shown.length === 0) return undefined;
  return html`<section>
    <h2>All sequences</h2>
    ${pictures.map((sequence) => {
      const frames = gridFrames(sequence);
      return html`<details open>
        <summary>${sequence.name}</summary>
        <div class="wide" tabindex="0" role="region" aria-label="Frames of ${sequence.name}">
          <table class="grid">
            <thead>
              <tr>
                <td></td>
                ${frames.map(({ name }) => html`<th scope="col">${name}</th>`)}
              </tr>
            </thead>
            <tbody>
              ${shown.map(
                ({ label }) =>
                  html`<tr>
                    <th scope="row">${label}</th>
                    ${frames.map((frame) => {
                      const own = frame.masks[label];
                      return html`<td>
                        <div
                          class="layers"
                          data-sequence="${sequence.name}"
                          data-picture="${frame.index}"
                          data-method="${label}"
                        >
                          <span class="hidden">${own ? `mask of ${frame.name}` : 'no mask'}</span>
                        </div>
                      </td>`;
                    })}
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>
      </details>`;
    })}
  </section>`;
}

/** Pictures nearest to the shares of the grid. */
function gridFrames({ frames }: PicturedSequence): PicturedSequence['frames'] {
  const last = frames.at(-1)?.index ?? 0;
  const nearest = (index: number) =>
    frames.reduce((best, frame) =>
      Math.abs(frame.index - index) < Math.abs(best.index - index) ? frame : best,
    );
  return [...new Set(GRID.map((share) => nearest(share * last)))];
}
