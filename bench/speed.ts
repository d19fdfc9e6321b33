/**
 * Seconds of a fine-tuning step and of a frame, and peak memory, for each trunk and size, with random weights (speed
 * does not depend on them). Each case runs in a process of its own.
 *
 *     npx tsx bench/speed.ts [--engine tensorflow] [--threads 2] [--trunks resnet50-v1,vgg16] [--sizes 240,480]
 *
 * A step is one picture forward, backward and Adam over all parameters; medians after warm-up.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { EngineName } from '../src/engine/engine.js';
import { trunkNames, type TrunkName } from '../src/networks/trunk-names.js';
import { describeMachine } from './machine.js';

const STEPS = 5;
const FRAMES = 5;

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'tensorflow' },
    threads: { type: 'string' },
    trunks: { type: 'string', default: trunkNames.join() },
    sizes: { type: 'string', default: '240,480' },
    case: { type: 'string' },
  },
});

if (values.case) {
  const [trunk, size] = values.case.split(',');
  await measure(trunk as TrunkName, Number(size));
  process.exit(0); // the engine's threads would keep the process alive
}
const results: unknown[] = [];
for (const trunk of values.trunks.split(',')) {
  for (const size of values.sizes.split(',')) {
    const threads = values.threads ? ['--threads', values.threads] : [];
    const args = ['--import', 'tsx', fileURLToPath(import.meta.url), '--engine', values.engine, ...threads];
    const child = spawnSync(process.execPath, [...args, '--case', `${trunk},${size}`], { encoding: 'utf8' });
    if (child.status !== 0) throw new Error(`${trunk} at ${size}: ${child.stderr}`);
    results.push(JSON.parse(child.stdout));
  }
}
console.log(JSON.stringify({ machine: describeMachine(), engine: values.engine, results }, null, 2));

async function measure(trunk: TrunkName, size: number): Promise<void> {
  const tf = await import('@tensorflow/tfjs');
  const { startEngine } = await import('../src/engine/start.js');
  const { networkSize } = await import('../src/clips/network-size.js');
  const { OsvosNetwork, createHeads, osvosShapes } = await import('../src/networks/osvos-network.js');
  const { createTrunk } = await import('../src/networks/trunk.js');
  const { createRandom } = await import('../src/random.js');
  const { createAdam } = await import('../src/training/adam.js');
  const { balancedWeights, weightedCrossEntropy } = await import('../src/training/losses.js');

  const threads = values.threads ? Number(values.threads) : undefined;
  await startEngine({ engine: values.engine as EngineName, threads });
  const random = createRandom(1);
  const options = { trunk, heads: 'side-outputs', crop: 'fixed' } as const;
  const heads = createHeads(createTrunk(trunk), options);
  const weights = heads.initial(random);
  for (const [name, shape] of osvosShapes(createTrunk(trunk), heads)) {
    const length = shape.reduce((a, b) => a * b, 1);
    const deviation = Math.sqrt((2 * shape[shape.length - 1]) / length);
    const data = Float32Array.from({ length }, () => deviation * random.normal());
    if (!weights.has(name)) weights.set(name, { dtype: 'F32', shape: [...shape], data });
  }
  const network = OsvosNetwork.from(weights, options, 'random');
  const { width, height } = networkSize({ width: 854, height: 480 }, size);
  const labels = Uint8Array.from({ length: width * height }, (_, i) => (i % width < width / 4 ? 1 : 0));
  const picture = tf.randomNormal<import('@tensorflow/tfjs').Rank.R4>([1, height, width, 3]);
  const y = tf.tensor3d(Float32Array.from(labels), [1, height, width]);
  const w = tf.tensor3d(balancedWeights(labels, 'balanced'), [1, height, width]);
  const optimizer = createAdam({
    groups: [{ variables: network.parameters.select(network.parameters.names()) }],
  });

  const step = async () => {
    const { value, grads } = tf.variableGrads(() => weightedCrossEntropy(network.run(picture).fused, y, w));
    await value.data();
    value.dispose();
    await optimizer.step(grads, 1e-6);
  };
  const frame = async () => {
    const map = tf.tidy(() => network.run(picture).fused);
    await map.data();
    map.dispose();
  };
  const secondsPerFrame = await median(frame, FRAMES);
  const forwardMemoryMB = peakMemoryMB();
  const secondsPerStep = await median(step, STEPS);
  const result = { trunk, size: `${width}×${height}`, secondsPerStep, secondsPerFrame, forwardMemoryMB };
  console.log(JSON.stringify({ ...result, trainingMemoryMB: peakMemoryMB() }));
}

function peakMemoryMB(): number {
  return Math.round((process.resourceUsage().maxRSS * 1024) / 1e6);
}

async function median(work: () => Promise<void>, times: number): Promise<number> {
  for (let i = 0; i < 2; i++) await work(); // warm-up
  const seconds: number[] = [];
  for (let i = 0; i < times; i++) {
    const began = performance.now();
    await work();
    seconds.push((performance.now() - began) / 1000);
  }
  return Number(seconds.sort((a, b) => a - b)[Math.floor(times / 2)].toFixed(3));
}
