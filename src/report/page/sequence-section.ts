/** J&F, J and F of every sequence and of every object. */
import { objectsOf, type ObjectScores } from '../../scores/evaluation.js';
import { mean } from '../../scores/statistics.js';
import { formatScore } from '../../scores/tables.js';
import type { Comparison } from '../comparison.js';
import { groupedTable, type GroupedRow } from './grouped-table.js';
import { html, type Html } from './html.js';

const columns = ['J&F-Mean', 'J-Mean', 'F-Mean'] as const;

export function sequenceSection(comparison: Comparison): Html | undefined {
  const { methods, sequences } = comparison;
  if (comparison.protocol === null) return undefined;
  const table = (rowTitle: string, rows: GroupedRow[]) =>
    groupedTable({
      ...{ rowTitle, rows, methods, title: `Scores by ${rowTitle}`, best: 'highest', format: formatScore },
      columns: columns.map((name) => name.replace('-Mean', '')),
    });
  const bySequence = sequences.map(({ name }) => ({
    name,
    values: methods.map(({ objects }) => meansOf(objectsOf(objects, name))),
  }));
  const objects = [...new Set(methods.flatMap((method) => Object.keys(method.objects)))];
  const byObject = objects.map((name) => ({
    name,
    values: methods.map((method) => meansOf(name in method.objects ? [method.objects[name]] : [])),
  }));
  return html`<section id="sequences">
    <h2>By sequence</h2>
    ${table('sequence', bySequence)}
    ${
      objects.length > sequences.length &&
      html`<details>
        <summary>By object</summary>
        ${table('object', byObject)}
      </details>`
    }
    <p class="note">
      Means over the scored frames; the best of each row is bold. With several seeds these are the values of
      the first.
    </p>
  </section>`;
}

function meansOf(objects: readonly ObjectScores[]): (number | null)[] {
  return columns.map((name) =>
    mean(objects.flatMap((scores) => (scores[name] === null ? [] : [scores[name]]))),
  );
}
