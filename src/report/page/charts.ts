/** Charts of the report, drawn by Observable Plot when it is built: the page holds finished SVG. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { ComparedMethod, ComparedSequence } from '../comparison.js';

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

/** Mean J against seconds a sequence, on a logarithmic scale; undefined where no method was timed. */
export function timeAccuracyChart(methods: readonly ComparedMethod[]): string | undefined {
  const points = methods.flatMap(({ label, scores, cost }) =>
    cost && scores['J-Mean'] !== null
      ? [{ label, seconds: Math.max(cost.secondsPerSequence, 0.01), J: scores['J-Mean'] }]
      : [],
  );
  if (points.length === 0) return undefined;
  // methods of others took nobody knows how long: lines across
  const lines = methods.flatMap(({ label, scores, cost }) => (!cost && scores['J-Mean'] !== null ? [{ label, J: scores['J-Mean'] }] : [])); // prettier-ignore
  return draw({
    title: `Mean J against seconds a sequence: ${points.map((p) => `${p.label} ${p.J.toFixed(3)} in ${p.seconds.toFixed(1)} s`).join('; ')}`,
    ...{ width: 680, height: 380, grid: true, color: colours(methods) },
    x: { type: 'log', label: 'seconds a sequence, learning included', nice: true },
    y: { label: 'mean J', nice: true, zero: false },
    marks: [
      Plot.ruleY(lines, { y: 'J', stroke: 'label', strokeDasharray: '4 3' }),
      Plot.text(lines, { y: 'J', text: 'label', frameAnchor: 'right', dy: -6, textAnchor: 'end' }),
      Plot.dot(points, { x: 'seconds', y: 'J', fill: 'label', r: 6 }),
      Plot.text(points, { x: 'seconds', y: 'J', text: 'label', dy: -12 }),
    ],
  });
}

/** J frame by frame; several objects of a sequence are averaged. */
export function framesChart(
  sequence: ComparedSequence,
  methods: readonly ComparedMethod[],
): string | undefined {
  const values = methods.flatMap(({ label, objects }) => {
    const own = objectsOf(objects, sequence.name);
    const count = Math.max(0, ...own.map(({ J }) => J.length));
    return Array.from({ length: count }, (_, i) => ({
      label,
      frame: sequence.frames.indexOf(sequence.scored[i]),
      J: own.reduce((sum, { J }) => sum + J[i], 0) / own.length,
    }));
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

/** Scores of a sequence's objects, `<sequence>_<id>`. */
export function objectsOf<T>(objects: Record<string, T>, sequence: string): T[] {
  return Object.entries(objects)
    .filter(([name]) => name.slice(0, name.lastIndexOf('_')) === sequence)
    .map(([, scores]) => scores);
}
