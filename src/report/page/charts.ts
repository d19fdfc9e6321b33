/** Charts of the report, drawn by Observable Plot when it is built: the page holds finished SVG. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { meanByFrame, objectsOf } from '../../scores/evaluation.js';
import type { ComparedMethod, ComparedSequence } from '../comparison.js';
import type { RefinementRow } from '../refinement.js';

/** A colour for each method, told apart on light and on dark ground. */
export const methodColours = ['#4477cc', '#dd8833', '#22a06b', '#cc4455', '#8866cc', '#9a7b56', '#dd66aa', '#778899', '#5599dd', '#99aa22']; // prettier-ignore

function colours(methods: readonly ComparedMethod[]): { domain: string[]; range: string[] } {
  const domain = methods.map(({ label }) => label);
  return { domain, range: domain.map((_, i) => methodColours[i % methodColours.length]) };
}

interface Options extends Plot.PlotOptions {
  /** What the chart shows, for those who cannot see it. */
  title: string;
}

/** What is used of an element: the project knows no DOM. */
interface Drawing {
  readonly tagName: string;
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  querySelector(selector: string): Drawing | null;
  querySelectorAll(selector: string): Iterable<Drawing>;
}

/** A chart as SVG text. */
export function draw({ title, ...options }: Options): string {
  const page = parseHTML('<!doctype html><html><body></body></html>') as unknown as { document: never };
  const chart = Plot.plot({
    ...{ document: page.document, marginLeft: 48, marginBottom: 40 },
    style: { background: 'none', fontSize: '12px' },
    ...options,
  }) as unknown as Drawing;
  const svg = chart.tagName.toLowerCase() === 'svg' ? chart : chart.querySelector('svg')!;
  // one picture with one name: names of its parts would be read out between
  for (const part of svg.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', title);
  return svg.outerHTML;
}

/**
 * Mean J against seconds a sequence, on a logarithmic scale; the values of a swept option are joined by a line.
 * Undefined where no method was timed.
 */
export function timeAccuracyChart(methods: readonly ComparedMethod[]): string | undefined {
  const points = methods.flatMap(({ label, scores, cost, series }) =>
    cost && scores['J-Mean'] !== null
      ? [{ label, seconds: Math.max(cost.secondsPerSequence, 0.01), J: scores['J-Mean'], series }]
      : [],
  );
  if (points.length === 0) return undefined;
  const swept = points.flatMap(({ series, seconds, J }) =>
    series && series.name !== 'annotations' ? [{ ...series, seconds, J }] : [],
  );
  // methods of others took nobody knows how long: lines across
  const lines = methods.flatMap(({ label, scores, cost }) => (!cost && scores['J-Mean'] !== null ? [{ label, J: scores['J-Mean'] }] : [])); // prettier-ignore
  const named = points.map(({ label, series, ...at }) =>
    series && series.name !== 'annotations' ? { ...at, text: series.value } : { ...at, text: label },
  );
  const ends = swept.filter(({ of }, i) => swept[i + 1]?.of !== of);
  return draw({
    title: `Mean J against seconds a sequence: ${points.map((p) => `${p.label} ${p.J.toFixed(3)} in ${p.seconds.toFixed(1)} s`).join('; ')}`,
    ...{ width: 680, height: 380, grid: true, color: colours(methods), marginRight: 24 },
    x: { type: 'log', label: 'seconds a sequence, learning included', nice: true },
    y: { label: 'mean J', nice: true, zero: false },
    marks: [
      Plot.ruleY(lines, { y: 'J', stroke: 'label', strokeDasharray: '4 3' }),
      Plot.text(lines, { y: 'J', text: 'label', frameAnchor: 'right', dy: -6, textAnchor: 'end' }),
      Plot.line(swept, { x: 'seconds', y: 'J', z: 'of', stroke: 'currentColor', strokeOpacity: 0.6 }),
      Plot.text(ends, {
        x: 'seconds',
        y: 'J',
        text: (d: (typeof ends)[number]) => `${d.of}: ${d.name}`,
        dy: -27,
        dx: 8,
        textAnchor: 'end',
      }),
      Plot.dot(points, { x: 'seconds', y: 'J', fill: 'label', r: 6 }),
      Plot.text(named, { x: 'seconds', y: 'J', text: 'text', dy: -12 }),
    ],
  });
}

/** Mean J against the number of annotations; undefined where every sequence has but one. */
export function refinementChart(rows: readonly RefinementRow[]): string | undefined {
  if (rows.length === 0) return undefined;
  const points = rows.flatMap(({ of, count, J, unseenJ }) => [
    { of, count, J, frames: 'all scored frames' },
    { of, count, J: unseenJ, frames: 'frames never annotated' },
  ]);
  const domain = [...new Set(rows.map(({ of }) => of))];
  const range = domain.map((_, i) => methodColours[i % methodColours.length]);
  const dashed = (frames: string) => points.filter((point) => point.frames === frames);
  return draw({
    title: `Mean J against annotations: ${rows.map((row) => `${row.of} ${row.count}: ${row.J?.toFixed(3) ?? '–'}`).join('; ')}`,
    ...{ width: 680, height: 320, grid: true, color: { domain, range }, marginRight: 64 },
    x: {
      label: 'annotations a sequence',
      ticks: [...new Set(rows.map(({ count }) => count))],
      tickFormat: 'd',
    },
    y: { label: 'mean J', nice: true, zero: false },
    marks: [
      Plot.lineY(dashed('all scored frames'), { x: 'count', y: 'J', stroke: 'of', marker: 'circle' }),
      Plot.lineY(dashed('frames never annotated'), { x: 'count', y: 'J', stroke: 'of', marker: 'circle', strokeDasharray: '4 3' }), // prettier-ignore
      Plot.text(dashed('all scored frames'), Plot.selectLast({ x: 'count', y: 'J', z: 'of', text: 'of', textAnchor: 'start', dx: 8 })), // prettier-ignore
    ],
  });
}

/** J frame by frame; several objects of a sequence are averaged. */
export function framesChart(
  sequence: ComparedSequence,
  methods: readonly ComparedMethod[],
): string | undefined {
  const values = methods.flatMap(({ label, objects }) => {
    const J = meanByFrame(objectsOf(objects, sequence.name));
    return J.map((value, i) => ({ label, frame: sequence.frames.indexOf(sequence.scored[i]), J: value }));
  });
  if (values.length === 0) return undefined;
  return draw({
    title: `J of each frame of ${sequence.name}`,
    ...{ width: 680, height: 220, grid: true, color: colours(methods) },
    x: { label: 'frame' },
    y: { label: 'J', domain: [0, 1] },
    marks: [Plot.ruleY([0]), Plot.lineY(values, { x: 'frame', y: 'J', stroke: 'label', strokeWidth: 1.6 })],
  });
}
