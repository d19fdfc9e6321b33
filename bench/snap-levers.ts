/**
 * Mean J and F after snapping, by what it is done with: how the defaults of `--snap` are chosen, on hold-out sequences.
 *
 *     npx tsx bin/dev.js segment --davis DAVIS --split train-hold-out --save-probabilities --out runs/hold-out
 *     npx tsx bench/snap-levers.ts DAVIS runs/hold-out [--contours NAME] [--split train-hold-out] [--every 8]
 *                                  [--cuts 0.5,0.9] [--maps '1;1.5;0.5,1,1.5'] [--thresholds 0.05,0.1,0.2,0.29,0.4]
 *
 * Rows: scales of the contour map (`;` between maps), cut of the probabilities before the vote, rule of the vote.
 * `--margins SHARE/PIXELS` looks only around the masks (`;` between margins), `--near-only` nowhere else.
 * `oracle` snaps the annotations themselves: what snapping cannot exceed.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readGreyMap } from '../src/clips/grey-map.js';
import { openDavis } from '../src/clips/davis.js';
import { readMask } from '../src/clips/read-mask.js';
import { describeEngine, startEngine } from '../src/engine/start.js';
import { contourMap } from '../src/methods/contours/contour-map.js';
import { loadContourNetwork } from '../src/methods/contours/contour-network.js';
import { cutOut, pasteLabels, regionNearMasks } from '../src/methods/contours/region-near-masks.js';
import { snapDefaults } from '../src/methods/contours/snap-settings.js';
import { osvosThreshold } from '../src/methods/osvos/defaults.js';
import { contourAccuracy } from '../src/scores/contour.js';
import { regionSimilarity, type Mask } from '../src/scores/region.js';
import { smoothLabels } from '../src/snapping/smooth-labels.js';
import { createSnapper } from '../src/snapping/snapper.js';
import { clearVote, voteLabels } from '../src/snapping/vote.js';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    contours: { type: 'string', default: snapDefaults.contours },
    split: { type: 'string', default: 'train-hold-out' },
    every: { type: 'string', default: '8' },
    cuts: { type: 'string', default: `0.5,${osvosThreshold}` },
    maps: { type: 'string', default: '1;1.5;0.5,1,1.5' },
    margins: { type: 'string', default: '0.25/64' },
    'near-only': { type: 'boolean', default: false },
    thresholds: { type: 'string', default: '0.05,0.1,0.2,0.29,0.4' },
  },
});
const list = (text: string) => text.split(',').map(Number);
const [root, results] = positionals;
const [every, cuts, thresholds] = [Number(values.every), list(values.cuts), list(values.thresholds)];
const maps = values.maps
  .split(';')
  .filter((map) => map !== '')
  .map(list);
const sigmas = { sigmaXy: 8, sigmaLuma: 4, sigmaChroma: 4 };
const wide = { sigmaXy: 16, sigmaLuma: 8, sigmaChroma: 8 };
const solvers = {
  'λ 128': { ...sigmas, lambda: 128 },
  'λ 32': { ...sigmas, lambda: 32 },
  'λ 8': { ...sigmas, lambda: 8 },
  'λ 2': { ...sigmas, lambda: 2 },
  'λ 8, 16/8/8': { ...wide, lambda: 8 },
  'λ 2, 16/8/8': { ...wide, lambda: 2 },
};
const margins = values.margins.split(';').filter((margin) => margin !== '');
const votes = { majority: {}, clear: clearVote };

console.error(describeEngine(await startEngine({ engine: 'auto' })));
const contours = await loadContourNetwork(values.contours);

/** Scores by row and column, of all frames of a sequence; then means of sequences. */
const rows = new Map<string, Map<string, { J: number[]; F: number[] }[]>>();
function note(row: string, column: string, sequence: number, mask: Mask, truth: Mask): void {
  const columns = rows.get(row) ?? new Map<string, { J: number[]; F: number[] }[]>();
  rows.set(row, columns);
  const cells = columns.get(column) ?? [];
  columns.set(column, cells);
  const cell = (cells[sequence] ??= { J: [], F: [] });
  cell.J.push(regionSimilarity(mask, truth));
  cell.F.push(contourAccuracy(mask, truth));
}

const areas = new Map<string, number[]>();
const counts = new Map<string, number[]>();
for (const [s, sequence] of openDavis(root, { split: values.split }).sequences.entries()) {
  const clip = await sequence.clip();
  for (let i = clip.first + every; i < clip.last; i += every) {
    const frame = await clip.frame(i);
    const { width, height } = frame;
    const truth = (await readMask(sequence.annotationFile(frame.name))).labels;
    const p = await readGreyMap(path.join(results, 'probabilities', sequence.name, `${frame.name}-1.png`));
    const cutAt = (cut: number) => ({
      width,
      height,
      data: Uint8Array.from(p.data, (value) => (value > cut ? 1 : 0)),
    });
    for (const cut of cuts) {
      note(`none, cut ${cut}`, '', s, cutAt(cut), truth);
      for (const [name, options] of Object.entries(solvers)) {
        note(`bilateral, cut ${cut}`, name, s, smoothLabels(cutAt(cut), frame, options), truth);
      }
    }
    for (const margin of margins) {
      const [share, pixels] = margin.split('/').map(Number);
      const whole = { x: 0, y: 0, width, height };
      const near = regionNearMasks(cutAt(cuts[cuts.length - 1]), { share, pixels }) ?? whole;
      const part = { width: near.width, height: near.height, rgb: cutOut(frame.rgb, width, near, 3) };
      areas.set(margin, [...(areas.get(margin) ?? []), (near.width * near.height) / (width * height)]);
      for (const scales of maps) {
        const map = { ...part, data: await contourMap(contours, part, scales) };
        for (const threshold of thresholds) {
          const superpixels = createSnapper(near.width, near.height, { threshold }).superpixels(map);
          for (const cut of cuts) {
            const labels = cutAt(cut);
            const inside = { ...part, data: cutOut(labels.data, width, near, 1) };
            const snapped = pasteLabels(labels, voteLabels(superpixels, inside).data, near);
            note(
              `map ${scales.join()}, near masks ${margin}, cut ${cut}`,
              String(threshold),
              s,
              snapped,
              truth,
            );
          }
        }
      }
    }
    for (const scales of values['near-only'] ? [] : maps) {
      const map = { width, height, data: await contourMap(contours, frame, scales) };
      for (const threshold of thresholds) {
        const superpixels = createSnapper(width, height, { threshold }).superpixels(map);
        const key = `map ${scales.join()} at ${threshold}`;
        counts.set(key, [...(counts.get(key) ?? []), superpixels.count]);
        for (const [name, vote] of Object.entries(votes)) {
          for (const cut of cuts) {
            const snapped = voteLabels(superpixels, cutAt(cut), vote);
            note(`map ${scales.join()}, ${name}, cut ${cut}`, String(threshold), s, snapped, truth);
          }
          note(
            `map ${scales.join()}, ${name}, oracle`,
            String(threshold),
            s,
            voteLabels(superpixels, truth, vote),
            truth,
          );
        }
      }
    }
  }
  console.error(sequence.name);
}
const mean = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;
for (const [row, columns] of rows) {
  const cells = [...columns].map(([column, sequences]) => {
    const [J, F] = [mean(sequences.map((cell) => mean(cell.J))), mean(sequences.map((cell) => mean(cell.F)))];
    return `${column} ${J.toFixed(3)} / ${F.toFixed(3)}`.trim();
  });
  console.log(`${row.padEnd(34)} ${cells.join('  ')}`);
}
for (const [margin, part] of areas)
  console.log(`near masks ${margin}: ${Math.round(100 * mean(part))} % of the frame`);
for (const [key, numbers] of counts) console.log(`${key}: ${Math.round(mean(numbers))} superpixels`);
