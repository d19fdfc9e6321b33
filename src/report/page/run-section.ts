/** What each method was asked for, what answered, and what it warned of. */
import type { ComparedMethod, Comparison, RunDetails } from '../comparison.js';
import { html, type Html } from './html.js';

/** Signs of a check sum that tell two files apart. */
const CHECK_SUM_SIGNS = 12;

export function runSection({ methods }: Comparison): Html {
  return html`<section id="runs">
    <h2>Runs</h2>
    ${methods.map(
      (method) =>
        html`<details ${method.warnings.length > 0 && 'open'}>
          <summary>${method.label}${warningCount(method)}</summary>
          <p>${placeOf(method)}</p>
          ${
            method.warnings.length > 0 &&
            html`<ul>
              ${method.warnings.map((text) => html`<li>${text}</li>`)}
            </ul>`
          }
          ${method.run && detailsOf(method.run)}
        </details>`,
    )}
  </section>`;
}

/** Where to look before the numbers are believed. */
export function warningNote({ methods }: Comparison): Html | undefined {
  const warned = methods.filter(({ warnings }) => warnings.length > 0);
  if (warned.length === 0) return undefined;
  return html`<p><a href="#runs">Warnings</a> about ${warned.map(({ label }) => label).join(', ')}.</p>`;
}

function warningCount({ warnings }: ComparedMethod): Html | undefined {
  if (warnings.length === 0) return undefined;
  return html` <small>${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'}</small>`;
}

function placeOf({ kind, folders }: ComparedMethod): string {
  if (kind === 'published') return 'Published values; no masks.';
  const place = folders.join(', ');
  return kind === 'masks' ? `Masks of others in ${place}.` : `Masks and records in ${place}.`;
}

function detailsOf({ command, options, seeds, weights, engine, versions, notes }: RunDetails): Html {
  const entries = (values: Record<string, unknown>) =>
    Object.entries(values).map(
      ([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
  const rows: [string, readonly string[]][] = [
    ['options', entries(options)],
    [seeds.length === 1 ? 'seed' : 'seeds', [seeds.join(', ')]],
    ['weights', weights.map(({ name, sha256 }) => `${name} (SHA-256 ${sha256.slice(0, CHECK_SUM_SIGNS)}…)`)],
    ['engine', [engine]],
    ['versions', entries(versions)],
    ['pictures', notes],
  ];
  const alone = html`<p>The same alone:</p>
    <pre class="wide" tabindex="0"><code>${command}</code></pre>`;
  return html`${command !== undefined && alone}
    <dl>
      ${rows
        .filter(([, values]) => values.length > 0)
        .map(
          ([name, values]) =>
            html`<dt>${name}</dt>
              ${values.map((value) => html`<dd>${value}</dd>`)}`,
        )}
    </dl>`;
}
