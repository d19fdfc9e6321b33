/** A test network from a clip's masks, kept in a file: train once, use on this clip and on others. */
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { temporaryName } from '../clips/atomic-file.js';
import { removeLeftovers } from '../clips/leftover-files.js';
import { OsvosError } from '../errors.js';
import { idsOf } from '../label-map.js';
import { sizeSeen } from '../methods/method.js';
import type { Report } from '../progress.js';
import { readSafetensors, sha256, writeSafetensors } from '../weights/safetensors.js';
import { describeEstimate } from './estimate.js';
import { estimateFinetune } from './finetune-estimate.js';
import { makeWritable } from './output-folder.js';
import {
  differences,
  peakMemoryMB,
  readRunRecord,
  writeRunRecord,
  type ClipIdentity,
  type StageCost,
  type StoredRun,
} from './run-record.js';
import { refuseOtherEngine, usedEngine, type UsedEngine } from './same-engine.js';
import { recordInput, type SegmentInput } from './segment-input.js';
import { createClock, WARM_UP_STAGE } from './clock.js';
import { openLearnt } from './segment-learn.js';
import type { CommonOptions, SegmentServices } from './segment-options.js';
import { describeLearning, watchSteps } from './segment-record.js';
import { objectsOfTestNetwork } from './segment-test-network.js';

/** Key of the safetensors header under which the run stands. */
const RUN_KEY = 'run';

export interface FinetuneRequest<Options extends CommonOptions> {
  input: SegmentInput;
  options: Options;
  /** The test network's file. */
  out: string;
  /** File of a test network to go on from, in place of the method's own start. */
  testNetwork?: string;
  fitMask: boolean;
  /** Overwrite the file. */
  force: boolean;
  /** Start although the memory that is free does not seem enough; false when left out. */
  ignoreMemoryLimit?: boolean;
}

export interface FinetuneResult {
  /** Tensors are prefixed `object.<id>.`. */
  out: string;
  method: string;
  clip: string;
  /** Frames with masks. */
  annotations: string[];
  objects: number[];
  /** Where each object's network began. */
  origin: Origin;
  size: string;
  networkSize: string;
  engine: string;
  threads: number;
  /** Steps by stage. */
  steps: Record<string, number>;
  /** What each of these stages took, hence each object, in the start that finished it. */
  learning?: Record<string, StageCost>;
  /** By stage, of the start that finished it. */
  seconds: Record<string, number>;
  peakMemoryMB: number;
}

/** Objects by where their networks come from. */
export interface Origin {
  /** The test network given, and its SHA-256; null without one. */
  testNetwork: { file: string; sha256: string } | null;
  /** Learnt further from the test network. */
  further: number[];
  /** Learnt from the method's own start. */
  fresh: number[];
  /** In no mask: as they are in the test network. */
  unchanged: number[];
}

/** What the file's header tells: the run, and its result. */
interface StoredFinetune extends ClipIdentity {
  result: FinetuneResult;
}

/**
 * Fine-tunes on the masks given and writes the test network. The same call goes on where an earlier one stopped, and
 * gives a finished one's result again.
 *
 * @throws OsvosError `usage` without masks, `output-exists`, `record-differs`, `weights-*`, `engine`, `memory`,
 * `not-a-number`, `interrupted`, `cannot-write`
 */
export async function finetuneClip<Options extends CommonOptions>(
  request: FinetuneRequest<Options>,
  services: SegmentServices<Options>,
): Promise<FinetuneResult> {
  const { out, force, input, options, testNetwork } = request;
  refuseItself(out, testNetwork);
  const identity = await identify(request, services);
  services.report({
    kind: 'note',
    text: `${identity.input.size} frames, network sees ${identity.input.networkSize}`,
  });
  const finished = force ? undefined : await findFinished(out, identity);
  const checkpoints = `${out}.checkpoints`;
  if (finished) {
    await removeRemains(out, checkpoints, identity, services.report);
    return finished;
  }
  const former = await refuseOtherCheckpoints(checkpoints, identity, force);

  const origin = await originOf(request);
  const clock = createClock();
  const engine = await clock.time(WARM_UP_STAGE, () => services.startEngine(former));
  refuseOtherEngine(former, engine, checkpoints);
  const method = await clock.time(WARM_UP_STAGE, () => services.method.load());
  const place = { machine: services.machine, engine, started: true };
  const foresight = await estimateFinetune(request, method, checkpoints, place);
  if (foresight) services.report({ kind: 'note', text: describeEstimate(foresight.estimate, engine.device) });
  await claim(checkpoints, { ...identity, ...usedEngine(engine) }, force, out); // only now: what is refused leaves all as it was
  const { report, steps, learning } = watchSteps(services.report);
  const { clip, masks } = input;
  const learn = masks.map((mask) => mask.index);
  const job = { method, options, clip, masks, checkpoints, testNetwork, tunes: true, report, clock };
  const segmenter = await openLearnt({ ...job, signal: services.signal }, learn);
  for (const text of describeLearning(learning)) report({ kind: 'note', text });
  const result: FinetuneResult = {
    ...{
      out,
      method: method.name,
      clip: clip.name,
      annotations: masks.map(({ frame }) => frame),
      objects: input.objects,
      origin,
    },
    ...{ size: identity.input.size, networkSize: identity.input.networkSize },
    ...{
      engine: engine.name,
      threads: engine.threads,
      steps,
      learning,
      seconds: clock.seconds,
      peakMemoryMB: peakMemoryMB(),
    },
  };
  try {
    const stored: StoredFinetune = { ...identity, result };
    await writeSafetensors(out, await segmenter.save(), {
      method: method.name,
      [RUN_KEY]: JSON.stringify(stored),
    });
  } finally {
    segmenter.close();
  }
  await removeWhole(checkpoints, out);
  return result;
}

/** Which objects go on from the test network, and which do not. */
async function originOf<Options extends CommonOptions>({
  input,
  testNetwork,
}: FinetuneRequest<Options>): Promise<Origin> {
  const given = new Set(input.masks.flatMap(({ labels }) => idsOf(labels)));
  if (testNetwork === undefined)
    return { testNetwork: null, further: [], fresh: input.objects, unchanged: [] };
  const known = await objectsOfTestNetwork(testNetwork);
  return {
    testNetwork: { file: testNetwork, sha256: await sha256(testNetwork) },
    further: input.objects.filter((id) => given.has(id) && known.includes(id)),
    fresh: input.objects.filter((id) => !known.includes(id)),
    unchanged: input.objects.filter((id) => !given.has(id)),
  };
}

function refuseItself(out: string, testNetwork?: string): void {
  if (testNetwork === undefined || path.resolve(testNetwork) !== path.resolve(out)) return;
  throw new OsvosError(
    'usage',
    'the test network that fine-tuning goes on from would be overwritten',
    `--out ${out}`,
    'choose another file',
  );
}

/** One line: where it is, what it follows, how long it took. */
export function describeFinetuneResult(result: FinetuneResult): string {
  const { out, objects, annotations, seconds, origin } = result;
  const frames = `${annotations.length} annotated ${annotations.length === 1 ? 'frame' : 'frames'}`;
  const before = origin.testNetwork ? ` and ${origin.testNetwork.file}` : '';
  return `test network of object ${objects.join(', ')} from ${frames}${before}, ${seconds['fine-tuning'].toFixed(1)} s: ${out}`;
}

async function identify<Options extends CommonOptions>(
  { input, options, fitMask, testNetwork }: FinetuneRequest<Options>,
  services: SegmentServices<Options>,
): Promise<ClipIdentity> {
  const { seed, ...rest } = options;
  return {
    command: 'finetune',
    method: services.method.name,
    options: { ...rest, fitMask, testNetwork },
    seed,
    weights: await services.weights(options, { testNetwork }),
    input: await recordInput(input.clip, sizeSeen(services.method, input.clip, options.size)),
    annotations: input.masks.map(({ frame, file, sha256 }) => ({ frame, file: path.resolve(file), sha256 })),
    objects: input.objects,
  };
}

/** The result in a file that the same call made. */
async function findFinished(out: string, identity: ClipIdentity): Promise<FinetuneResult | undefined> {
  if (!existsSync(out)) return undefined;
  const text = await readSafetensors(out).then(
    ({ metadata }) => metadata[RUN_KEY],
    () => undefined, // no weight file at all: as foreign as one that another command made
  );
  if (text === undefined)
    throw new OsvosError('output-exists', 'the file exists and is no test network of this command', out);
  const stored = JSON.parse(text) as StoredFinetune;
  refuseOther(stored, identity, out);
  // files of version 0.1.0 say nothing of their origin, which was the parent network
  const origin: Origin = { testNetwork: null, further: [], fresh: stored.result.objects, unchanged: [] };
  return { ...stored.result, origin: stored.result.origin ?? origin, out };
}

/** Makes sure that checkpoints in the way are this call's own, and that files can be written. */
async function claim(
  checkpoints: string,
  identity: ClipIdentity & UsedEngine,
  force: boolean,
  out: string,
): Promise<void> {
  await makeWritable(path.dirname(out));
  await removeLeftovers(path.dirname(out), { of: out });
  const former = await refuseOtherCheckpoints(checkpoints, identity, force);
  if (!former) await rm(checkpoints, { recursive: true, force: true });
  await removeLeftovers(checkpoints, { deep: true });
  await writeRunRecord(path.join(checkpoints, 'run.json'), { ...identity, status: 'running' });
}

/** The call that the checkpoints are of, which must be this one; none where they do not count. */
async function refuseOtherCheckpoints(
  checkpoints: string,
  identity: ClipIdentity,
  force: boolean,
): Promise<(StoredRun & UsedEngine) | undefined> {
  const file = path.join(checkpoints, 'run.json');
  const former = force ? undefined : await readRunRecord<StoredRun & UsedEngine>(file);
  if (former) refuseOther(former, identity, checkpoints);
  return former;
}

/** Removes what a process left that was killed after it wrote the network. Checkpoints of another call stay. */
async function removeRemains(
  out: string,
  checkpoints: string,
  identity: ClipIdentity,
  report: Report,
): Promise<void> {
  try {
    await removeLeftovers(path.dirname(out), { of: out });
    const former = await readRunRecord<StoredRun>(path.join(checkpoints, 'run.json'));
    if (former && differences(former, identity).length === 0) {
      await removeWhole(checkpoints, out);
    }
  } catch (error) {
    report({ kind: 'warning', text: `files of a killed call stay behind: ${(error as Error).message}` });
  }
}

/**
 * Removes the checkpoints at once. A process that is killed while it removes leaves a folder with a temporary name of
 * `out`, which the next call takes away, and not some files of which nobody can tell whose they are.
 */
async function removeWhole(checkpoints: string, out: string): Promise<void> {
  const doomed = temporaryName(out);
  try {
    await rename(checkpoints, doomed);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await rm(doomed, { recursive: true, force: true });
}

function refuseOther(former: StoredRun | StoredFinetune, identity: ClipIdentity, where: string): void {
  const differing = differences(former, identity);
  if (differing.length > 0)
    throw new OsvosError('record-differs', `made by another run (${differing.join('; ')})`, where);
}
