/** `osvos export overlay`: the clip with its masks in colour, with its times and its sound. */
import sharp from 'sharp';
import type { Clip } from '../clips/clip.js';
import { masksOfClip } from '../clips/exports/clip-masks.js';
import { openClip, type OpenClipOptions } from '../clips/open-clip.js';
import { drawOverlay } from '../clips/overlay.js';
import { overlayVideoOptions, streamOverlayVideo } from '../clips/overlay-video.js';
import type { Report } from '../progress.js';
import { prepareFile } from './export-output.js';
import { countSteps, requireGoing } from './export-steps.js';
import { requireVideoWriter } from './segment-video-writer.js';

export interface OverlayJob {
  results: string;
  clip: string;
  range: OpenClipOptions;
  /** A file *.mp4. */
  out: string;
  force: boolean;
  report: Report;
  signal?: AbortSignal;
}

export interface OverlayExport {
  out: string;
  frames: number;
  width: number;
  height: number;
  notes: string[];
}

/** Quality of the pictures that the video is made of. */
export const PICTURE_QUALITY = 95;

/** Throws as `exportAlpha`. */
export async function exportOverlay(job: OverlayJob): Promise<OverlayExport> {
  const { results, out, report, signal } = job;
  await prepareFile({ out, force: job.force, inputs: [results, job.clip] }, '.mp4');
  await requireVideoWriter(`--out ${out}`, 'use osvos segment --overlays for pictures');
  const clip = await openClip(job.clip, job.range);
  const count = clip.last - clip.first + 1;
  const steps = countSteps(report);
  steps.begin('reading masks', count, 'masks');
  const { masks, notes } = await masksOfClip(results, clip, steps.next);
  async function* pictures(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const frame of clip.frames()) {
      requireGoing(signal, out);
      const { width, height } = frame;
      const rgb = drawOverlay(frame, await masks[frame.index - clip.first].read());
      yield await encodePicture(rgb, width, height);
      steps.next();
    }
  }
  steps.begin('writing the video', count, 'frames');
  const changed = await streamOverlayVideo(out, pictures(), count, overlayVideoOptions(clip));
  const { width, height } = clip;
  return {
    out,
    frames: count,
    width,
    height,
    notes: [...clip.notes, ...notes, ...changed, ...rateNote(clip)],
  };
}

/** `[height, width, 3]` → JPEG. */
export async function encodePicture(rgb: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  const raw = { width, height, channels: 3 } as const;
  return sharp(rgb, { raw }).jpeg({ quality: PICTURE_QUALITY, chromaSubsampling: '4:4:4' }).toBuffer();
}

/** Pictures of a folder have no times. */
export function rateNote({ kind }: Clip): string[] {
  return kind === 'folder' ? ['the clip is a folder: 24 frames a second, no sound'] : [];
}
