/** The real engine, method and weights behind a segmentation. */
import type { EngineOptions } from '../engine/engine.js';
import { seesContours } from '../methods/contours/snap-settings.js';
import type { RegisteredMethod } from '../methods/registry.js';
import type { Report } from '../progress.js';
import { findWeights } from '../weights/manifest.js';
import { sha256 } from '../weights/safetensors.js';
import { thisMachine } from './machine.js';
import type { HeldNotes } from './segment-held-notes.js';
import type { UsedEngine } from './same-engine.js';
import type { CommonOptions, SegmentServices } from './segment-options.js';
import { startReportedEngine } from './start-engine.js';

export interface ServiceRequest<Options> {
  method: RegisteredMethod<Options>;
  engine: EngineOptions;
  report: Report;
  signal?: AbortSignal;
  /** Notes that wait for the engine's line, which is the first of a run. */
  held?: HeldNotes;
}

/** Nothing is started or loaded before it is asked for; the engine starts once, however many clips there are. */
export function createServices<Options extends CommonOptions>(
  request: ServiceRequest<Options>,
): SegmentServices<Options> {
  const { method, report, signal, held } = request;
  let engine: ReturnType<typeof start> | undefined;
  const start = async (former?: UsedEngine) => {
    const started = await startReportedEngine(request.engine, report, former);
    held?.release();
    return started;
  };
  return {
    method,
    engine: request.engine,
    machine: thisMachine(),
    startEngine: (former) => (engine ??= start(former)),
    tensors: async () => {
      const { countTensors, libraryVersion } = await import('../engine/tensor-library.js');
      return { version: libraryVersion, count: countTensors };
    },
    weights: async (options, { testNetwork, snap }) => {
      await method.requireWeights?.(options);
      const contours = snap && seesContours(snap) ? snap.contours : undefined;
      const others = [testNetwork, contours].filter((name) => name !== undefined);
      return Promise.all([...method.weights(options), ...others].map(digest));
    },
    report: held?.report ?? report,
    signal,
  };
}

async function digest(name: string): Promise<{ name: string; sha256: string }> {
  const { file, entry } = await findWeights(name);
  return { name, sha256: entry?.sha256 ?? (await sha256(file)) };
}
