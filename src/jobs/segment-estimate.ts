/** Before the first expensive second: what a segmentation will take, and whether the machine has it. */
import { existsSync } from 'node:fs';
import { networkSize } from '../clips/network-size.js';
import type { Engine } from '../engine/engine.js';
import { OsvosError } from '../errors.js';
import { formatSize } from '../frame.js';
import type { MethodCost } from '../methods/cost.js';
import { wantsOrder, type Method } from '../methods/method.js';
import {
  bytesOfEngine,
  bytesOfWork,
  estimateSeconds,
  formatBytes,
  type Amount,
  type Estimate,
} from './estimate.js';
import { estimateDisk } from './estimate-disk.js';
import type { Machine } from './machine.js';
import type { RunRecord } from './run-record.js';
import { keptFile } from './segment-learn.js';
import { learnsFromMasks, type CommonOptions } from './segment-options.js';
import type { SegmentRequest } from './segment-request.js';
import { secondsOf, type Experience, type Speeds } from './speeds.js';

/** Sizes that are tried for the one that fits: each gives the network another size. */
const SIZE_STEP = 16;
/** WebAssembly addresses its memory by 32 bits. */
const WASM_BYTES = 2 ** 32;

/** What an estimate is made from. */
export interface EstimateSource<Options extends CommonOptions> {
  request: SegmentRequest<Options>;
  method: Method<Options>;
  machine: Machine;
  /** Whether the run goes on from an earlier one, whose frames and network are there. */
  goesOn: boolean;
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

/** Costs and what is left to do; undefined for methods that foretell nothing. */
function foretold<Options extends CommonOptions>({
  request,
  method,
  goesOn,
}: Pick<EstimateSource<Options>, 'request' | 'method' | 'goesOn'>):
  { cost: MethodCost; amount: Amount } | undefined {
  const { input, options, settings, paths } = request;
  const { clip, masks } = input;
  const cost = costAt(request, method, options);
  if (!cost) return undefined;
  const kept = keptFile(
    paths.checkpoints,
    masks.map(({ index }) => index),
  );
  const given = new Set(masks.map(({ frame }) => frame));
  const names = clip.names.slice(clip.first, clip.last + 1).filter((name) => !given.has(name));
  // a method that wants its frames in order sees those before the stop again
  const skips = goesOn && !wantsOrder(method, options);
  const left = skips ? names.filter((name) => !existsSync(paths.mask(name))) : names;
  const learns = learnsFromMasks(settings) && !(goesOn && existsSync(kept)) && cost.steps > 0;
  return { cost, amount: { frame: clip, objects: input.objects.length, frames: left.length, learns } };
}

function costAt<Options extends CommonOptions>(
  { input: { clip, masks, objects } }: SegmentRequest<Options>,
  method: Method<Options>,
  options: Options,
): MethodCost | undefined {
  return method.cost?.(options, clip, objects.length, Math.max(1, masks.length));
}

/**
 * Estimates a clip, and makes sure that the machine can do it. Undefined for methods that foretell nothing.
 *
 * @throws OsvosError `memory` naming the largest `--size` that fits (unless told not to), `cannot-write` where the
 * disk is too full
 */
export async function estimateClip<Options extends CommonOptions>(
  source: EstimateSource<Options>,
): Promise<Foresight | undefined> {
  const { request, machine, engine, started } = source;
  const told = foretold(source);
  if (!told) return undefined;
  const { cost, amount } = told;
  const onCard = engine?.device === 'cuda';
  const own = started ? 0 : bytesOfEngine(engine?.name ?? 'tensorflow');
  const moreMemory = own + bytesOfWork(cost, amount);
  const disk = estimateDisk(cost, amount, request.input, request.settings);
  // a card does not tell how much it has left, and TensorFlow takes all of it
  if (!onCard && !request.settings.ignoreMemoryLimit) requireMemory(source, amount, moreMemory, own);
  await requireDisk(source, disk.results + disk.temporary);
  const speeds = await speedsOf(source);
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
async function speedsOf<Options extends CommonOptions>({
  machine,
  engine,
  started,
}: EstimateSource<Options>): Promise<Speeds | undefined> {
  if (!engine) return undefined;
  return started ? machine.speeds(engine) : machine.formerSpeeds(engine);
}

/** Runs shorter than this tell more of their start than of the engine's speed, seconds. */
const TELLING_LEARNING = 5;
const TELLING_SEGMENTING = 2;

/** What a run that was done in one go tells of the engine's speed. */
export function experienceOf(
  { cost, amount, speeds }: Foresight,
  record: Pick<RunRecord, 'seconds' | 'steps' | 'secondsPerFrame'>,
): Experience | undefined {
  if (!speeds) return undefined;
  const steps = sum(Object.values(record.steps));
  const learnt = record.seconds['fine-tuning'] ?? 0;
  const perFrame = record.secondsPerFrame ?? 0;
  const start = amount.objects * secondsOf(cost.start, speeds.learning);
  const learning = start + steps * secondsOf(cost.step, speeds.learning);
  const one = { ...amount, frames: 1, learns: false };
  const segmenting = estimateSeconds(cost, one, speeds).segmenting;
  return {
    speeds,
    learning: steps > 0 && learnt >= TELLING_LEARNING ? learning / learnt : undefined,
    segmenting: perFrame * amount.frames >= TELLING_SEGMENTING ? segmenting / perFrame : undefined,
  };
}

function sum(values: number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function requireMemory<Options extends CommonOptions>(
  { request, method, machine, engine }: EstimateSource<Options>,
  amount: Amount,
  needed: number,
  own: number,
): void {
  const free = Math.min(machine.freeMemory(), engine?.name === 'wasm' ? WASM_BYTES : Infinity);
  if (needed <= free) return;
  const { input, options } = request;
  let size = Math.floor((Math.min(options.size, shortSide(input.clip)) - 1) / SIZE_STEP) * SIZE_STEP;
  const fits = (at: number) => {
    const cost = costAt(request, method, { ...options, size: at });
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
    `${input.clip.name} (${formatSize(input.clip)} frames, network sees ${formatSize(networkSize(input.clip, options.size))})`,
    remedies.filter((remedy) => remedy !== '').join(', '),
  );
}

function shortSide({ width, height }: { width: number; height: number }): number {
  return Math.min(width, height);
}

async function requireDisk<Options extends CommonOptions>(
  { request, machine }: EstimateSource<Options>,
  needed: number,
): Promise<void> {
  const { folder } = request.paths;
  const free = await machine.freeDisk(folder);
  if (needed <= free) return;
  throw new OsvosError(
    'cannot-write',
    `about ${formatBytes(needed)} of disk is needed and ${formatBytes(free)} is free`,
    folder,
    'free some, or choose another disk by --out',
  );
}
