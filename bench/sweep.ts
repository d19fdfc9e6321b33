/**
 * Mean J and F on the hold-out sequences by threshold, for one way of fine-tuning: how defaults are chosen.
 *
 *     npx tsx bench/sweep.ts DAVIS --iterations 150 --trunk-rate 2e-5 --head-rate 1e-4 [--frozen 0] [--every 4]
 *
 * Prints one line for docs/experiments.md: options, J and F at each threshold, J of each sequence at the default one,
 * seconds of a step and of a frame.
 */
import { parseArgs } from 'node:util';
import { openDavis } from '../src/clips/davis.js';
import { readMask } from '../src/clips/read-mask.js';
import { describeEngine, startEngine } from '../src/engine/start.js';
import { wantsOrder } from '../src/methods/method.js';
import { osvosDefaults, osvosThreshold, type OsvosOptions } from '../src/methods/osvos/defaults.js';
import type { RegionUse } from '../src/methods/region-uses.js';
import { methods } from '../src/methods/registry.js';
import { contourAccuracy } from '../src/scores/contour.js';
import { regionSimilarity } from '../src/scores/region.js';

const THRESHOLDS = [0.5, 0.65, 0.8, 0.9, 0.95];

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    parent: { type: 'string', default: osvosDefaults.parent },
    iterations: { type: 'string', default: String(osvosDefaults.iterations) },
    'trunk-rate': { type: 'string', default: String(osvosDefaults.trunkRate) },
    'head-rate': { type: 'string', default: String(osvosDefaults.headRate) },
    frozen: { type: 'string', default: String(osvosDefaults.frozenStages) },
    size: { type: 'string', default: String(osvosDefaults.size) },
    'no-target-model': { type: 'boolean', default: false },
    adapt: { type: 'string', default: String(osvosDefaults.adaptEvery) },
    roi: { type: 'string' },
    scales: { type: 'string', default: osvosDefaults.scales.join() },
    every: { type: 'string', default: '4' },
    sequences: { type: 'string' },
  },
});
const every = Number(values.every);
const engine = await startEngine({ engine: 'auto' });
console.error(describeEngine(engine));

const osvos = await methods.osvos.load();
const means = THRESHOLDS.map(() => [] as number[]);
const contours = THRESHOLDS.map(() => [] as number[]);
const names: string[] = [];
let [learning, segmenting, frames] = [0, 0, 0];
const davis = openDavis(positionals[0], { split: 'train-hold-out', sequences: values.sequences?.split(',') });
for (const sequence of davis.sequences) {
  const clip = await sequence.clip();
  const options: OsvosOptions = {
    ...osvosDefaults,
    parent: values.parent,
    iterations: Number(values.iterations),
    trunkRate: Number(values['trunk-rate']),
    headRate: Number(values['head-rate']),
    frozenStages: Number(values.frozen),
    targetModel: !values['no-target-model'],
    size: Number(values.size),
    adaptEvery: Number(values.adapt),
    scales: values.scales.split(',').map(Number),
    roi: values.roi as RegionUse | undefined,
  };
  const segmenter = await osvos.open(options);
  const inOrder = wantsOrder(osvos, options);
  const truthOf = async (name: string) => (await readMask(sequence.annotationFile(name))).labels;
  const frame = await clip.frame(clip.first);
  let began = performance.now();
  const annotation = { frame, labels: await truthOf(frame.name) };
  await segmenter.learn([annotation], { report: () => undefined });
  await segmenter.begin?.(annotation);
  learning += performance.now() - began;
  const sums = THRESHOLDS.map(() => 0);
  const edges = THRESHOLDS.map(() => 0);
  let count = 0;
  for (let i = clip.first + 1; i < clip.last; i++) {
    const scored = (i - clip.first) % every === 0;
    if (!scored && !inOrder) continue;
    const picture = await clip.frame(i);
    const truth = await truthOf(picture.name);
    began = performance.now();
    const { data } = await segmenter.segment(picture);
    segmenting += performance.now() - began;
    frames++;
    if (!scored) continue;
    const bits = (values: ArrayLike<number>, threshold: number) =>
      Uint8Array.from(values, (value) => (value > threshold ? 1 : 0));
    const { width, height } = picture;
    THRESHOLDS.forEach((threshold, t) => {
      const prediction = { width, height, data: bits(data, threshold) };
      const mask = { width, height, data: bits(truth.data, 0) };
      sums[t] += regionSimilarity(prediction, mask);
      edges[t] += contourAccuracy(prediction, mask);
    });
    count++;
  }
  segmenter.close();
  names.push(`${sequence.name} ${(sums[THRESHOLDS.indexOf(osvosThreshold)] / count).toFixed(3)}`);
  sums.forEach((sum, t) => means[t].push(sum / count));
  edges.forEach((sum, t) => contours[t].push(sum / count));
}
const mean = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length;
console.log(
  [
    `${values.iterations} steps, ${values['trunk-rate']} / ${values['head-rate']}, ${values.frozen} frozen, size ${values.size}${values['no-target-model'] ? ', no target model' : ''}, adapt ${values.adapt}, scales ${values.scales}${values.roi ? `, roi ${values.roi}` : ''}`,
    ...THRESHOLDS.map(
      (threshold, t) => `τ ${threshold}: ${mean(means[t]).toFixed(3)} ${mean(contours[t]).toFixed(3)}`,
    ),
    ...names,
    `${(learning / 1000 / davis.sequences.length / Math.max(1, Number(values.iterations))).toFixed(2)} s a step`,
    `${(segmenting / 1000 / frames).toFixed(2)} s a frame`,
  ].join(' | '),
);
process.exit(0); // the engine's threads would keep the process alive
