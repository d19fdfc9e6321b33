/** The rules of a benchmark server, and how an archive that breaks them is described. */
import { decodeIndexedPng } from '../indexed-png.js';
import { formatSize } from '../../frame.js';
import { idsOf, VOID, type LabelMap } from '../../label-map.js';
import { describeFrames } from './describe-frames.js';
import type { Server, WantedVideo } from './servers.js';
import { readZip } from './zip-reader.js';

/** Rules in the order of the message; each says what is wrong with the masks that are listed behind it. */
const rules = {
  missing: 'missing',
  unreadable: 'damaged, or no mask',
  indexed: 'not indexed, and what their colours stand for is not known',
  size: 'of the wrong size',
  ids: 'with an object id that the server does not know',
} as const;
export type Rule = keyof typeof rules;

/** Masks that break a rule. */
export class Violations {
  private readonly found = new Map<Rule, Map<WantedVideo, { frames: string[]; details: Set<string> }>>();
  /** Rules about the archive as a whole, one sentence each. */
  readonly layout: string[] = [];

  add(rule: Rule, video: WantedVideo, frame: string, detail?: string): void {
    const videos = this.found.get(rule) ?? new Map<WantedVideo, { frames: string[]; details: Set<string> }>();
    this.found.set(rule, videos);
    const entry = videos.get(video) ?? { frames: [], details: new Set<string>() };
    videos.set(video, entry);
    entry.frames.push(frame);
    if (detail !== undefined) entry.details.add(detail);
  }

  has(rule: Rule, video: WantedVideo, frame: string): boolean {
    return this.found.get(rule)?.get(video)?.frames.includes(frame) ?? false;
  }

  /** One line for each rule that is broken, naming every video and frame; none where all is well. */
  describe(): string[] {
    const lines = [...this.layout];
    for (const [rule, meaning] of Object.entries(rules) as [Rule, string][]) {
      const videos = this.found.get(rule);
      if (!videos) continue;
      const count = [...videos.values()].reduce((sum, { frames }) => sum + frames.length, 0);
      const places = [...videos].map(([video, { frames, details }]) => {
        const why = details.size > 0 ? ` (${[...details].join(', ')})` : '';
        return `${video.name} ${describeFrames(frames, video.frames)}${why}`;
      });
      lines.push(`${count} ${count === 1 ? 'mask' : 'masks'} ${meaning}: ${places.join('; ')}`);
    }
    return lines;
  }
}

/** Name of a mask in the archive. */
export function memberName(server: Server, video: WantedVideo, frame: string): string {
  return `${server.folder}${video.name}/${frame}.png`;
}

/**
 * Reads an archive and judges it: nothing but the wanted masks, all of them, where the server looks for them; each an
 * indexed PNG of 8 bits with the right size and known ids. Adds what is wrong to `violations`; what stands there
 * already is not said twice. Throws `Error` on archives that are damaged.
 */
export async function judgeZip(
  file: string,
  server: Server,
  wanted: readonly WantedVideo[],
  violations: Violations,
  onMask: () => void,
): Promise<void> {
  const expected = new Map<string, { video: WantedVideo; frame: string }>();
  for (const video of wanted)
    for (const frame of video.frames) expected.set(memberName(server, video, frame), { video, frame });
  const sizes = new Map<WantedVideo, { width: number; height: number }>();
  const strangers: string[] = [];
  const folders = new Set<string>();
  for await (const { name, content } of readZip(file)) {
    folders.add(name.split('/')[0]);
    const place = expected.get(name);
    if (!expected.delete(name) || !place) {
      strangers.push(name);
      continue;
    }
    const { video } = place;
    const labels = indexedLabels(content);
    if (typeof labels === 'string') violations.add('unreadable', video, place.frame, labels);
    else {
      const size = video.size ?? sizes.get(video) ?? labels;
      sizes.set(video, size);
      judgeMask(labels, size, place, violations);
    }
    onMask();
  }
  for (const { video, frame } of expected.values()) {
    const known = violations.has('unreadable', video, frame) || violations.has('indexed', video, frame);
    if (!known) violations.add('missing', video, frame);
  }
  if (strangers.length > 0)
    violations.layout.push(
      `${strangers.length} files that the server does not expect: ${strangers.join(', ')}`,
    );
  if (server.refusesOneFolder && folders.size === 1 && wanted.length === 1) {
    violations.layout.push(
      `one sequence only (${wanted[0].name}): the server takes a single folder for a parent folder, and wants all sequences of its split`,
    );
  }
}

/** Labels of an 8-bit indexed PNG; else what it is. */
function indexedLabels(png: Uint8Array): LabelMap | string {
  const [DEPTH, TYPE, INDEXED] = [24, 25, 3]; // bytes of the header, and the type of indexed pictures
  if (png[DEPTH] !== 8 || png[TYPE] !== INDEXED) return 'no indexed PNG of 8 bits';
  try {
    return decodeIndexedPng(png);
  } catch (error) {
    return (error as Error).message;
  }
}

function judgeMask(
  labels: LabelMap,
  size: { width: number; height: number },
  { video, frame }: { video: WantedVideo; frame: string },
  violations: Violations,
): void {
  if (labels.width !== size.width || labels.height !== size.height)
    violations.add('size', video, frame, `${formatSize(labels)}, wanted ${formatSize(size)}`);
  const { ids } = video;
  if (!ids) return;
  const present = labels.data.includes(VOID) ? [...idsOf(labels), VOID] : idsOf(labels);
  const unknown = present.filter((id) => !ids.includes(id));
  if (unknown.length > 0)
    violations.add(
      'ids',
      video,
      frame,
      `${unknown.join(', ')}; it knows ${ids.length > 0 ? ids.join(', ') : 'none'}`,
    );
}
