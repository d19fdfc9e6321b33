/**
 * Milliseconds a frame of each step of snapping and of the bilateral solver, on frames and annotations of DAVIS. Contours
 * are made from the frames' brightness, or read (`DIR/SEQUENCE/FRAME.png`, 8 bits). Ends with 1 when a bound is not kept.
 *
 *     npx tsx bench/snapping.ts [--split train-hold-out] [--every 20] [--contours DIR] [--threshold 0.29] [--json]
 *
 * Everything runs on one thread; CPU time is that thread's and the garbage collection's, and is what the bounds are for.
 * Medians over all frames, of which each is done several times.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openDavis } from '../src/clips/davis.js';
import { readMask } from '../src/clips/read-mask.js';
import type { Frame } from '../src/frame.js';
import type { LabelMap } from '../src/label-map.js';
import { createBilateralGrid } from '../src/snapping/bilateral-grid.js';
import { defaultBilateralOptions, solveOnGrid } from '../src/snapping/bilateral-solver.js';
import type { ContourMap } from '../src/snapping/contour-map.js';
import { mergeRegions, partitionAt } from '../src/snapping/merge-tree.js';
import { findOrientations } from '../src/snapping/orientation.js';
import { createPairTable } from '../src/snapping/pair-table.js';
import { linkRegions } from '../src/snapping/region-graph.js';
import { createSnapper, defaultSnapOptions } from '../src/snapping/snapper.js';
import { voteLabels } from '../src/snapping/vote.js';
import { floodBasins } from '../src/snapping/watershed.js';
import { createWorkspace } from '../src/snapping/workspace.js';
import { formatTable } from '../src/terminal/table.js';
import { describeMachine } from './machine.js';
import { boxed, gradientContours, readContours } from './snapping/contours.js';

/** CPU milliseconds for a frame of 854×480. */
const BOUNDS: Record<string, number> = { snapping: 100, 'bilateral solver': 60 };
const ROUNDS = 3;
/** Rounds on the first frame that are not counted: until the compiler is done. */
const WARM_UP = 8;
/** Pixels over which a mask is softened into probabilities. */
const SOFTNESS = 12;

const { values } = parseArgs({
  options: {
    split: { type: 'string', default: 'train-hold-out' },
    every: { type: 'string', default: '20' },
    contours: { type: 'string' },
    threshold: { type: 'string', default: String(defaultSnapOptions.threshold) },
    json: { type: 'boolean', default: false },
  },
});
const every = Number(values.every);
const threshold = Number(values.threshold);
if (!(every >= 1) || !(threshold >= 0)) throw new Error('--every and --threshold are numbers');

interface Figures {
  cpu: number[];
  wall: number[];
}

const figures = new Map<string, Figures>();
const basins: number[] = [];
const superpixels: number[] = [];
const vertices: number[] = [];
const sizes = new Set<string>();
const work = createWorkspace();
const pairs = createPairTable();
let snapperNow: { size: string; snapper: ReturnType<typeof createSnapper> } | undefined;
let frames = 0;
for await (const { frame, labels, contours } of pictures()) {
  if (frames === 0) {
    for (let round = 0; round < WARM_UP; round++) measureFrame(frame, labels, contours);
    figures.clear();
  }
  for (let round = 0; round < ROUNDS; round++) {
    const counts = measureFrame(frame, labels, contours);
    if (round > 0) continue;
    basins.push(counts.basins);
    superpixels.push(counts.superpixels);
    vertices.push(counts.vertices);
  }
  sizes.add(`${frame.width}×${frame.height}`);
  frames++;
  if (frames % 5 === 0) console.error(`${frames} frames`);
}
if (frames === 0) throw new Error('no frames');

const rows = [...figures].map(([step, { cpu, wall }]) => ({
  step,
  cpuMs: rounded(median(cpu)),
  wallMs: rounded(median(wall)),
}));
const kept = rows.every(({ step, cpuMs }) => cpuMs <= (BOUNDS[step] ?? Infinity));
const about = {
  bench: 'snapping',
  machine: describeMachine(),
  contours: values.contours ? 'read' : 'steepness of the brightness',
  threshold,
  frames,
  sizes: [...sizes],
  basins: median(basins),
  superpixels: median(superpixels),
  gridVertices: median(vertices),
  workMB: rounded(work.bytes() / 1e6),
};
if (values.json) {
  console.log(JSON.stringify({ ...about, rows, kept }, null, 2));
} else {
  console.log(
    formatTable(rows, [
      { title: 'step', value: (row) => row.step },
      { title: 'CPU ms', value: (row) => row.cpuMs.toFixed(1), align: 'right' },
      { title: 'wall ms', value: (row) => row.wallMs.toFixed(1), align: 'right' },
    ]),
  );
  console.log(
    `${frames} frames of ${about.sizes.join(', ')}; medians: ${about.basins} basins, ` +
      `${about.superpixels} superpixels, ${about.gridVertices} vertices; ${about.workMB} MB of work arrays`,
  );
}
process.exitCode = kept ? 0 : 1;

interface Picture {
  frame: Frame;
  labels: LabelMap;
  contours: ContourMap;
}

async function* pictures(): AsyncGenerator<Picture> {
  const project = fileURLToPath(new URL('..', import.meta.url));
  const root = path.join(path.resolve(project, process.env.OSVOS_DATA ?? '../shared/data'), 'DAVIS');
  for (const sequence of openDavis(root, { split: values.split }).sequences) {
    const annotated = new Set(sequence.annotatedFrames());
    let index = 0;
    for await (const frame of (await sequence.clip()).frames()) {
      if (index++ % every !== 0 || !annotated.has(frame.name)) continue;
      const { labels } = await readMask(sequence.annotationFile(frame.name));
      const contours = values.contours
        ? await readContours(path.join(values.contours, sequence.name, `${frame.name}.png`))
        : gradientContours(frame);
      yield { frame, labels, contours };
    }
  }
}

/** All steps once; what they count. */
function measureFrame(frame: Frame, labels: LabelMap, contours: ContourMap) {
  const { width, height } = frame;
  const regions = timed('  watershed', () => floodBasins(contours, work));
  const graph = timed('  graph of regions', () => linkRegions(regions, contours, undefined, work, pairs));
  const tree = timed('  merging', () => mergeRegions(graph, threshold, work, pairs));
  const pieces = timed('  superpixels', () => partitionAt(regions, tree, threshold, work));
  timed('  vote', () => voteLabels(pieces, labels, {}, work));
  const counts = { basins: regions.count, superpixels: pieces.count, vertices: 0 };
  const snapper = snapperOf(width, height);
  timed('snapping', () => snapper.snap(contours, labels));
  const angles = timed('orientations', () => findOrientations(contours, work));
  timed('graph of regions, oriented', () => linkRegions(regions, contours, angles, work, pairs));

  const target = softened(labels);
  const confidence = target.map((p) => Math.abs(2 * p - 1));
  const result = new Float32Array(target.length);
  const { lambda } = defaultBilateralOptions;
  const grid = timed('  grid of a frame', () => createBilateralGrid(frame, defaultBilateralOptions, work));
  counts.vertices = grid.count;
  timed('  solution for an object', () => solveOnGrid(grid, target, confidence, lambda, result, work));
  timed('bilateral solver', () => {
    const again = createBilateralGrid(frame, defaultBilateralOptions, work);
    solveOnGrid(again, target, confidence, lambda, result, work);
  });
  return counts;
}

/** One snapper as long as the size stays, as for the frames of a clip. */
function snapperOf(width: number, height: number) {
  const size = `${width}×${height}`;
  if (snapperNow?.size !== size) snapperNow = { size, snapper: createSnapper(width, height, { threshold }) };
  return snapperNow.snapper;
}

function softened({ width, height, data }: LabelMap): Float32Array {
  const hard = Float32Array.from(data, (label) => (label > 0 ? 1 : 0));
  return boxed(boxed(hard, width, height, 1, SOFTNESS), width, height, width, SOFTNESS);
}

function timed<T>(step: string, run: () => T): T {
  const began = performance.now();
  const before = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(before);
  const found = figures.get(step) ?? { cpu: [], wall: [] };
  figures.set(step, found);
  found.cpu.push((user + system) / 1000);
  found.wall.push(performance.now() - began);
  return result;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

function rounded(value: number): number {
  return Number(value.toFixed(1));
}
