/** Where a run's files land, and whether the place is free, ours, or somebody else's. */
import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { temporaryName } from '../clips/atomic-file.js';
import { isTemporary, removeLeftovers } from '../clips/leftover-files.js';
import { OsvosError } from '../errors.js';
import {
  differences,
  readRunRecord,
  type RunIdentity,
  type RunRecord,
  type StoredRun,
} from './run-record.js';
import { FRAME_LOG, readFrameLog } from './segment-frame-log.js';

/** Paths of one clip's results. */
export interface OutputPaths {
  /** Masks and the record. */
  folder: string;
  record: string;
  mask(frame: string): string;
  overlays: string;
  overlay(frame: string): string;
  overlayVideo: string;
  probabilities: string;
  probability(frame: string, id: number): string;
  /** What masks were snapped to. */
  contourMaps: string;
  contours(frame: string): string;
  ucm(frame: string): string;
  /** How the memory was read: pictures, of one object where there are several, and all shares. */
  memorySheets: string;
  memorySheet(frame: string, id?: number): string;
  memoryShares: string;
  /** The test network that is kept after the run. */
  network: string;
  /** What it takes to go on after a stop; removed when the run is finished. */
  checkpoints: string;
  preview: string;
}

/** Foreign files that an error names. */
const NAMED_FILES = 3;

/** Results of a clip of one's own: masks in `folder`, the rest in folders below it. */
export function clipOutput(folder: string, clip: string): OutputPaths {
  return outputPaths(folder, folder, '', clip);
}

/** Results of one sequence of a data set: masks in `root/<sequence>`, the rest in `root/overlays/<sequence>` and so on. */
export function sequenceOutput(root: string, sequence: string): OutputPaths {
  return outputPaths(root, path.join(root, sequence), sequence, sequence);
}

function outputPaths(root: string, folder: string, below: string, clip: string): OutputPaths {
  const overlays = path.join(root, 'overlays', below);
  const probabilities = path.join(root, 'probabilities', below);
  const contourMaps = path.join(root, 'contours', below);
  const memorySheets = path.join(root, 'memory', below);
  return {
    folder,
    record: path.join(folder, 'run.json'),
    mask: (frame) => path.join(folder, `${frame}.png`),
    overlays,
    overlay: (frame) => path.join(overlays, `${frame}.jpg`),
    overlayVideo: path.join(root, 'overlays', `${clip}.mp4`),
    probabilities,
    probability: (frame, id) => path.join(probabilities, `${frame}-${id}.png`),
    contourMaps,
    contours: (frame) => path.join(contourMaps, `${frame}.png`),
    ucm: (frame) => path.join(contourMaps, `${frame}-ucm.png`),
    memorySheets,
    memorySheet: (frame, id) => path.join(memorySheets, `${frame}${id === undefined ? '' : `-${id}`}.png`),
    memoryShares: path.join(folder, 'memory.csv'),
    network: path.join(root, 'networks', `${clip}.safetensors`),
    checkpoints: path.join(folder, 'checkpoints'),
    preview: path.join(root, below === '' ? 'preview.jpg' : `preview-${clip}.jpg`),
  };
}

/** What stands in the output folder. */
export interface OutputState<R extends StoredRun> {
  /** Record of the same run, to go on from or to print again. */
  former?: R;
  /** Files of a former run are to be removed: it was asked for by force, or that run failed before its first frame. */
  replace: boolean;
}

/**
 * Looks at what is in the output folder; changes nothing.
 *
 * @throws OsvosError `output-exists` for foreign files, `record-differs` listing what differs; neither with `force`
 */
export async function lookAtOutput<R extends StoredRun = RunRecord>(
  paths: Pick<OutputPaths, 'folder' | 'record'>,
  wanted: RunIdentity,
  force: boolean,
): Promise<OutputState<R>> {
  if (force) return { replace: true };
  const record = await readRunRecord<R>(paths.record);
  if (record) return judgeRecord(record, paths.folder, wanted);
  const foreign = (await namesIn(paths.folder)).filter((name) => !isTemporary(name));
  if (foreign.length > 0) {
    // another shard may have begun there a moment ago: its record comes before all else
    const begun = await readRunRecord<R>(paths.record);
    if (begun) return judgeRecord(begun, paths.folder, wanted);
    const named = foreign.slice(0, NAMED_FILES).join(', ') + (foreign.length > NAMED_FILES ? ', …' : '');
    throw new OsvosError(
      'output-exists',
      `the output folder holds ${foreign.length} other files (${named})`,
      paths.folder,
    );
  }
  return { replace: false };
}

function judgeRecord<R extends StoredRun>(record: R, folder: string, wanted: RunIdentity): OutputState<R> {
  const differing = differences(record, wanted);
  if (differing.length === 0) return { former: record, replace: false };
  if (record.status === 'failed' && record.frames?.length === 0) return { replace: true };
  throw recordDiffers(folder, differing);
}

export function recordDiffers(folder: string, differing: string[]): OsvosError {
  return new OsvosError(
    'record-differs',
    `the run in there was another one (${differing.join('; ')})`,
    folder,
  );
}

/**
 * Makes the folder and finds out whether files can be made in it, before any work is done. Removes what killed runs
 * left half-written, and with `replace` what the run of the folder's record wrote; foreign files stay.
 *
 * @throws OsvosError `cannot-write`
 */
export async function prepareOutput(paths: OutputPaths, replace: boolean): Promise<void> {
  await makeWritable(paths.folder);
  if (replace) await removeFormerRun(paths);
  await tidyOutput(paths);
}

/** Removes what killed runs left half-written, and nothing else. Throws `cannot-write`. */
export async function tidyOutput(paths: OutputPaths): Promise<void> {
  const { folder: own, overlays, probabilities, contourMaps, memorySheets } = paths;
  for (const folder of [own, overlays, probabilities, contourMaps, memorySheets]) {
    await removeLeftovers(folder);
  }
  await removeLeftovers(paths.checkpoints, { deep: true });
  // beside those of a data set's other sequences, which another process may be at work on
  for (const of of [paths.network, paths.overlayVideo, paths.preview]) {
    await removeLeftovers(path.dirname(of), { of });
  }
}

/** Makes a folder and finds out whether files can be made in it. Throws `cannot-write`. */
export async function makeWritable(folder: string): Promise<void> {
  const probe = path.join(folder, '.writable');
  await removeLeftovers(folder, { of: probe });
  try {
    await mkdir(folder, { recursive: true });
    const temporary = temporaryName(probe);
    await mkdir(temporary);
    await rmdir(temporary);
  } catch (error) {
    throw new OsvosError('cannot-write', (error as Error).message, folder, undefined, { cause: error });
  }
}

async function removeFormerRun(paths: OutputPaths): Promise<void> {
  const record = await readRunRecord(paths.record).catch(() => undefined); // a foreign run.json is overwritten, as asked
  if (record?.command === 'segment') {
    const { frames, objects } = record;
    // a process that was killed has told of its frames only in the log
    const logged = await readFrameLog(path.join(paths.checkpoints, FRAME_LOG));
    const names = new Set([...frames.map(({ name }) => name), ...logged.keys()]);
    const files = [...names].flatMap((name) => [
      paths.mask(name),
      paths.overlay(name),
      paths.contours(name),
      paths.ucm(name),
      paths.memorySheet(name),
      ...objects.flatMap((id) => [paths.probability(name, id), paths.memorySheet(name, id)]),
    ]);
    await Promise.all(
      [...files, paths.overlayVideo, paths.memoryShares, paths.network, paths.preview].map((file) =>
        rm(file, { force: true }),
      ),
    );
    await rm(paths.checkpoints, { recursive: true, force: true });
  } else if ((await namesIn(paths.checkpoints)).length > 0) {
    throw new OsvosError(
      'output-exists',
      'checkpoints of another command',
      paths.checkpoints,
      'choose another --out',
    );
  }
  await rm(paths.record, { force: true });
}

/** Names in a folder; none where there is no such folder. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new OsvosError('cannot-write', (error as Error).message, folder, 'choose a folder for --out', {
      cause: error,
    });
  }
}
