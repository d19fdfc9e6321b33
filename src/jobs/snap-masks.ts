/** `osvos snap`: masks of any origin in, masks whose outlines are those of the frames out. */
import { existsSync } from 'node:fs';
import { realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Clip } from '../clips/clip.js';
import { openDavis } from '../clips/davis.js';
import { removeLeftovers } from '../clips/leftover-files.js';
import { openClip } from '../clips/open-clip.js';
import { readMask } from '../clips/read-mask.js';
import { writeMask } from '../clips/write-mask.js';
import type { Engine } from '../engine/engine.js';
import { OsvosError } from '../errors.js';
import { formatSize, type Frame } from '../frame.js';
import type { LabelMap } from '../label-map.js';
import { seesContours, type SnapSettings } from '../methods/contours/snap-settings.js';
import { breathe, type Report } from '../progress.js';
import { findWeights } from '../weights/manifest.js';
import { sha256 } from '../weights/safetensors.js';
import {
  clipOutput,
  lookAtOutput,
  makeWritable,
  namesIn,
  sequenceOutput,
  type OutputPaths,
} from './output-folder.js';
import { peakMemoryMB, versions, writeRunRecord, type RunIdentity, type StoredRun } from './run-record.js';
import { refuseOtherEngine, usedEngine, type UsedEngine } from './same-engine.js';
import { openSnapper, writeSnapPictures, type Snapper } from './segment-snap.js';
import { writeBehind } from './segment-write-behind.js';

export interface SnapMasksJob {
  /** Folder of masks `<frame>.png`; for a data set of folders of them, one for each sequence. */
  masks: string;
  /** Frames: a clip, or the sequences of a data set. */
  frames: string | { root: string; split: string; sequences?: string[] };
  out: string;
  force: boolean;
  settings: SnapSettings;
  startEngine(former?: UsedEngine): Promise<Engine>;
  report: Report;
  signal?: AbortSignal;
}

export interface SnapMasksResult {
  out: string;
  /** Masks in `out`. */
  masks: number;
  /** Milliseconds of a mask: contours, snapping and files, which run beside each other; `null` where none was made now. */
  msPerMask: number | null;
}

/** `run.json` of a call. */
interface SnapRecord extends StoredRun, UsedEngine {
  versions: Record<string, string>;
  peakMemoryMB: number;
  result?: SnapMasksResult;
}

/** Masks of one clip. */
interface Folder {
  clip: Clip;
  /** Frames that have a mask. */
  frames: number[];
  masks: string;
  paths: OutputPaths;
}

/** Masks whose files may be under way while the next frame is looked at. */
const WRITES_UNDER_WAY = 4;

/**
 * Snaps all masks that belong to a frame; the same call goes on where one was stopped.
 *
 * @throws OsvosError `usage`, `clip-unreadable`, `data-set`, `mask-*`, `weights-*`, `output-exists`, `record-differs`,
 * `cannot-write`, `interrupted`
 */
export async function snapMasks(job: SnapMasksJob): Promise<SnapMasksResult> {
  const { out, settings, report, signal } = job;
  await refuseOwnInput(job);
  const folders = await openFolders(job);
  const identity = await identityOf(job);
  const file = path.join(out, 'run.json');
  const { former, replace } = await lookAtOutput<SnapRecord>(
    { folder: out, record: file },
    identity,
    job.force,
  );
  if (former?.status === 'finished' && former.result) return former.result;
  await makeWritable(out);
  const engine = await job.startEngine(former);
  refuseOtherEngine(former, engine, out);
  const write = (status: StoredRun['status'], result?: SnapMasksResult) => {
    const used = { ...usedEngine(engine), versions: versions(engine), peakMemoryMB: peakMemoryMB() };
    return writeRunRecord(file, { ...identity, ...used, status, result } as SnapRecord);
  };
  // masks of a run that is overwritten would count as done when this one is stopped and goes on
  if (replace) for (const file of folders.flatMap(masksOf)) await rm(file, { force: true });
  await write('running');
  const total = folders.reduce((sum, { frames }) => sum + frames.length, 0);
  const snapper = await openSnapper(settings);
  try {
    const isDone = ({ clip, paths }: Folder, index: number) =>
      former !== undefined && existsSync(paths.mask(clip.names[index]));
    const missing = folders.map((folder) => folder.frames.filter((index) => !isDone(folder, index)));
    const left = missing.flat().length;
    report({ kind: 'stage', stage: 'snapping', total, unit: 'masks', start: total - left });
    let done = total - left;
    const began = performance.now();
    for (const [i, folder] of folders.entries()) {
      await snapFolder(folder, missing[i], snapper!, signal, () => report({ kind: 'step', done: ++done }));
    }
    const msPerMask = left > 0 ? Math.round((performance.now() - began) / left) : null;
    if (done < total) throw new OsvosError('interrupted', `stopped with ${done} of ${total} masks snapped`);
    const result = { out, masks: total, msPerMask };
    await write('finished', result);
    return result;
  } catch (error) {
    await write(error instanceof OsvosError && error.code === 'interrupted' ? 'interrupted' : 'failed');
    throw error;
  } finally {
    await snapper?.close();
  }
}

/** The masks that are given must outlast the run, also one that is forced. */
async function refuseOwnInput({ masks, out }: SnapMasksJob): Promise<void> {
  const places = [masks, out].map((folder) => realpath(folder).catch(() => path.resolve(folder)));
  const [input, output] = await Promise.all(places);
  if (input === output)
    throw new OsvosError('usage', 'input and output are one folder', out, 'choose another --out');
}

function masksOf({ clip, frames, paths }: Folder): string[] {
  return frames.map((index) => paths.mask(clip.names[index]));
}

async function openFolders({ masks, frames, out }: SnapMasksJob): Promise<Folder[]> {
  if (typeof frames === 'string') {
    return [await openFolder(await openClip(frames), masks, clipOutput(out, ''))];
  }
  const folders: Folder[] = [];
  const { sequences } = openDavis(frames.root, frames);
  for (const sequence of sequences) {
    const { name } = sequence;
    folders.push(await openFolder(await sequence.clip(), path.join(masks, name), sequenceOutput(out, name)));
  }
  return folders;
}

/** Throws `mask-unreadable` where a mask has no frame, or there is none at all. */
async function openFolder(clip: Clip, masks: string, paths: OutputPaths): Promise<Folder> {
  const names = (await namesIn(masks))
    .filter((name) => name.endsWith('.png'))
    .map((name) => path.parse(name).name);
  const indices = new Map(clip.names.map((name, index) => [name, index]));
  const strangers = names.filter((name) => !indices.has(name));
  if (names.length === 0) throw new OsvosError('mask-unreadable', 'no masks', masks, 'masks are <frame>.png');
  if (strangers.length > 0) {
    const what = `${strangers.length} of ${names.length} masks belong to no frame (${strangers.slice(0, 3).join(', ')})`;
    const range = `frames are named ${clip.names[clip.first]} … ${clip.names[clip.last]}`;
    throw new OsvosError('mask-unreadable', what, masks, range);
  }
  const frames = names.map((name) => indices.get(name)!).sort((a, b) => a - b);
  return { clip, frames, masks, paths };
}

async function identityOf({ masks, frames, settings }: SnapMasksJob): Promise<RunIdentity> {
  const { contours } = settings;
  const weights = seesContours(settings)
    ? [{ name: contours, sha256: await sha256((await findWeights(contours)).file) }]
    : [];
  const [source, split] = typeof frames === 'string' ? [frames, ''] : [frames.root, frames.split];
  return {
    command: 'snap',
    method: 'snap',
    options: { ...settings, masks: path.resolve(masks) },
    seed: 0,
    weights,
    input: { source: path.resolve(source), split },
    annotations: [],
    objects: [],
  };
}

async function snapFolder(
  { clip, masks, paths }: Folder,
  missing: readonly number[],
  snapper: Snapper,
  signal: AbortSignal | undefined,
  onMask: () => void,
): Promise<void> {
  if (missing.length === 0 || signal?.aborted) return;
  await makeWritable(paths.folder);
  await removeLeftovers(paths.folder);
  const wanted = new Set(missing);
  const writing = writeBehind(WRITES_UNDER_WAY);
  try {
    for await (const frame of clip.frames(missing[0], missing[missing.length - 1])) {
      if (!wanted.has(frame.index)) continue;
      const labels = await readLabels(path.join(masks, `${frame.name}.png`), frame);
      const snap = await snapper.look(frame, labels);
      const snapped = snap.move(labels);
      snapped.catch(() => undefined); // the one who writes it hears of it
      await writing.push(async () => {
        const result = await snapped;
        const pictures = await snap.pictures();
        if (pictures) await writeSnapPictures(paths, frame.name, result, pictures);
        await writeMask(paths.mask(frame.name), result);
        onMask();
      });
      await breathe();
      if (signal?.aborted) break;
    }
  } finally {
    await writing.drain();
  }
}

async function readLabels(file: string, frame: Frame): Promise<LabelMap> {
  const { labels } = await readMask(file);
  if (labels.width === frame.width && labels.height === frame.height) return labels;
  throw new OsvosError(
    'mask-size',
    `the mask is ${formatSize(labels)}, its frame ${formatSize(frame)}`,
    file,
  );
}
