/** Before the first expensive second: what a run will take, and whether the machine has it. */
import type { Size } from '../clips/network-size.js';
import { hasOwnMemory, type Engine } from '../engine/engine.js';
import { OsvosError } from '../errors.js';
import { formatSize } from '../frame.js';
import type { MethodCost } from '../methods/cost.js';
import {
  bytesOfEngine,
  bytesOfWork,
  estimateSeconds,
  formatBytes,
  type Amount,
  type Estimate,
} from './estimate.js';
import type { Machine } from './machine.js';
import type { Speeds } from './speeds.js';

/** Sizes that are tried for the one that fits: each gives the network another size. */
const SIZE_STEP = 16;
/** WebAssembly addresses its memory by 32 bits. */
const WASM_BYTES = 2 ** 32;

/** What is to be done. */
export interface RunAhead {
  clip: Size & { name: string };
  /** Short side at which the network sees a frame, and what that comes to. */
  size: number;
  seen: Size;
  cost: MethodCost;
  /** At another short side. */
  costAt: (size: number) => MethodCost | undefined;
  amount: Amount;
  /** Bytes of what is written, and of what lies beside it until the run is finished. */
  disk: { results: number; temporary: number };
  /** Folder of the results, which need not be there yet. */
  folder: string;
  /** Start although the memory that is free does not seem enough. */
  ignoreMemoryLimit: boolean;
}

/** Where it is to be done. */
export interface Place {
  machine: Machine;
  /** The engine that runs, or is expected to. */
  engine?: Engine;
  started: boolean;
}

/** An estimate with what it was made from. */
export interface Foresight {
  estimate: Estimate;
  cost: MethodCost;
  amount: Amount;
  speeds?: Speeds;
}

/**
 * Estimates a run, and makes sure that the machine can do it.
 *
 * @throws OsvosError `memory` naming the largest `--size` that fits (unless told not to), `cannot-write` where the
 * disk is too full
 */
export async function foresee(run: RunAhead, place: Place): Promise<Foresight> {
  const { cost, amount, disk } = run;
  const { machine, engine, started } = place;
  const onCard = engine !== undefined && hasOwnMemory(engine.device);
  const own = started ? 0 : bytesOfEngine(engine?.name ?? 'tensorflow');
  const moreMemory = own + bytesOfWork(cost, amount);
  // a card does not tell how much it has left, and TensorFlow takes all of it
  if (!onCard && !run.ignoreMemoryLimit) requireMemory(run, place, moreMemory, own);
  await requireDisk(run, machine);
  const speeds = await speedsOf(place);
  const estimate = {
    seconds: speeds && estimateSeconds(cost, amount, speeds),
    memory: (onCard ? 0 : machine.residentMemory()) + moreMemory,
    moreMemory,
    disk: disk.results,
    temporaryDisk: disk.temporary,
  };
  return { estimate, cost, amount, speeds };
}

/** Measuring wants the engine running; what former runs have told does not. */
async function speedsOf({ machine, engine, started }: Place): Promise<Speeds | undefined> {
  if (!engine) return undefined;
  return started ? machine.speeds(engine) : machine.formerSpeeds(engine);
}

function requireMemory(
  { clip, size: asked, seen, costAt, amount }: RunAhead,
  { machine, engine }: Place,
  needed: number,
  own: number,
): void {
  const free = Math.min(machine.freeMemory(), engine?.name === 'wasm' ? WASM_BYTES : Infinity);
  if (needed <= free) return;
  const shortSide = Math.min(clip.width, clip.height);
  let size = Math.floor((Math.min(asked, shortSide) - 1) / SIZE_STEP) * SIZE_STEP;
  const fits = (at: number) => {
    const cost = costAt(at);
    return cost !== undefined && own + bytesOfWork(cost, amount) <= free;
  };
  while (size > 0 && !fits(size)) size -= SIZE_STEP;
  const remedies = [
    size > 0 ? `use --size ${size}` : '',
    amount.objects > 1 ? 'follow fewer objects at a time (--objects)' : '',
    'free memory',
    'or start all the same with --ignore-memory-limit',
  ];
  throw new OsvosError(
    'memory',
    `about ${formatBytes(needed)} more memory is needed and ${formatBytes(free)} can be had`,
    `${clip.name} (${formatSize(clip)} frames, network sees ${formatSize(seen)})`,
    remedies.filter((remedy) => remedy !== '').join(', '),
  );
}

async function requireDisk({ folder, disk }: RunAhead, machine: Machine): Promise<void> {
  const needed = disk.results + disk.temporary;
  const free = await machine.freeDisk(folder);
  if (needed <= free) return;
  throw new OsvosError(
    'cannot-write',
    `about ${formatBytes(needed)} of disk is needed and ${formatBytes(free)} is free`,
    folder,
    'free some, or choose another disk by --out',
  );
}
