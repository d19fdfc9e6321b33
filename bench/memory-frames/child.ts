/** One run of `bench/memory-frames.ts`: segments the frames of a case and prints what each took, as its peer does. */
import { parseArgs } from 'node:util';
import type { EngineName } from '../../src/engine/engine.js';
import { startEngine } from '../../src/engine/start.js';
import { memoryDefaults } from '../../src/methods/stm/defaults.js';
import { MemorySegmenter } from '../../src/methods/stm/memory-segmenter.js';
import type { MemoryArchitecture } from '../../src/networks/memory/memory-architecture.js';
import { MemoryNetwork } from '../../src/networks/memory/memory-network.js';
import { asFloat32 } from '../../src/weights/half.js';
import { readSafetensors } from '../../src/weights/safetensors.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    engine: { type: 'string', default: 'torch' },
    precision: { type: 'string', default: 'bf16' },
    threads: { type: 'string', default: '1' },
  },
});
const [file] = positionals;
const engine = await startEngine({
  engine: values.engine as EngineName,
  precision: values.precision as 'f32' | 'bf16',
  threads: Number(values.threads),
});
const { tensors, metadata } = await readSafetensors(file);
const [count, height, width] = tensors.get('frames')!.shape;
const pixels = asFloat32(tensors.get('frames')!);
const frame = (index: number) => ({
  ...{ index, name: String(index), width, height },
  rgb: Uint8Array.from(pixels.subarray(3 * index * width * height, 3 * (index + 1) * width * height)),
});
const architecture = { trunk: metadata.trunk, keys: metadata.keys } as MemoryArchitecture;
const segmenter = new MemorySegmenter(MemoryNetwork.from(tensors, architecture, file), {
  ...memoryDefaults,
  ...{ trunk: architecture.trunk, weights: file, size: height, maxMemoryFrames: Infinity },
});
const labels = { width, height, data: Uint8Array.from(asFloat32(tensors.get('mask')!)) };
const annotation = { frame: frame(0), labels };
await segmenter.learn([annotation]);
await segmenter.begin(annotation);
const milliseconds: number[] = [];
const shares: number[] = [];
for (let index = 1; index < count; index++) {
  const shown = frame(index);
  const since = performance.now();
  const { data } = await segmenter.segment(shown);
  milliseconds.push(performance.now() - since);
  shares.push(data.reduce((sum, p) => sum + (p > 0.5 ? 1 : 0), 0) / data.length);
}
segmenter.close();
const peakMb = process.resourceUsage().maxRSS / 1000;
console.log(JSON.stringify({ milliseconds, shares, peakMb, version: engine.version }));
