/** `osvos export coco`: masks as COCO JSON, with what video tools need. */
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { temporaryName } from '../clips/atomic-file.js';
import type { Clip } from '../clips/clip.js';
import { masksOfClip } from '../clips/exports/clip-masks.js';
import {
  checkCoco,
  OBJECT_CATEGORY,
  writeCoco,
  type CocoContent,
  type CocoImage,
  type CocoTrack,
  type CocoVideo,
} from '../clips/exports/coco-file.js';
import { chooseIds, idsOfAll, listMasks, scanMasks, type ScannedMask } from '../clips/exports/mask-folder.js';
import { listFrameFiles, stem } from '../clips/frame-files.js';
import { openClip, type OpenClipOptions } from '../clips/open-clip.js';
import { OsvosError } from '../errors.js';
import type { Report } from '../progress.js';
import { prepareFile } from './export-output.js';
import { countSteps, requireGoing, type Steps } from './export-steps.js';

export interface CocoJob {
  results: string;
  /** The clip of the masks: its frames are checked, and images bear their file names. */
  clip?: string;
  range: OpenClipOptions;
  /** Only these sequences of RESULTS. */
  sequences?: readonly string[];
  out: string;
  force: boolean;
  report: Report;
  signal?: AbortSignal;
}

export interface CocoExport {
  out: string;
  videos: number;
  images: number;
  /** Objects, counted in each video. */
  tracks: number;
  annotations: number;
  notes: string[];
}

/** Masks of one video, with names and places of their frames. */
interface VideoMasks {
  name: string;
  masks: ScannedMask[];
  fileName(frame: string): string;
  /** Index of the first mask's frame in its clip. */
  first: number;
}

/**
 * Writes the file beside its place, reads it back and compares every mask, then moves it there.
 *
 * @throws OsvosError as `exportAlpha`
 */
export async function exportCoco(job: CocoJob): Promise<CocoExport> {
  const { out, report, signal } = job;
  await prepareFile(
    { out, force: job.force, inputs: [job.results, ...(job.clip ? [job.clip] : [])] },
    '.json',
  );
  const steps = countSteps(report);
  const { videos, notes } = await readVideos(job, steps);
  chooseIds(
    videos.flatMap(({ masks }) => masks),
    undefined,
    job.results,
  );
  const content = describe(videos);
  const temporary = temporaryName(out);
  const onImage = () => {
    requireGoing(signal, out);
    steps.next();
  };
  try {
    await mkdir(path.dirname(out), { recursive: true });
    steps.begin('writing masks', content.images.length, 'images');
    const annotations = await writeCoco(temporary, content, onImage);
    steps.begin('reading them back', content.images.length, 'images');
    await checkCoco(temporary, content, onImage);
    await rename(temporary, out);
    const { images, tracks } = content;
    return { out, videos: videos.length, images: images.length, tracks: tracks.length, annotations, notes };
  } catch (error) {
    if (error instanceof OsvosError) throw error;
    throw new OsvosError('cannot-write', (error as Error).message, out, undefined, { cause: error });
  } finally {
    await rm(temporary, { force: true });
  }
}

async function readVideos(job: CocoJob, steps: Steps): Promise<{ videos: VideoMasks[]; notes: string[] }> {
  if (job.clip !== undefined) {
    const clip = await openClip(job.clip, job.range);
    steps.begin('reading masks', clip.last - clip.first + 1, 'masks');
    const { masks, notes } = await masksOfClip(job.results, clip, steps.next);
    const fileName = await fileNames(clip);
    return { videos: [{ name: clip.name, masks, fileName, first: clip.first }], notes };
  }
  if (Object.values(job.range).some((value) => value !== undefined))
    throw new OsvosError('usage', 'a part of no clip', '--from, --to, --start-number', 'give --clip too');
  const listing = await listMasks(job.results);
  const there = listing.sequences.map(({ name }) => name);
  const unknown = (job.sequences ?? []).filter((name) => !there.includes(name));
  if (unknown.length > 0) {
    const what = `no masks of ${unknown.join(', ')}`;
    throw new OsvosError(
      'usage',
      what,
      `--sequences, ${job.results}`,
      `sequences that are there: ${there.join(', ')}`,
    );
  }
  const chosen = listing.sequences.filter(({ name }) => job.sequences?.includes(name) ?? true);
  steps.begin(
    'reading masks',
    chosen.reduce((sum, { frames }) => sum + frames.length, 0),
    'masks',
  );
  const videos: VideoMasks[] = [];
  for (const sequence of chosen) {
    const masks = await scanMasks(sequence, sequence.frames, steps.next);
    const folder = listing.flat ? '' : `${sequence.name}/`;
    videos.push({ name: sequence.name, masks, fileName: (frame) => `${folder}${frame}.png`, first: 0 });
  }
  return { videos, notes: [] };
}

/** Names of the frames' own files; a video has none, its images are named as the masks. */
async function fileNames(clip: Clip): Promise<(frame: string) => string> {
  if (clip.kind === 'video') return (frame) => `${frame}.png`;
  const { files } = await listFrameFiles(clip.source);
  const names = new Map(files.map((file) => [stem(file), file]));
  return (frame) => names.get(frame) ?? frame;
}

/** Numbers videos, objects and frames from 1. */
function describe(sources: readonly VideoMasks[]): CocoContent {
  const videos: CocoVideo[] = [];
  const tracks: CocoTrack[] = [];
  const images: CocoImage[] = [];
  const masks: ScannedMask[] = []; // by image id − 1
  for (const source of sources) {
    const [{ width, height }] = source.masks;
    const video_id = videos.length + 1;
    videos.push({ id: video_id, name: source.name, width, height, length: source.masks.length });
    for (const object_id of idsOfAll(source.masks))
      tracks.push({ id: tracks.length + 1, video_id, category_id: OBJECT_CATEGORY, object_id });
    source.masks.forEach((mask, i) => {
      masks.push(mask);
      const { width, height } = mask;
      const file_name = source.fileName(mask.frame);
      images.push({ id: masks.length, file_name, width, height, video_id, frame_index: source.first + i });
    });
  }
  return { videos, tracks, images, labels: ({ id }) => masks[id - 1].read() };
}
