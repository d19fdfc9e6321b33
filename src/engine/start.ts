/** Which engine runs: the one asked for by name, or under `auto` the fastest that works, with what was tried and why not. */
import * as tf from '@tensorflow/tfjs';
import { OsvosError } from '../errors.js';
import { chooseEngines, fitting, installedEngines, type ChoiceServices } from './choose.js';
import type { Engine, EngineName, EngineOptions } from './engine.js';
import { hasNvidiaDriver, setupCommand } from './machine.js';
import { isNative } from './probe.js';
import { remedyFor, startOne } from './start-one.js';
import { explainThreads } from './threads.js';

/** An engine that runs, and what the user should know about how it came to be chosen. */
export interface StartedEngine extends Engine {
  /** One sentence each: what was measured, tried in vain, and threads that are not used. Empty when all is as asked. */
  notes: string[];
}

/** What starting needs of the world; only tests have others than the real ones. */
export interface StartServices extends ChoiceServices {
  startOne: typeof startOne;
}

/**
 * Starts an engine, makes it the backend of TensorFlow.js in this process, and registers the kernels and gradients
 * that it lacks, does wrongly or slowly.
 *
 * Under `auto` the fastest is taken; where that has still to be found out, `tell` is told before. An engine that does not
 * work is passed over with a note. One asked for by name that does not work is an error, never another engine.
 *
 * @throws OsvosError `engine` (exit 5) with the reason and what to do
 *
 * @example
 * const tell = (text: string) => report({ kind: 'note', text });
 * const engine = await startEngine({ engine: 'auto' }, { tell });
 * for (const text of [describeEngine(engine), ...engine.notes]) tell(text);
 */
export async function startEngine(
  options: EngineOptions,
  services: Partial<StartServices> = {},
): Promise<StartedEngine> {
  // silences TensorFlow.js's advice to install tfjs-node and its notes on kernels registered twice; nothing else in 4.22
  tf.enableProdMode();
  const { threads, precision } = options;
  const start = services.startOne ?? startOne;
  const { candidates, notes } = await chooseEngines(options, { installed: installedEngines, ...services });
  for (const { name, device } of candidates) {
    try {
      const software = options.engine === name;
      const started = await start(name, { threads, device, precision, software });
      const { engine } = started;
      return { ...engine, notes: [...notes, ...started.notes, ...remarks(engine, { ...options, device })] };
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

/** A card or a precision that leaves one engine is as binding as that engine's name. */
function isByName(options: EngineOptions): boolean {
  return fitting(options).length === 1;
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
  if (options.threads === undefined && isNative(engine.name) && engine.name !== 'webgpu') {
    const fewer = explainThreads(engine.threads);
    if (fewer !== undefined) remarks.push(fewer);
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
