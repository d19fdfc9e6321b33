/** Which engine runs: the one asked for by name, or under `auto` the first that works, with what was tried and why not. */
import * as tf from '@tensorflow/tfjs';
import { OsvosError } from '../errors.js';
import { engineNames, type Engine, type EngineName, type EngineOptions } from './engine.js';
import { coreCount, hasNvidiaDriver, setupCommand } from './machine.js';
import { tryNative } from './probe.js';

/** An engine that runs, and what the user should know about how it came to be chosen. */
export interface StartedEngine extends Engine {
  /** One sentence each: engines that were tried in vain, threads that cannot be used. Empty when all is as asked. */
  notes: string[];
}

/** From the fastest to the slowest: the order in which `auto` tries. */
export const autoOrder: readonly EngineName[] = engineNames;

/**
 * Starts an engine, makes it the backend of TensorFlow.js in this process, and registers the kernels and gradients
 * that it lacks, does wrongly or slowly.
 *
 * Under `auto` a faster engine that does not work is passed over with a note. One asked for by name that does not
 * work is an error, never another engine.
 *
 * @throws OsvosError `engine` (exit 5) with the reason and what to do
 *
 * @example
 * const engine = await startEngine({ engine: 'auto' });
 * report({ kind: 'note', text: describeEngine(engine) });
 * for (const text of engine.notes) report({ kind: 'note', text });
 */
export async function startEngine(options: EngineOptions): Promise<StartedEngine> {
  const threads = options.threads ?? coreCount();
  // silences TensorFlow.js's advice to install tfjs-node and its notes on kernels registered twice; nothing else in 4.22
  tf.enableProdMode();
  const notes: string[] = [];
  for (const name of candidates(options)) {
    try {
      const engine = await startByName(name, threads, options, notes);
      requireDevice(engine, options);
      const { registerKernels } = await import('./kernels/register.js');
      registerKernels(name);
      return { ...engine, notes: [...notes, ...remarks(engine, options)] };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (isByName(options)) throw cannotStart(name, why, error);
      notes.push(`engine ${name} is not used: ${why}; ${remedyFor(name)}`);
    }
  }
  throw new OsvosError('engine', `no engine works here (${notes.join(' · ')})`);
}

/** The first line of every run, such as `engine tensorflow 2.21.0 on cpu, 2 threads`. */
export function describeEngine(engine: Engine): string {
  const threads = `${engine.threads} ${engine.threads === 1 ? 'thread' : 'threads'}`;
  const precision = engine.precision === 'f32' ? '' : `, ${engine.precision}`;
  return `engine ${engine.name} ${engine.version} on ${engine.device}, ${threads}${precision}`;
}

/** What mends an engine that does not start, one line. */
export function remedyFor(name: EngineName): string {
  switch (name) {
    case 'torch':
    case 'tensorflow':
      return `\`${setupCommand()} --engine ${name}\` sets it up and says what is missing`;
    case 'wasm':
    case 'cpu':
      return '`npm ci --ignore-scripts` installs it anew';
  }
}

async function startByName(
  name: EngineName,
  threads: number,
  { device, precision }: EngineOptions,
  notes: string[],
): Promise<Engine> {
  switch (name) {
    case 'torch': {
      notes.push(...(await tryNative('torch')));
      const { startTorch } = await import('./torch/start.js');
      return startTorch(threads, { device, precision });
    }
    case 'tensorflow': {
      notes.push(...(await tryNative('tensorflow')));
      const { startTensorflow } = await import('./tensorflow/start.js');
      return startTensorflow(threads, device);
    }
    case 'wasm': {
      const { startWasm } = await import('./wasm/start.js');
      return startWasm();
    }
    case 'cpu': {
      const { startCpu } = await import('./cpu/start.js');
      return startCpu();
    }
  }
}

/** Engines that can do what is asked for; `auto` tries them in this order. */
function candidates({ engine, device, precision }: EngineOptions): readonly EngineName[] {
  if (engine !== 'auto') return [engine];
  if (precision === 'bf16' || device === 'mps') return ['torch'];
  return device === 'cuda' ? ['torch', 'tensorflow'] : autoOrder;
}

/** A card or a precision that leaves one engine is as binding as that engine's name. */
function isByName(options: EngineOptions): boolean {
  return candidates(options).length === 1;
}

function requireDevice(engine: Engine, { device = 'auto', precision = 'auto' }: EngineOptions): void {
  if (device !== 'auto' && engine.device !== device) {
    const why =
      engine.name === 'tensorflow' && device === 'cuda'
        ? 'TensorFlow finds no CUDA card'
        : `it runs on ${engine.device}`;
    throw new Error(`the device ${device} was asked for and ${why}`);
  }
  if (precision === 'bf16' && engine.precision !== 'bf16') {
    throw new Error('the precision bf16 was asked for and it computes in f32 only');
  }
}

function cannotStart(name: EngineName, why: string, cause: unknown): OsvosError {
  const remedy = `${remedyFor(name)}; or use --engine auto`;
  return new OsvosError('engine', `the engine ${name} cannot start: ${why}`, '', remedy, { cause });
}

function remarks(engine: Engine, options: EngineOptions): string[] {
  const remarks: string[] = [];
  if (options.threads !== undefined && engine.threads < options.threads) {
    remarks.push(`engine ${engine.name} runs on 1 thread, not on the ${options.threads} asked for`);
  }
  if (
    engine.name === 'tensorflow' &&
    options.device !== 'cpu' &&
    engine.device === 'cpu' &&
    hasNvidiaDriver()
  ) {
    remarks.push(
      `an NVIDIA driver is here, but TensorFlow found no CUDA card: \`${setupCommand()} --engine tensorflow\` installs its CUDA libraries`,
    );
  }
  return remarks;
}
