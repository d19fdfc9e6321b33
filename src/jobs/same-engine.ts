/** A run that goes on computes as it began: masks and numbers of two engines, or of two precisions, differ in places. */
import type { Engine, EngineName, EngineOptions, Precision } from '../engine/engine.js';
import { recordDiffers } from './output-folder.js';

/** What a record tells of the engine. Those of version 0.1.0 name no precision: there was one. */
export interface UsedEngine {
  engine: { name: string; device: string; precision?: string };
  threads: number;
}

/** For a record. */
export function usedEngine({ name, device, precision, threads }: Engine): UsedEngine {
  return { engine: { name, device, precision }, threads };
}

/** What is asked for of the engine; what is left to it is as it was before the stop. */
export function goOnWith(asked: EngineOptions, former?: Partial<UsedEngine>): EngineOptions {
  if (!former?.engine) return asked; // checkpoints of version 0.1.0 do not tell
  const { name, device, precision = 'f32' } = former.engine;
  const left = asked.engine === 'auto' || asked.engine === name;
  if (!left) return asked; // which is refused, and not for its threads
  return {
    engine: name as EngineName,
    device: orBefore(asked.device, device),
    precision: orBefore(asked.precision, precision as Precision),
    threads: asked.threads ?? former.threads,
  };
}

function orBefore<T>(asked: T | 'auto' | undefined, before: T): T {
  return asked === undefined || asked === 'auto' ? before : asked;
}

/** Throws `record-differs` where a run would go on with another engine, device or precision. */
export function refuseOtherEngine(
  former: Partial<UsedEngine> | undefined,
  engine: Engine,
  folder: string,
): void {
  if (!former?.engine) return;
  const { name, device, precision = 'f32' } = former.engine;
  const pairs = [
    ['engine', name, engine.name],
    ['device', device, engine.device],
    ['precision', precision, engine.precision],
  ];
  const differing = pairs.filter(([, before, now]) => before !== now);
  if (differing.length > 0) {
    const list = differing.map(([what, before, now]) => `${what}: ${before}, now ${now}`);
    throw recordDiffers(folder, list);
  }
}
