/**
 * The process of one row and mode: starts an engine and prints a `Timing`. Ends with 5 and the reason where the engine
 * does not start as asked.
 */
import { parseArgs } from 'node:util';
import type { EngineOptions } from '../../src/engine/engine.js';
import { startEngine } from '../../src/engine/start.js';
import { OsvosError } from '../../src/errors.js';
import { parseCount, parseSizes, type Precision } from '../engine/subjects.js';
import { FROZEN_STAGES, timesOf, type Mode } from './modes.js';
import { createNetwork, inputOf, operationsOf, type NetworkName } from './networks.js';

export interface Timing {
  /** As the engine names it, with its version. */
  device: string;
  version: string;
  threads: number;
  /** Of each frame or iteration. */
  seconds: number[];
  /** Floating-point operations of each. */
  operations: number;
  /** Largest resident set of the process, MB. */
  peakMb: number;
}

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'torch' },
    device: { type: 'string', default: 'auto' },
    precision: { type: 'string', default: 'f32' },
    threads: { type: 'string', default: '1' },
    network: { type: 'string', default: 'vgg16' },
    size: { type: 'string', default: '240x427' },
    mode: { type: 'string', default: 'whole' },
    times: { type: 'string', default: '5' },
  },
});

try {
  const { device: wanted, precision } = values;
  const engine = await startEngine({
    engine: values.engine as EngineOptions['engine'],
    device: wanted,
    precision: precision as Precision,
    threads: parseCount(values.threads),
  });
  if (engine.precision !== precision)
    throw new OsvosError('engine', `${engine.name} computes in ${engine.precision} here`);
  const [size] = parseSizes(values.size);
  const name = values.network as NetworkName;
  const mode = values.mode as Mode;
  const network = createNetwork(name);
  const seconds = await timesOf(mode, network, inputOf(name), size, parseCount(values.times));
  const { forward, iteration } = operationsOf(network, size, mode === 'frozen' ? FROZEN_STAGES : 0);
  const { device, version, threads } = engine;
  const peakMb = Math.round((process.resourceUsage().maxRSS * 1024) / 1e6);
  const operations = mode === 'forward' ? forward : iteration;
  console.log(JSON.stringify({ device, version, threads, seconds, operations, peakMb } satisfies Timing));
  process.exit(0); // the engine's threads would keep the process alive
} catch (error) {
  if (!(error instanceof OsvosError) || error.code !== 'engine') throw error;
  console.error(error.what);
  process.exit(error.exit);
}
