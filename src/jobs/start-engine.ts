import type { Engine, EngineOptions } from '../engine/engine.js';
import type { Report } from '../progress.js';
import { goOnWith, type UsedEngine } from './same-engine.js';

/** Starts the engine that is asked for, or that a run to go on with had, and tells which. */
export async function startReportedEngine(
  asked: EngineOptions,
  report: Report,
  former?: UsedEngine,
): Promise<Engine> {
  // the engine, and with it the tensor library, is loaded only here: looking at input and output needs none
  const { describeEngine, startEngine } = await import('../engine/start.js');
  const tell = (text: string) => report({ kind: 'note', text });
  const started = await startEngine(goOnWith(asked, former), { tell });
  for (const text of [describeEngine(started), ...started.notes]) tell(text);
  return started;
}
