/**
 * Seconds a frame of the memory networks, against the same networks in PyTorch on the same machine and numbers.
 *
 *     OSVOS_PYTHON=… npx tsx bench/memory-frames.ts [--threads 2] [--frames 21] [--sizes 240x432,480x864] [--out FILE]
 *
 * Ends with 1 where the two do not find the same object.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import {
  architectureName,
  memoryTrunkNames,
  type MemoryArchitecture,
} from '../src/networks/memory/memory-architecture.js';
import { memoryShapes } from '../src/networks/memory/memory-network.js';
import { createRandom, type Random } from '../src/random.js';
import { findWeights } from '../src/weights/manifest.js';
import { asFloat32 } from '../src/weights/half.js';
import { readSafetensors, writeSafetensors } from '../src/weights/safetensors.js';
import type { Weights } from '../src/weights/weights.js';
import { describeMachine } from './machine.js';

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: '2' },
    frames: { type: 'string', default: '21' },
    sizes: { type: 'string', default: '240x432,480x864' },
    precision: { type: 'string', default: 'bf16' },
    out: { type: 'string' },
  },
});

interface Run {
  milliseconds: number[];
  shares: number[];
  peakMb: number;
  version: string;
}

/** Until these are over, memory is taken and filters are packed. */
const WARM = 3;
/** By how much the object's share of a frame may differ: bfloat16 rounds in another order. */
const TOLERANCE = 0.01;
const run = promisify(execFile);
const [child, peer] = ['memory-frames/child.ts', 'peers/memory_network.py'].map((file) =>
  fileURLToPath(new URL(file, import.meta.url)),
);

const folder = mkdtempSync(path.join(os.tmpdir(), 'osvos-memory-frames-'));
const rows: Record<string, unknown>[] = [];
try {
  for (const trunk of memoryTrunkNames) {
    for (const keys of ['masked', 'image'] as const) {
      for (const size of values.sizes.split(',')) rows.push(await measure({ trunk, keys }, size));
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
const { threads, frames, precision } = values;
const result = { bench: 'memory-frames', machine: describeMachine(), threads, frames, precision, rows };
const text = JSON.stringify(result, null, 2);
if (values.out) writeFileSync(values.out, `${text}\n`);
console.log(text);

async function measure(architecture: MemoryArchitecture, size: string) {
  const file = path.join(folder, 'case.safetensors');
  await writeCase(file, architecture, size);
  const flags = ['--threads', values.threads, '--precision', values.precision];
  const own = JSON.parse(
    (await run(process.execPath, ['--import', 'tsx', child, file, ...flags])).stdout,
  ) as Run;
  const python = process.env.OSVOS_PYTHON || 'python3';
  const other = await run(python, [peer, file, ...flags]).then(
    ({ stdout }) => JSON.parse(stdout) as Run,
    (error: Error & { code?: number }) => {
      if (error.code !== 5) throw error; // 5: PyTorch is not there
      console.error(error.message);
      return undefined;
    },
  );
  const difference = other && Math.max(...own.shares.map((share, i) => Math.abs(share - other.shares[i])));
  if (difference !== undefined && difference > TOLERANCE) {
    console.error(
      `${architectureName(architecture)} at ${size}: shares of the object differ by ${difference}`,
    );
    process.exitCode = 1;
  }
  const seconds = ({ milliseconds }: Run) => median(milliseconds.slice(WARM)) / 1000;
  const row = {
    network: architectureName(architecture),
    size,
    osvos: seconds(own),
    pytorch: other && seconds(other),
    ratio: other && seconds(own) / seconds(other),
    peakMB: Math.round(own.peakMb),
    pytorchPeakMB: other && Math.round(other.peakMb),
    difference,
    versions: { osvos: own.version, pytorch: other?.version },
  };
  console.error(JSON.stringify(row));
  return row;
}

/** Weights that ship where there are any, else random ones; a textured blob that moves over a textured ground. */
async function writeCase(file: string, architecture: MemoryArchitecture, size: string): Promise<void> {
  const [height, width] = size.split('x').map(Number);
  const count = Number(values.frames);
  const weights = await shipped(architecture).catch(() => randomWeights(architecture, createRandom(1)));
  const frames = new Float32Array(count * height * width * 3);
  const mask = new Float32Array(height * width);
  for (let t = 0; t < count; t++) {
    const [cx, cy] = [width * (0.3 + (0.3 * t) / count), height / 2];
    for (let i = 0; i < height * width; i++) {
      const [x, y] = [i % width, Math.floor(i / width)];
      const inside = (x - cx) ** 2 + (y - cy) ** 2 < (height / 4) ** 2;
      if (t === 0 && inside) mask[i] = 1;
      for (let c = 0; c < 3; c++) {
        const wave = inside ? Math.sin((x - cx) / 3 + c) * Math.cos(y / 4) : Math.sin(x / 7 + y / 5);
        frames[3 * (t * height * width + i) + c] = Math.round(128 + 50 * wave + (inside ? 40 * (c - 1) : 0));
      }
    }
  }
  const tensors: Weights = new Map(weights);
  tensors.set('frames', { dtype: 'F32', shape: [count, height, width, 3], data: frames });
  tensors.set('mask', { dtype: 'F32', shape: [height, width], data: mask });
  await writeSafetensors(file, tensors, { trunk: architecture.trunk, keys: architecture.keys });
}

async function shipped(architecture: MemoryArchitecture): Promise<Weights> {
  const { file } = await findWeights(architectureName(architecture));
  const { tensors } = await readSafetensors(file);
  return new Map(
    [...tensors].map(([name, t]) => [name, { dtype: 'F32', shape: t.shape, data: asFloat32(t) }]),
  );
}

/** Convolutions as He et al. 2015 draw them, the second of each residual block small. */
function randomWeights(architecture: MemoryArchitecture, random: Random): Weights {
  return new Map(
    [...memoryShapes(architecture)].map(([name, shape]) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const fanIn = shape.slice(0, -1).reduce((a, b) => a * b, 1);
      const deviation =
        shape.length === 1 ? 0.05 : (/conv[23]\.weight$/.test(name) ? 0.5 : 1) / Math.sqrt(fanIn);
      const data = Float32Array.from({ length: size }, () => deviation * random.normal());
      return [name, { dtype: 'F32', shape: [...shape], data }];
    }),
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}
