/** The machine that a run finds: its free memory and disk, and how fast the engine is on it. */
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Engine, EngineOptions } from '../engine/engine.js';
import type { EngineSpeed } from '../engine/speed.js';
import { freeMemory } from './free-memory.js';
import { lastEngine, rememberedSpeeds, rememberSpeeds, type Experience, type Speeds } from './speeds.js';

export interface Machine {
  /** Bytes that this process can still take. */
  freeMemory(): number;
  /** Bytes that this process has taken. */
  residentMemory(): number;
  /** Bytes free for a folder that need not be there yet. */
  freeDisk(folder: string): Promise<number>;
  /** Speeds of former runs with this engine where there are both, else measured, which wants it running. */
  speeds(engine: Engine): Promise<Speeds>;
  /** Without measuring: undefined where former runs have not told both. */
  formerSpeeds(engine: Engine): Promise<Speeds | undefined>;
  /** The engine that a run will have, from the last run that was asked for the same; undefined where none was. */
  expectedEngine(asked: EngineOptions): Promise<Engine | undefined>;
  remember(engine: Engine, experience: Experience): Promise<void>;
}

/** The real one. What it has measured it does not measure again. */
export function thisMachine(): Machine {
  let measured: Promise<EngineSpeed> | undefined;
  const measure = async () => (await import('../engine/speed.js')).measureSpeed();
  return {
    freeMemory: () => freeMemory(),
    residentMemory: () => process.memoryUsage.rss(),
    freeDisk,
    formerSpeeds: (engine) => formerSpeeds(engine),
    expectedEngine: (asked) => lastEngine(asked),
    async speeds(engine) {
      const former = await formerSpeeds(engine);
      if (former) return former;
      const speed = await (measured ??= measure());
      return { learning: speed, segmenting: speed, source: 'measured now' };
    },
    remember: (engine, experience) => rememberSpeeds(engine, experience),
  };
}

async function formerSpeeds(engine: Engine): Promise<Speeds | undefined> {
  const { learning, segmenting } = await rememberedSpeeds(engine);
  return learning && segmenting && { learning, segmenting, source: 'of former runs' };
}

async function freeDisk(folder: string): Promise<number> {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    try {
      const { bavail, bsize } = await statfs(at);
      return bavail * bsize;
    } catch (error) {
      // the folder is still to be made: its parent's disk is the one that counts
      const missing = ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
      if (!missing || at === path.dirname(at)) throw error;
    }
  }
}
