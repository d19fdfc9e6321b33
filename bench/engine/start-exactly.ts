import type { Engine, EngineOptions } from '../../src/engine/engine.js';
import { startEngine } from '../../src/engine/start.js';
import { OsvosError } from '../../src/errors.js';
import { isEngine, type Precision } from './subjects.js';

/**
 * Starts an engine on the processor, exactly as asked: a row must not tell of another precision or number of threads.
 *
 * @throws OsvosError `engine` where that is not to be had here
 */
export async function startExactly(name: string, precision: Precision, threads: number): Promise<Engine> {
  if (!isEngine(name)) throw new OsvosError('engine', `no engine is named ${name} here`);
  const asked: EngineOptions = { engine: name, threads, device: 'cpu', precision };
  const engine = await startEngine(asked);
  if (engine.precision !== precision)
    throw new OsvosError('engine', `${name} computes in ${engine.precision} here, not in ${precision}`);
  if (engine.threads !== threads)
    throw new OsvosError('engine', `${name} runs on ${engine.threads} of ${threads} threads`);
  return engine;
}
