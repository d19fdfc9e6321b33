/**
 * What seconds of fine-tuning buy: mean J and F over a split for several budgets, as JSON and as a chart.
 *
 *     npx tsx bench/tuning-time.ts DAVIS [--split val] [--budgets 0,10,30,60,120] [--out runs/tuning-time] [--chart docs/tuning-time.svg]
 *
 * Budget 0 learns the target model alone. A run that was stopped goes on.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { evaluate } from '../src/jobs/evaluate.js';
import { masksOnly } from '../src/jobs/segment-options.js';
import { segmentSequences } from '../src/jobs/segment.js';
import { osvosDefaults, osvosThreshold, unlimitedIterations } from '../src/methods/osvos/defaults.js';
import { methods } from '../src/methods/registry.js';
import { describeMachine } from './machine.js';

interface Point {
  budget: number;
  J: number;
  F: number;
  /** Mean of a sequence, start of the program left out. */
  secondsOfFineTuning: number;
  secondsPerSequence: number | null;
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    split: { type: 'string', default: 'val' },
    budgets: { type: 'string', default: '0,10,30,60,120' },
    size: { type: 'string', default: String(osvosDefaults.size) },
    out: { type: 'string', default: path.join('runs', 'tuning-time') },
    chart: { type: 'string' },
  },
});
const [root] = positionals;
const { split, out } = values;
const points: Point[] = [];
for (const budget of values.budgets.split(',').map(Number)) {
  const results = path.join(out, String(budget));
  const budgeted = budget > 0 ? { iterations: unlimitedIterations, timeBudget: budget } : { iterations: 0 };
  const { sequences, secondsPerSequence } = await segmentSequences({
    ...{ root, split, out: results, method: methods.osvos, engine: { engine: 'auto' } },
    options: { ...osvosDefaults, ...budgeted, size: Number(values.size) },
    settings: { ...masksOnly, threshold: osvosThreshold },
    report: () => undefined,
  });
  const { global } = await evaluate({ results, truth: { davis: root, split }, report: () => undefined });
  const learning = [];
  for (const { name } of sequences) {
    const record = await readFile(path.join(results, name, 'run.json'), 'utf8');
    learning.push((JSON.parse(record) as { seconds: Record<string, number> }).seconds['fine-tuning']);
  }
  const mean = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;
  const point = {
    budget,
    J: global['J-Mean']!,
    F: global['F-Mean']!,
    secondsOfFineTuning: mean(learning),
    secondsPerSequence,
  };
  console.error(JSON.stringify(point));
  points.push(point);
}
console.log(JSON.stringify({ bench: 'tuning-time', split, size: Number(values.size), points, machine: describeMachine() }, null, 2)); // prettier-ignore
if (values.chart) await writeFile(values.chart, chart(points));
process.exit(0); // the engine's threads would keep the process alive

/** Two lines over the seconds of a sequence's fine-tuning. */
function chart(points: readonly Point[]): string {
  const [width, height, left, bottom, top] = [560, 300, 52, 44, 20];
  const scores = points.flatMap(({ J, F }) => [J, F]);
  const low = Math.floor(Math.min(...scores) * 20) / 20;
  const high = Math.ceil(Math.max(...scores) * 20) / 20;
  const most = Math.max(...points.map((point) => point.secondsOfFineTuning));
  const x = (seconds: number) => left + (seconds / most) * (width - left - 60);
  const y = (score: number) => top + ((high - score) / (high - low)) * (height - top - bottom);
  const grid = Array.from({ length: Math.round((high - low) * 20) + 1 }, (_, i) => low + i / 20).map(
    (score) =>
      `<line x1="${left}" x2="${width - 60}" y1="${y(score).toFixed(1)}" y2="${y(score).toFixed(1)}" stroke="#ddd"/><text x="${left - 8}" y="${(y(score) + 4).toFixed(1)}" text-anchor="end">${score.toFixed(2)}</text>`,
  );
  const ticks = points.map(
    ({ secondsOfFineTuning: s }) =>
      `<text x="${x(s).toFixed(1)}" y="${height - bottom + 18}" text-anchor="middle">${s.toFixed(0)}</text>`,
  );
  const line = (of: (point: Point) => number, colour: string, name: string) => {
    const at = points.map((point) => [x(point.secondsOfFineTuning), y(of(point))].map((v) => v.toFixed(1)));
    const dots = at.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="4" fill="${colour}"/>`).join('');
    const [endX, endY] = at[at.length - 1].map(Number);
    return `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${at.map((p) => p.join(',')).join(' ')}"/>${dots}<text x="${endX + 10}" y="${endY + 4}" fill="${colour}">${name}</text>`;
  };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12" fill="#333">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    ...grid,
    ...ticks,
    `<text x="${(left + width - 60) / 2}" y="${height - 8}" text-anchor="middle">seconds of learning a sequence, two cores</text>`,
    line((point) => point.J, '#1666b0', 'J'),
    line((point) => point.F, '#b04516', 'F'),
    '</svg>\n',
  ].join('\n');
}
