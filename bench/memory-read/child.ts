/**
 * The process of one engine: reads the memory of a case in all ways and prints a `Measurement`.
 *
 *     npx tsx bench/memory-read/child.ts CASE.safetensors --engine torch --precision bf16 --threads 1 --iterations 5
 *
 * Ends with 5 and the reason where the engine does not start.
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { TorchBackend } from '../../src/engine/torch/backend.js';
import { OsvosError } from '../../src/errors.js';
import { readMemory } from '../../src/networks/memory/memory-read.js';
import { readSafetensors } from '../../src/weights/safetensors.js';
import type { WeightTensor } from '../../src/weights/weights.js';
import { startExactly } from '../engine/start-exactly.js';
import { parseCount, type Precision } from '../engine/subjects.js';
import { CELLS, GRID, readNames, reads, SAMPLE_STEP, type Measured, type Measurement } from './case.js';
import { peakGrowth } from './peak.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    engine: { type: 'string', default: 'torch' },
    precision: { type: 'string', default: 'f32' },
    threads: { type: 'string', default: '1' },
    iterations: { type: 'string', default: '5' },
  },
});

try {
  const { version } = await startExactly(
    values.engine,
    values.precision as Precision,
    parseCount(values.threads),
  );
  const { tensors } = await readSafetensors(positionals[0]);
  const [query, keys, memoryValues] = ['query', 'keys', 'values'].map((name) => asMade(tensors.get(name)!));
  tensors.clear();
  const rows: Measured[] = [];
  for (const form of ['blockwise', 'whole'] as const) {
    const parts = Math.round(form === 'whole' ? 1 : keys.shape[0] / CELLS);
    const [ofKeys, ofValues] = [keys, memoryValues].map((all) => tf.split<tf.Tensor2D>(all, parts));
    const blocks = ofKeys.map((own, i) => ({ keys: own, values: ofValues[i] }));
    for (const read of readNames) {
      const blockBytes = form === 'whole' ? Infinity : undefined;
      const work = () =>
        readMemory(query, blocks, { keys: 'masked', grid: GRID, ...reads[read], blockBytes });
      rows.push({ read, form, ...measure(work, parseCount(values.iterations)) });
    }
    tf.dispose(blocks);
  }
  console.log(JSON.stringify({ version, rows } satisfies Measurement));
  process.exit(0); // the engine's threads would keep the process alive
} catch (error) {
  if (!(error instanceof OsvosError) || error.code !== 'engine') throw error;
  console.error(error.what);
  process.exit(error.exit);
}

/** In the engine's own type, as a convolution makes keys and values. */
function asMade({ data, shape }: WeightTensor): tf.Tensor2D {
  return tf.tidy(() => {
    const [rows, channels] = shape;
    const map = tf.tensor4d(data as Float32Array, [1, rows, 1, channels]);
    const same = tf.conv2d(map, tf.reshape(tf.eye(channels), [1, 1, channels, channels]), 1, 'same');
    return tf.reshape(same, [rows, channels]);
  });
}

function measure(work: () => tf.Tensor, iterations: number): Omit<Measured, 'read' | 'form'> {
  const backend = tf.backend();
  const addon = backend instanceof TorchBackend ? backend.addon : undefined;
  addon?.emptyCache();
  const reserved = addon?.memory().reserved;
  let result: tf.Tensor | undefined;
  let peakMb = peakGrowth(() => (result = work())); // warms up, too
  // the process may have had room left that it had not given back
  if (addon) peakMb = Math.max(peakMb ?? 0, (addon.memory().reserved - reserved!) / 1e6);
  const sample = result!.dataSync().filter((_, i) => i % SAMPLE_STEP === 0);
  result!.dispose();
  const [wallMs, cpuMs]: number[][] = [[], []];
  for (let i = 0; i < iterations; i++) {
    const [cpu, wall] = [process.cpuUsage(), performance.now()];
    const read = work();
    read.dataSync();
    wallMs.push(performance.now() - wall);
    const { user, system } = process.cpuUsage(cpu);
    cpuMs.push((user + system) / 1000);
    read.dispose();
  }
  return { wallMs, cpuMs, peakMb, sample: [...sample] };
}
