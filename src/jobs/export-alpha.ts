/** `osvos export alpha`: objects cut out of their frames, with straight alpha. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../clips/atomic-file.js';
import type { Clip } from '../clips/clip.js';
import { evenTimes } from '../clips/encode-video.js';
import { countOpaque, writeAlphaVideo } from '../clips/exports/alpha-video.js';
import { masksOfClip } from '../clips/exports/clip-masks.js';
import { cutOut, encodeCutOut, faultOfCutOut, type CutOut } from '../clips/exports/cut-out.js';
import { chooseIds, type ScannedMask } from '../clips/exports/mask-folder.js';
import { openClip, type OpenClipOptions } from '../clips/open-clip.js';
import { overlayVideoOptions } from '../clips/overlay-video.js';
import { probeVideo } from '../clips/probe-video.js';
import { keptTags } from '../clips/video-colours.js';
import { OsvosError } from '../errors.js';
import type { Frame } from '../frame.js';
import type { Report } from '../progress.js';
import { prepareFile, prepareFolder } from './export-output.js';
import { countSteps, requireGoing } from './export-steps.js';
import { requireVideoWriter } from './segment-video-writer.js';

export interface AlphaJob {
  results: string;
  clip: string;
  range: OpenClipOptions;
  /** All when left out. */
  objects?: readonly number[];
  /** A file *.mov, or a folder. */
  out: string;
  force: boolean;
  report: Report;
  signal?: AbortSignal;
}

export interface AlphaExport {
  out: string;
  format: 'png' | 'prores4444';
  frames: number;
  objects: number[];
  /** Share of the pixels that are opaque, over all frames. */
  opaque: number;
  notes: string[];
}

/** What is cut out, while it is written. */
interface CutOuts {
  clip: Clip;
  pictures: (keepGround: boolean) => AsyncGenerator<{ frame: Frame; cut: CutOut }, void, undefined>;
  /** Opaque pixels of the frames that were taken. */
  opaque: number[];
}

/**
 * Writes the cut-outs, opens them again and looks at their alpha.
 *
 * @throws OsvosError `results-incomplete`, `mask-*`, `clip-unreadable`, `usage`, `output-exists`, `cannot-write`,
 * `interrupted`
 */
export async function exportAlpha(job: AlphaJob): Promise<AlphaExport> {
  const { out, report, signal } = job;
  const isVideo = path.extname(out).toLowerCase() === '.mov';
  if (!isVideo) refuseOtherFiles(out);
  const target = { out, force: job.force, inputs: [job.results, job.clip] };
  const stale = await (isVideo ? prepareFile(target, '.mov') : prepareFolder(target));
  if (isVideo) await requireVideoWriter(`--out ${out}`, 'give a folder, for PNG pictures');
  const clip = await openClip(job.clip, job.range);
  const count = clip.last - clip.first + 1;
  const steps = countSteps(report);
  steps.begin('reading masks', count, 'masks');
  const { masks, notes } = await masksOfClip(job.results, clip, steps.next);
  const ids = chooseIds(masks, job.objects, job.results);
  steps.begin('cutting out', count, 'frames');
  const cut = cutOuts(clip, masks, ids, () => {
    requireGoing(signal, out);
    steps.next();
  });
  await (isVideo ? writeVideo(out, cut) : writePictures(out, cut));
  const opaque = cut.opaque.reduce((sum, pixels) => sum + pixels, 0) / (count * clip.width * clip.height);
  if (opaque === 1) report({ kind: 'warning', text: 'the object fills every frame: nothing was cut away' });
  const format = isVideo ? 'prores4444' : 'png';
  return { out, format, frames: count, objects: ids, opaque, notes: [...clip.notes, ...notes, ...stale] };
}

function refuseOtherFiles(out: string): void {
  if (!/^\.(mp4|mkv|webm|avi|png|jpe?g|tiff?|exr|gif|zip)$/i.test(path.extname(out))) return;
  const remedy = 'give a folder for PNG pictures, or a file *.mov for ProRes 4444';
  throw new OsvosError('usage', 'no file that holds a clip with alpha', `--out ${out}`, remedy);
}

function cutOuts(
  clip: Clip,
  masks: readonly ScannedMask[],
  ids: readonly number[],
  onFrame: () => void,
): CutOuts {
  const opaque: number[] = [];
  async function* pictures(
    keepGround: boolean,
  ): AsyncGenerator<{ frame: Frame; cut: CutOut }, void, undefined> {
    for await (const frame of clip.frames()) {
      const cut = cutOut(frame, await masks[frame.index - clip.first].read(), ids, keepGround);
      opaque.push(cut.opaque);
      yield { frame, cut };
      onFrame();
    }
  }
  return { clip, pictures, opaque };
}

async function writePictures(out: string, { pictures }: CutOuts): Promise<void> {
  for await (const { frame, cut } of pictures(false)) {
    const file = path.join(out, `${frame.name}.png`);
    await writeFileAtomically(file, await encodeCutOut(cut));
    const fault = faultOfCutOut(await readFile(file), frame, cut.opaque);
    if (fault !== undefined) throw notRight(fault, file);
  }
}

async function writeVideo(out: string, { clip, pictures, opaque }: CutOuts): Promise<void> {
  const { rate, pixelAspect, ...given } = overlayVideoOptions(clip);
  const times = given.times ?? evenTimes(clip.last - clip.first + 1, rate);
  const tags = keptTags(clip.kind === 'video' ? (await probeVideo(clip.source)).colours : clip);
  async function* encoded(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const { cut } of pictures(true)) yield await encodeCutOut(cut, { fast: true });
  }
  const check = async (file: string) => {
    let frame = 0;
    try {
      for await (const found of countOpaque(file, clip)) {
        if (found !== opaque[frame])
          throw new Error(`frame ${frame} has ${found} opaque pixels instead of ${opaque[frame]}`);
        frame++;
      }
    } catch (error) {
      throw notRight((error as Error).message, out, error);
    }
    if (frame !== opaque.length) throw notRight(`it has ${frame} frames instead of ${opaque.length}`, out);
  };
  await writeAlphaVideo(out, encoded(), { times, tags, pixelAspect, check });
}

function notRight(fault: string, file: string, cause?: unknown): OsvosError {
  return new OsvosError(
    'cannot-write',
    `what was written is not right (${fault})`,
    file,
    'report this, with the clip',
    {
      cause,
    },
  );
}
