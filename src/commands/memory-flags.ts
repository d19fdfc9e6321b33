/** Flags of the methods that remember, and the options that they make. */
import { Flags } from '@oclif/core';
import { OsvosError } from '../errors.js';
import {
  BEST_CELLS,
  KERNEL_ROWS,
  memoryDefaults,
  memoryRules,
  memoryWeightsName,
} from '../methods/stm/defaults.js';
import type { MemoryMethodDefaults, MemoryOptions, MemoryRule } from '../methods/stm/defaults.js';
import type { RegionUse } from '../methods/region-uses.js';
import type { MemoryTrunkName } from '../networks/memory/memory-architecture.js';
import { memoryWidths } from '../networks/memory/memory-architecture.js';

/** Heading of these flags in the help. */
const helpGroup = 'STM, KMN, STCN';

/** Bytes of a number. */
const FLOAT_BYTES = 4;
/** Megabytes of a remembered frame and object at 480 pixels, 30×54 cells, with the default trunk. */
const { key, value } = memoryWidths[memoryDefaults.trunk];
const megabytes = (FLOAT_BYTES * 30 * 54 * (key + value)) / 1e6;

export const memoryMethodFlags = {
  weights: Flags.string({
    summary:
      'Weights of the network, a name (osvos weights list) or a file; by default those of method and trunk. stm and kmn can read each other’s.',
    helpGroup,
    helpValue: 'NAME|FILE',
  }),
  memory: Flags.option({
    options: memoryRules,
    summary: `Frames that are remembered: the annotated ones (first), the one before (previous), both, or also every few frames between (every). By default ${memoryDefaults.memory}.`,
    helpGroup,
  })(),
  'memory-every': Flags.integer({
    min: 1,
    summary: `Frames from one remembered frame to the next, with --memory every; by default ${memoryDefaults.memoryEvery}.`,
    helpGroup,
    helpValue: 'N',
  }),
  'max-memory-frames': Flags.integer({
    min: 1,
    summary:
      `Most frames remembered besides the annotated ones and the one before, by default ${memoryDefaults.maxMemoryFrames}; where there are more, every second one is forgotten. ` +
      `It bounds the memory of clips of any length: a remembered frame takes 4·N·(key + value) bytes for each object ` +
      `(N: cells of 16×16 pixels at --size; ${memoryDefaults.trunk}: key ${key}, value ${value}, so ${megabytes.toFixed(1)} MB at 480 pixels; stcn has one key for all objects), and reading takes at most 64 MB more.`,
    helpGroup,
    helpValue: 'N',
  }),
  'top-k': Flags.integer({
    min: 1,
    exclusive: ['no-top-k'],
    summary: `Each cell of a frame reads only its K best cells of the memory. By default ${BEST_CELLS} for stm and kmn, and all of them for stcn.`,
    helpGroup,
    helpValue: 'K',
  }),
  kernel: Flags.custom<number>({
    aliases: ['sigma'],
    exclusive: ['no-kernel'],
    parse: async (text) => parseSigma(text),
    summary: `Remembered cells are read near to the place that they resemble most, by a kernel of this σ in cells of a grid with ${KERNEL_ROWS} rows: look-alikes far away count less. By default 7 for kmn, 5 for stcn, and none for stm.`,
    helpGroup,
    helpValue: 'SIGMA',
  })(),
  'no-top-k': Flags.boolean({ summary: 'Read all cells of the memory (stm, kmn).', helpGroup }),
  'no-kernel': Flags.boolean({ summary: 'Read without a kernel (kmn, stcn).', helpGroup }),
};

interface MemoryFlags {
  trunk?: MemoryTrunkName;
  size?: number;
  seed: number;
  objects?: number[];
  roi?: RegionUse | 'none';
  weights?: string;
  memory?: MemoryRule;
  'memory-every'?: number;
  'max-memory-frames'?: number;
  'top-k'?: number;
  'no-top-k': boolean;
  kernel?: number;
  'no-kernel': boolean;
}

/**
 * The method's options: what the flags say over the method's defaults. Throws `usage` where a flag has nothing to say
 * with the memory that was chosen.
 */
export function memoryOptions({ name, options }: MemoryMethodDefaults, flags: MemoryFlags): MemoryOptions {
  const { seed, objects, roi = options.roi } = flags;
  const trunk = flags.trunk ?? options.trunk;
  const memory = flags.memory ?? options.memory;
  for (const flag of ['memory-every', 'max-memory-frames'] as const) {
    if (memory === 'every' || flags[flag] === undefined) continue;
    const remedy = `leave it out, or use --memory every`;
    throw new OsvosError(
      'usage',
      `nothing is kept between frames with --memory ${memory}`,
      `--${flag}`,
      remedy,
    );
  }
  if (roi === 'too') {
    const remedy = 'use --roi auto or --roi none';
    throw new OsvosError('usage', `${name} sees the region or the frame, not both`, '--roi too', remedy);
  }
  return {
    ...{ trunk, weights: flags.weights ?? memoryWeightsName(name, trunk) },
    ...{ size: flags.size ?? options.size, seed, objects, memory },
    roi: roi === 'none' ? undefined : roi,
    memoryEvery: flags['memory-every'] ?? options.memoryEvery,
    maxMemoryFrames: flags['max-memory-frames'] ?? options.maxMemoryFrames,
    topK: flags['no-top-k'] ? false : (flags['top-k'] ?? options.topK),
    kernel: flags['no-kernel'] ? false : (flags.kernel ?? options.kernel),
  };
}

/** Throws `usage`. */
function parseSigma(text: string): number {
  const sigma = Number(text);
  if (text.trim() !== '' && sigma > 0 && Number.isFinite(sigma)) return sigma;
  throw new OsvosError('usage', 'no number above 0', `--kernel ${text}`, 'for example --kernel 7');
}
