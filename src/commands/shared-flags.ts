/** Flags of several commands: the same name means the same everywhere. Spread the groups into `static flags`. */
import { Flags } from '@oclif/core';
import { deviceNames, engineNames, precisionNames, type EngineOptions } from '../engine/engine.js';
import { OsvosError } from '../errors.js';
import { osvosDefaults } from '../methods/osvos/defaults.js';

/** One part of a data set's sequences, counted from 1. */
export interface Shard {
  index: number;
  count: number;
}

/**
 * Reads `i/n`, or `auto` for what the scheduler of a cluster says: the task of a Slurm array, or the completion index of a
 * Kubernetes job, whose number of completions has to stand in JOB_COMPLETIONS. Throws `usage` (exit 2).
 */
export function parseShard(text: string, environment: NodeJS.ProcessEnv = process.env): Shard {
  if (text === 'auto') return shardOfScheduler(environment);
  const [, index, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (!(index >= 1 && index <= count)) {
    throw new OsvosError(
      'usage',
      `--shard ${text} is no part i/n`,
      '',
      'count from 1, such as --shard 1/4 … 4/4',
    );
  }
  return { index, count };
}

function shardOfScheduler(environment: NodeJS.ProcessEnv): Shard {
  const numbers = (...names: string[]) => names.map((name) => Number(environment[name] ?? NaN));
  const [task, first, count] = numbers(
    'SLURM_ARRAY_TASK_ID',
    'SLURM_ARRAY_TASK_MIN',
    'SLURM_ARRAY_TASK_COUNT',
  );
  const [index, completions] = numbers('JOB_COMPLETION_INDEX', 'JOB_COMPLETIONS');
  const found = Number.isNaN(task)
    ? { index: index + 1, count: completions }
    : { index: task - first + 1, count };
  // an array with gaps, such as 1,3,7, has more numbers than tasks
  if (Number.isInteger(found.index) && found.index >= 1 && found.index <= found.count) return found;
  throw new OsvosError(
    'usage',
    'no scheduler says which part this is',
    '--shard auto',
    'run it in a Slurm array without gaps (sbatch --array=1-8) or an indexed Kubernetes job with JOB_COMPLETIONS set, or give --shard I/N',
  );
}

/** Reads a comma-separated list; empty entries are dropped. */
export function parseList(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** The values of `engineFlags`, as the engine takes them. */
export function engineOptions({ engine, device, precision, threads }: EngineOptions): EngineOptions {
  return { engine, device, precision, threads };
}

/** Which engine computes, and on what. */
export const engineFlags = {
  engine: Flags.option({
    options: ['auto', ...engineNames] as const,
    default: 'auto' as const,
    env: 'OSVOS_ENGINE',
    summary:
      'Engine that computes; auto takes the fastest here, which is measured once (osvos doctor lists them).',
    helpGroup: 'ENGINE',
  })(),
  device: Flags.option({
    options: ['auto', ...deviceNames] as const,
    default: 'auto' as const,
    summary: 'Device of the engine; one asked for by name that is not there is an error.',
    helpGroup: 'ENGINE',
  })(),
  precision: Flags.option({
    options: ['auto', ...precisionNames] as const,
    default: 'auto' as const,
    summary: 'Numbers of the network; auto takes bf16 where it is faster and right (engine torch).',
    helpGroup: 'ENGINE',
  })(),
  threads: Flags.integer({
    min: 1,
    env: 'OSVOS_THREADS',
    summary:
      'Processor threads; by default all cores, fewer where other programs keep them busy, one where CI is set. One thread gives the same bytes every time.',
    helpGroup: 'ENGINE',
    helpValue: 'N',
  }),
};

/** A DAVIS data set as input, in the place of a clip. */
export const dataSetFlags = {
  davis: Flags.string({
    summary: 'Root folder of a DAVIS data set (with JPEGImages, Annotations, ImageSets).',
    helpGroup: 'INPUT',
    helpValue: 'ROOT',
  }),
  split: Flags.string({
    dependsOn: ['davis'],
    summary: 'List of sequences of the data set, such as val or train-hold-out.',
    helpGroup: 'INPUT',
    helpValue: 'NAME',
  }),
  sequences: Flags.custom<string[]>({
    dependsOn: ['davis'],
    parse: async (text) => parseList(text),
    summary: 'Only these sequences, separated by commas.',
    helpGroup: 'INPUT',
    helpValue: 'A,B',
  })(),
};

/** Numbers of a video's frames. */
export const startNumberFlag = {
  'start-number': Flags.integer({
    min: 0,
    summary: 'Number of a video’s first frame, such as 1001: names and keys of its frames count from there.',
    helpGroup: 'INPUT',
    helpValue: 'N',
  }),
};

/** Divides a data set's sequences among several runs. */
export const shardFlag = {
  shard: Flags.custom<Shard>({
    dependsOn: ['davis'],
    parse: async (text) => parseShard(text),
    summary:
      'Only part I of N of the sequences, to share them among machines, counted from 1; auto for what Slurm or Kubernetes says.',
    helpGroup: 'INPUT',
    helpValue: 'I/N|auto',
  })(),
};

/** Where results go. */
export const outputFlags = {
  out: Flags.string({
    char: 'o',
    summary: 'Folder for the results; by default runs/<clip>-<method>.',
    helpGroup: 'OUTPUT',
    helpValue: 'DIR',
  }),
  force: Flags.boolean({
    summary: 'Overwrite results of another run and foreign files.',
    helpGroup: 'OUTPUT',
  }),
};

/** Whether to start where memory does not seem enough. */
export const memoryFlags = {
  'ignore-memory-limit': Flags.boolean({
    summary: 'Start although the estimate says that the memory here is not enough.',
    helpGroup: 'ENGINE',
  }),
};

/** A learning rate, weight or factor: any number from 0. */
export const rateFlag = Flags.custom<number>({
  parse: async (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= 0)) throw new OsvosError('usage', `${text} is no number from 0`);
    return value;
  },
});

/** Seed of everything random. */
export const seedFlag = {
  seed: Flags.integer({
    min: 0,
    default: osvosDefaults.seed,
    summary: 'Seed of everything random.',
    helpGroup: 'METHOD',
    helpValue: 'N',
  }),
};

/** A number from 0 to 1. Throws `usage`. */
export function parseShare(text: string, flag: string, example: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new OsvosError('usage', 'no number from 0 to 1', `${flag} ${text}`, `for example ${flag} ${example}`);
}

/** Throws `usage` where a side is no multiple of what networks need. */
export function requireMultiple(side: number, step: number, flag: string): void {
  if (side % step === 0) return;
  const nearest = step * Math.max(1, Math.round(side / step));
  throw new OsvosError(
    'usage',
    `no multiple of ${step}`,
    `${flag} ${side}`,
    `for example ${flag} ${nearest}`,
  );
}
