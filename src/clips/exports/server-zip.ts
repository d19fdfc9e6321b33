/** Masks of any origin → the archive that a benchmark server takes. */
import path from 'node:path';
import { OsvosError } from '../../errors.js';
import type { LabelMap } from '../../label-map.js';
import { encodeIndexedPng } from '../indexed-png.js';
import { formatColour, paletteNumber } from '../palette.js';
import { readMask } from '../read-mask.js';
import type { MaskListing } from './mask-folder.js';
import { memberName, type Violations } from './server-rules.js';
import type { Server, WantedVideo } from './servers.js';
import { createZip } from './zip-writer.js';

/**
 * Writes the wanted masks that are there, as 8-bit indexed PNG with the DAVIS palette; what is not there, or cannot be
 * one, goes to `violations`. Throws `cannot-write`.
 *
 * @param proceed called before each mask; false stops
 * @returns masks that were written
 */
export async function writeServerZip(
  file: string,
  { listing, server, wanted }: { listing: MaskListing; server: Server; wanted: readonly WantedVideo[] },
  violations: Violations,
  proceed: () => boolean,
): Promise<number> {
  const zip = await createZip(file);
  let count = 0;
  try {
    for (const video of wanted) {
      const listed = findSequence(listing, video, wanted);
      const there = new Set(listed?.frames);
      for (const frame of video.frames) {
        if (!proceed()) return count;
        const labels = there.has(frame)
          ? await readOne(path.join(listed!.folder, `${frame}.png`), video, frame, violations)
          : undefined; // that it is missing is found when the archive is judged
        if (!labels) continue;
        await zip.add(memberName(server, video, frame), encodeIndexedPng(labels));
        count++;
      }
    }
    await zip.finish();
    return count;
  } finally {
    await zip.close();
  }
}

/** A folder of masks of one sequence stands for it where only one is wanted, whatever it is called. */
function findSequence({ flat, sequences }: MaskListing, video: WantedVideo, wanted: readonly WantedVideo[]) {
  if (flat && wanted.length === 1) return sequences[0];
  return sequences.find(({ name }) => name === video.name);
}

async function readOne(
  file: string,
  video: WantedVideo,
  frame: string,
  violations: Violations,
): Promise<LabelMap | undefined> {
  try {
    const { labels, colours } = await readMask(file);
    // colours of the palette say which id they are, others are counted anew in each mask
    const unknown = [...(colours?.values() ?? [])].filter((colour) => paletteNumber(colour) === undefined);
    if (unknown.length === 0) return labels;
    violations.add('indexed', video, frame, `colour ${formatColour(unknown[0])}`);
  } catch (error) {
    if (!(error instanceof OsvosError)) throw error;
    violations.add('unreadable', video, frame, error.what);
  }
  return undefined;
}

/** Masks and sequences of RESULTS that the server does not want. */
export function countSpare(
  { sequences }: MaskListing,
  wanted: readonly WantedVideo[],
): { sequences: string[]; masks: number } {
  const byName = new Map(wanted.map((video) => [video.name, new Set(video.frames)]));
  const own = sequences.filter(({ name }) => byName.has(name));
  return {
    sequences: sequences.filter(({ name }) => !byName.has(name)).map(({ name }) => name),
    masks: own.reduce(
      (sum, { name, frames }) => sum + frames.filter((frame) => !byName.get(name)!.has(frame)).length,
      0,
    ),
  };
}
